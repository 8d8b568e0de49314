// From createHost to the first mounted widget, in Chromium, for the demo on the real server: a page opened by
// somebody who is signed in. Prints the median and the range over as many new pages.
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { startBff } from '../js-glue/dist/playwright/index.js';
import { median } from './measure.mjs';

const demo = fileURLToPath(new URL('../demo-spa/', import.meta.url));
const PAGES = 15;

const bff = await startBff({
  config: `${demo}ServiceConfigs/BFF/config`,
  plugins: `${demo}ServiceConfigs/BFF/plugins`,
  spa: `${demo}dist`,
});
const url = `http://localhost:${new URL(bff.url).port}`;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
});
try {
  const context = await browser.newContext();
  const first = await context.newPage();
  await first.goto(url);
  await first.getByRole('button', { name: /viewer \/ viewer/ }).click();
  await first.getByTestId('hello-widget').waitFor();
  await first.close();
  const times = { cold: [], warm: [] };
  for (let round = 0; round < PAGES; round += 1) {
    for (const cache of ['cold', 'warm']) {
      const page = await context.newPage();
      if (cache === 'cold') {
        const session = await context.newCDPSession(page);
        await session.send('Network.clearBrowserCache');
      }
      await page.goto(url);
      await page.getByTestId('hello-widget').waitFor();
      times[cache].push(
        await page.evaluate(() => {
          const at = (name) => performance.getEntriesByName(name)[0].startTime;
          return at('portcullis:mounted') - at('portcullis:create');
        }),
      );
      await page.close();
    }
  }
  for (const [cache, ms] of Object.entries(times)) {
    const sorted = [...ms].sort((a, b) => a - b);
    console.log(
      `createHost to first widget, ${cache} HTTP cache: median ${median(ms).toFixed(0)} ms of ${ms.length} pages (${sorted[0].toFixed(0)} to ${sorted.at(-1).toFixed(0)})`,
    );
  }
} finally {
  await browser.close();
  await bff.stop();
}
