// The development mode serves unsigned plugins on localhost, and the page says so.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, signIn, test } from './fixtures.ts';

test('shows on every page that signatures are not checked', async ({ person: { page } }) => {
  await signIn(page, 'viewer');
  for (const path of ['/', '/plugins/sales-analytics', '/nowhere']) {
    await page.goto(path);
    await expect(page.getByTestId('dev-mode')).toHaveText(/Development mode.*not checked/);
  }
  await expect(page.getByTestId('dev-mode')).toBeInViewport();
});

test.describe('with signatures checked', () => {
  test.use({
    prepare: async ({}, use) =>
      use(({ config }) => {
        const file = join(config, 'settings.yaml');
        const text = readFileSync(file, 'utf8')
          .replace(/^signing: .*\n/m, '')
          .replace(/^dev: .*\n/m, '');
        writeFileSync(file, text);
      }),
  });
  test('shows no development banner', async ({ person: { page } }) => {
    await signIn(page, 'viewer');
    await expect(page.getByTestId('hello-widget')).toBeVisible();
    await expect(page.getByTestId('dev-mode')).toHaveCount(0);
  });
});
