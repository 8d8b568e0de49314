// The built page in a real browser: which inline scripts run under the CSP's hashes, and what a person sees at a
// refused address.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test as base, expect } from '@playwright/test';
import { type Bff, startBff } from 'portcullis/playwright';

const ran = (name: string, rest = '') => `(globalThis.ran ??= []).push('${name}');${rest}`;
const LINES = ['', '// a script of several lines', ran('several'), '', ''];

/** A document in which scripts whose name starts with "no" must not run, and the others must. */
const documentWith = (end: string) =>
  [
    '\ufeff<!doctype html>',
    '<html lang="en"><!-- <head> -->',
    '<head><title>Scripts</title>',
    `<script>${ran('plain')}</script>`,
    `<script>${LINES.join('\n')}</script>`,
    `<SCRIPT TYPE="text/javascript">${ran('typed')}</SCRIPT >`,
    `<script type="module">${ran('module')}</script>`,
    `<script type="importmap">\n{ "imports": {\n "x": "/assets/x.js" } }\n</script>`,
    `<script>${ran('escaped', '/* <!-- <script> </script> --> */')}</script>`,
    `<script>${ran('größe', '// 🚀 e\u0301')}</script>`,
    '<script>\n(globalThis.ran ??= []).push("n\0l".length === 3 ? "nul" : "none");\n</script>',
    `<script src="/assets/y.js">${ran('no, it has a source')}</script>`,
    `<script type="application/json">${ran('no, it is data')}</script>`,
    `<!-- <script>${ran('no, it is a comment')}</script> -->`,
    `<template><script>${ran('no, it is a template')}</script></template>`,
    '</head><body>',
    `<p title="<script>${ran('no, it is an attribute').replaceAll('"', '')}</script>">text</p>`,
    `<textarea><script>${ran('no, it is text')}</script></textarea>`,
    `<script>${ran('last')}</script>`,
    '<script type="module">import "x";</script>',
    '</body></html>',
    '',
  ]
    .join('\n')
    .replaceAll('\n', end);

const test = base.extend<{ serve: (files: Record<string, string>) => Promise<Bff> }>({
  serve: async ({}, use) => {
    const ends: (() => Promise<void>)[] = [];
    await use(async (files) => {
      const home = mkdtempSync(join(tmpdir(), 'portcullis-page-'));
      const put = (name: string, text: string): void => {
        mkdirSync(dirname(join(home, name)), { recursive: true });
        writeFileSync(join(home, name), text);
      };
      put('config/settings.yaml', 'experience_version: "1.4.0"\n');
      put('config/plugins.yaml', 'tenants: { localhost: [] }\n');
      put('plugins/none', '');
      for (const [name, text] of Object.entries(files)) put(`dist/${name}`, text);
      const at = (name: string): string => join(home, name);
      const bff = await startBff({ config: at('config'), plugins: at('plugins'), state: at('state'), spa: at('dist') });
      ends.push(async () => {
        await bff.stop();
        rmSync(home, { recursive: true, force: true });
      });
      return bff;
    });
    for (const end of ends) await end();
  },
});
const local = (bff: Bff): string => `http://localhost:${new URL(bff.url).port}`;

for (const [name, end] of [
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['CR alone', '\r'],
] as const) {
  test(`runs the inline scripts and nothing that only looks like one, with line ends ${name}`, async ({
    page,
    serve,
  }) => {
    const html = documentWith(end);
    const bff = await serve({
      'index.html': html,
      'assets/x.js': ran('mapped'),
      'assets/y.js': ran('source'),
    });
    const refused: string[] = [];
    page.on('console', (message) => refused.push(message.text()));
    await page.goto(`${local(bff)}/`);
    const names = () => page.evaluate(() => (globalThis as { ran?: string[] }).ran ?? []);
    await expect.poll(names).toContain('mapped');
    expect((await names()).sort()).toEqual(
      ['escaped', 'größe', 'last', 'mapped', 'module', 'nul', 'plain', 'several', 'source', 'typed'].sort(),
    );
    expect(refused.filter((text) => /content security policy/i.test(text))).toEqual([]);
  });
}

test('reloads an app page with any characters in its address', async ({ page, serve }) => {
  const bff = await serve({ 'index.html': '<!doctype html><title>host page</title>' });
  for (const path of [
    '/plugins/crm/jane.doe@example.com',
    '/plugins/x/[draft]',
    '/plugins/x/a|b^c',
    '/plugins/x/größe 2.4',
  ]) {
    const response = await page.goto(`${local(bff)}${path}`);
    expect([path, response?.status(), await page.title()]).toEqual([path, 200, 'host page']);
  }
  const missing = await page.goto(`${local(bff)}/assets/none.js`);
  expect(missing?.status()).toBe(404);
  await expect(page.getByRole('heading')).toHaveText('Not Found');
});

test("names the host to use when opened by this machine's IP address", async ({ page, serve }) => {
  const bff = await serve({ 'index.html': '<!doctype html><title>host page</title>' });
  const { port } = new URL(bff.url);
  const response = await page.goto(`http://127.0.0.1:${port}/`);
  expect(response?.status()).toBe(421);
  await expect(page.getByRole('heading')).toHaveText('Misdirected Request');
  await expect(page.getByText(`use http://localhost:${port}/ instead`)).toBeVisible();
});
