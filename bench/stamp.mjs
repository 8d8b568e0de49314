// What a stamp costs a call: the same call of a plugin, in Chromium, on loopback, to one server and two of its
// tenants, one with `stamps: off` and one with `stamps: required`. They take turns in short rounds, so that what the
// machine does besides falls on both; the ratio is that of the medians over all rounds.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { startBff } from '../js-glue/dist/playwright/index.js';
import { median } from './measure.mjs';

const ROUNDS = 60;
const CALLS = 50;
const BAR = 0.05;
const sdk = fileURLToPath(new URL('../js-glue/dist/index.js', import.meta.url));
const yaml = (value) => JSON.stringify(value);

const home = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
const write = (path, text) => {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), text);
};
const plugin = {
  id: 'caller',
  version: '1.0.0',
  engine: { experience: '>=1.0.0' },
  bundle: { file: '/app/plugins/caller.js' },
  contributions: { routes: [{ path: '/caller', component: 'Page' }] },
  permissions: { api: [{ method: 'GET', path: '/api/bench/*' }], sse: [] },
};
const tenants = { 'off.localhost': { stamps: 'off' }, 'required.localhost': { stamps: 'required' } };
write(
  'config/settings.yaml',
  yaml({ experience_version: '1.4.0', lab_login: { enabled: true }, rate: { per_second: 1e6, burst: 1e6 }, tenants }),
);
write('config/plugins.yaml', yaml({ tenants: { 'off.localhost': [plugin], 'required.localhost': [plugin] } }));
write('config/routes.yaml', yaml({ routes: [{ path: '/api/bench/*', methods: ['GET'], fixture: 'bench' }] }));
write(
  'config/fixtures.yaml',
  yaml({ fixtures: { bench: { responses: [{ path: '/api/bench/*', json: { ok: true } }] } } }),
);
write('config/idps.yaml', yaml({ idps: [{ name: 'lab' }] }));
write(
  'config/users.yaml',
  yaml({
    users: [{ user: 'u', password: 'u', name: 'U', roles: ['viewer'], tenants: Object.keys(tenants), idp: 'lab' }],
  }),
);
write(
  'config/policy.yaml',
  yaml({
    rules: [
      { id: 'all', effect: 'permit', subject: { roles: ['viewer'] }, action: ['view'], resource: { type: ['*'] } },
    ],
  }),
);
write('plugins/caller.js', 'export default (sdk) => { globalThis.caller = sdk; return { routes: {} }; };');
write('spa/index.html', '<!doctype html><html><head><script type="module" src="/page.js"></script></head></html>');
write(
  'page.ts',
  `import { createHost } from ${JSON.stringify(sdk)}; globalThis.host = createHost(); await host.start();`,
);
await build({
  entryPoints: [join(home, 'page.ts')],
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  outdir: join(home, 'spa'),
});
copyFileSync(join(dirname(sdk), 'core/portcullis.wasm'), join(home, 'spa/portcullis.wasm'));

const bff = await startBff({ config: join(home, 'config'), plugins: join(home, 'plugins'), spa: join(home, 'spa') });
const { port } = new URL(bff.url);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
});
try {
  const pages = {};
  for (const tenant of Object.keys(tenants)) {
    const page = await browser.newPage();
    await page.goto(`http://${tenant}:${port}/`);
    await page.waitForFunction(() => globalThis.host?.getSnapshot().status === 'signed-out');
    await page.evaluate(async () => {
      await globalThis.host.login('u', 'u');
      await globalThis.host.refresh();
      await globalThis.host.load('caller');
    });
    pages[tenant] = page;
  }
  const round = (page) =>
    page.evaluate(async (calls) => {
      const took = [];
      for (let call = 0; call < calls; call += 1) {
        const start = performance.now();
        const response = await globalThis.caller.api.fetch('/api/bench/x', { cache: 'no-store' });
        await response.text();
        took.push((performance.now() - start) * 1_000);
      }
      return took;
    }, CALLS);
  const times = { 'off.localhost': [], 'required.localhost': [] };
  for (const page of Object.values(pages)) await round(page);
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    const order = turn % 2 === 0 ? Object.keys(times) : Object.keys(times).reverse();
    for (const tenant of order) times[tenant].push(...(await round(pages[tenant])));
  }
  const off = median(times['off.localhost']);
  const required = median(times['required.localhost']);
  const cost = required / off - 1;
  console.log(
    `a plugin's call on loopback, stamps off: median ${off.toFixed(0)} us of ${times['off.localhost'].length}`,
  );
  console.log(`the same, stamps required: median ${required.toFixed(0)} us of ${times['required.localhost'].length}`);
  console.log(`a stamp costs ${(cost * 100).toFixed(1)} % of the call (bar: under ${BAR * 100} %)`);
  if (cost >= BAR) process.exitCode = 1;
} finally {
  await browser.close();
  await bff.stop();
  rmSync(home, { recursive: true, force: true });
}
