// The effect of `security.popups` on people and links.
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, signIn, test } from './fixtures.ts';

let elsewhere: Server;
let external: string;
test.beforeAll(async () => {
  elsewhere = createServer((_, response) =>
    response.setHeader('Content-Type', 'text/html').end('<title>Elsewhere</title>'),
  );
  await new Promise<void>((done) => elsewhere.listen(0, '127.0.0.1', done));
  external = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
});
test.afterAll(() => {
  elsewhere.closeAllConnections();
  elsewhere.close();
});

/** Links as written by a plugin or the host, and a button that opens a window, above content that is still loading. */
async function addLinks(page: Page): Promise<void> {
  await page.evaluate((href) => {
    const links = [
      ['same tab', {}],
      ['new tab', { target: '_blank' }],
      ['new tab with opener', { target: '_blank', rel: 'opener' }],
    ] as const;
    const bar = document.createElement('div');
    Object.assign(bar.style, { position: 'fixed', inset: '0 0 auto', display: 'flex', gap: '1em', zIndex: '9999' });
    document.body.append(bar);
    for (const [text, attributes] of links) {
      bar.append(Object.assign(document.createElement('a'), { href, textContent: text, ...attributes }));
    }
    const button = Object.assign(document.createElement('button'), { textContent: 'window' });
    button.addEventListener('click', () => {
      Object.assign(globalThis, { opened: window.open(href) !== null });
    });
    bar.append(button);
  }, external);
}
const click = (page: Page, name: string, modifiers: 'Control'[] = []) =>
  page.getByText(name, { exact: true }).click({ modifiers });
const opened = (page: Page) => page.evaluate(() => (globalThis as { opened?: boolean }).opened);

test('opens no window where stamps are required, and follows links in the same tab', async ({ person }) => {
  const { page, context } = person;
  await signIn(page, 'viewer');
  await addLinks(page);
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  for (const name of ['new tab', 'new tab with opener', 'window']) await click(page, name);
  expect(await opened(page)).toBe(false);
  await expect.poll(() => said.filter((text) => /^Blocked opening/.test(text)).length).toBe(3);
  expect(context.pages()).toEqual([page]);
  // A new tab that the person opens.
  const made = context.waitForEvent('page');
  await click(page, 'same tab', ['Control']);
  const tab = await made;
  await expect(tab).toHaveTitle('Elsewhere');
  expect(await tab.evaluate(() => opener)).toBe(null);
  await tab.close();
  await click(page, 'same tab');
  await expect(page).toHaveTitle('Elsewhere');
  await page.goBack();
  await expect(page.getByTestId('hello-widget')).toBeVisible();
});

test.describe('popups: allow', () => {
  test.use({
    prepare: ({}, use) =>
      use(({ config }) => {
        const file = join(config, 'settings.yaml');
        writeFileSync(file, readFileSync(file, 'utf8').replace(/^security:\n/m, 'security:\n  popups: allow\n'));
      }),
  });

  test('opens windows again', async ({ person: { page, context } }) => {
    await signIn(page, 'viewer');
    await addLinks(page);
    for (const name of ['new tab', 'window']) {
      const made = context.waitForEvent('page');
      await click(page, name);
      const tab = await made;
      await expect(tab).toHaveTitle('Elsewhere');
      await tab.close();
    }
    expect(await opened(page)).toBe(true);
  });
});
