// Permitted contributions are mounted, denied ones are absent, and no bundle is imported before it is needed.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openScriptPage } from 'portcullis/playwright';
import { expect, newPerson, signIn, test } from './fixtures.ts';

const bundlesIn = (requests: readonly string[]): string[] =>
  [
    ...new Set(
      requests
        .filter((one) => one.includes('/api/plugins/bundle'))
        .map((one) => new URLSearchParams(one.split('?')[1]).get('id') ?? ''),
    ),
  ].sort();

test('renders the hello route at /hello with the caller that the server sees', async ({ person: { page } }) => {
  await signIn(page, 'viewer');
  await page.getByRole('link', { name: 'Open Hello' }).click();
  await expect(page).toHaveURL(/\/hello$/);
  await expect(page.getByTestId('hello-page')).toHaveText('Hello');
  await expect(page.getByTestId('echo')).toContainText('hello');
  await expect(page.getByTestId('echo')).toContainText('viewer');
  await page.reload();
  await expect(page.getByTestId('hello-page')).toBeVisible();
});

test('renders /hello-page', async ({ person: { page } }) => {
  await signIn(page, 'viewer', '/hello-page');
  await expect(page.getByRole('heading', { level: 1, name: 'Hello page' })).toBeVisible();
});

test('renders widgets in dashboard.main', async ({ person: { page } }) => {
  await signIn(page, 'viewer');
  const main = page.getByRole('region', { name: 'Widgets' });
  await expect(main.getByTestId('hello-widget')).toBeVisible();
  await expect(main.getByTestId('hello-widget-only')).toBeVisible();
});

test('asks the PDP in one batch, and imports a bundle only when it is needed', async ({ person }) => {
  const { page, requests } = person;
  await signIn(page, 'viewer', '/permissions');
  await expect(page.getByRole('heading', { name: 'Try a call' })).toBeVisible();
  expect(requests.filter((one) => one.startsWith('POST /access/v1/evaluations'))).toHaveLength(1);
  expect(bundlesIn(requests)).toEqual([]);
  await page.getByRole('link', { name: 'Dashboard', exact: true }).click();
  await expect(page.getByTestId('hello-widget')).toBeVisible();
  expect(bundlesIn(requests)).not.toContain('hello-page');
});

test('omits a denied contribution without flicker', async ({ person }) => {
  const { page, requests } = person;
  // Observes the document from before the first script runs, to detect whether the widget was ever in it.
  await page.addInitScript(() => {
    const seen: string[] = [];
    (window as { __seen?: string[] }).__seen = seen;
    new MutationObserver(() => {
      const widget = document.querySelector('[data-testid="hello-widget"]');
      if (widget) seen.push('hello-widget');
    }).observe(document, { childList: true, subtree: true });
  });
  await signIn(page, 'limited');
  await expect(page.getByTestId('hello-widget-only')).toBeVisible();
  await expect(page.getByTestId('hello-widget')).toHaveCount(0);
  expect(await page.evaluate(() => (window as { __seen?: string[] }).__seen)).toEqual([]);
  expect(bundlesIn(requests)).not.toContain('hello');
  await page.goto('/hello');
  await expect(page.getByTestId('hello-page')).toBeVisible();
});

test('reports an incompatible plugin and never imports it', async ({ person }) => {
  const { page, requests } = person;
  await signIn(page, 'viewer');
  await expect(page.getByTestId('hello-widget')).toBeVisible();
  expect(bundlesIn(requests)).not.toContain('time-machine');
  await page.goto('/permissions');
  await expect(page.getByText(/time-machine 0\.1\.0 .*>=9/)).toBeVisible();
  await expect(page.getByText('incompatible').first()).toBeVisible();
});

test("separates tenants' plugins, sessions and addresses", async ({ browser, demo, person }) => {
  await signIn(person.page, 'viewer');
  await expect(person.page.getByTestId('hello-widget-only')).toBeVisible();
  const acme = await newPerson(browser, demo, 'acme.localhost');
  await signIn(acme.page, 'viewer');
  await expect(acme.page.getByTestId('hello-widget')).toBeVisible();
  await expect(acme.page.getByTestId('hello-widget-only')).toHaveCount(0);
  const script = await openScriptPage(demo.bff.url, 'viewer', { tenant: 'acme.localhost' });
  const manifests = (await script.send({ target: '/api/plugins/manifests' })).json() as { id: string }[];
  expect(manifests.map(({ id }) => id)).not.toContain('sales-analytics');
  // A plugin of the other tenant is unknown here, and so is its bundle.
  const bundle = await script.send({ target: '/api/plugins/bundle?entry=sales-analytics&id=sales-analytics' });
  expect((bundle.json() as { code: string }).code).toBe('PLUGIN_UNKNOWN');
  await acme.context.close();
});

test('refuses a tampered bundle with 409 and does not mount it', async ({ demo, person }) => {
  const { page } = person;
  const file = join(demo.plugins, 'hello', '1.0.0', 'index.esm.js');
  writeFileSync(file, `${readFileSync(file, 'utf8')}\nglobalThis.__tampered = true;\n`);
  const answer = page.waitForResponse((response) => response.url().includes('id=hello&'));
  await signIn(page, 'viewer');
  const response = await answer;
  expect(response.status()).toBe(409);
  expect(response.headers()['x-integrity-error']).toBe('1');
  await expect(page.getByTestId('hello-widget-only')).toBeVisible();
  await expect(page.getByTestId('hello-widget')).toHaveCount(0);
  await expect(page.getByText('SDK_BUNDLE_FAILED').first()).toBeVisible();
  expect(await page.evaluate(() => '__tampered' in globalThis)).toBe(false);
});
