// Every page, at two widths, light and dark: no CSP violation, no axe finding, no horizontal scrolling.
// `SCREENSHOTS=DIR` saves a screenshot of each.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { axeSource, type Demo, expect, expectNoViolations, newPerson, signIn, test } from './fixtures.ts';

const PAGES = [
  { name: 'dashboard', path: '/', ready: (page: Page) => page.getByTestId('hello-widget') },
  { name: 'hello', path: '/hello', ready: (page: Page) => page.getByTestId('echo') },
  { name: 'hello-page', path: '/hello-page', ready: (page: Page) => page.getByRole('heading', { level: 1 }) },
  { name: 'sales', path: '/plugins/sales-analytics', ready: (page: Page) => page.getByRole('heading', { level: 1 }) },
  { name: 'orders', path: '/plugins/orders-live', ready: (page: Page) => page.getByRole('heading', { level: 1 }) },
  { name: 'live', path: '/live', ready: (page: Page) => page.getByTestId('live-orders') },
  { name: 'permissions', path: '/permissions', ready: (page: Page) => page.getByTestId('verdict') },
  { name: 'operator', path: '/operator', ready: (page: Page) => page.getByRole('table', { name: 'Plugins' }) },
  { name: 'not-found', path: '/nowhere', ready: (page: Page) => page.getByRole('heading', { level: 1 }) },
];

/** Runs axe in a context without CSP, because the page's own policy blocks the injected script, as it should. */
async function axe(page: Page): Promise<string[]> {
  const violations = await page.evaluate(async () => {
    const { axe: run } = window as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    return (await run.run()).violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
    );
  });
  return violations;
}

async function keep(page: Page, name: string): Promise<void> {
  if (process.env.SCREENSHOTS)
    await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`), fullPage: true });
}

async function look(page: Page, name: string): Promise<void> {
  expect(
    await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
    `${name} scrolls sideways`,
  ).toBe(true);
  await keep(page, name);
}

for (const width of [1280, 390]) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`shows every page at ${width} px, ${colorScheme}`, async ({
      browser,
      demo,
    }: {
      browser: import('@playwright/test').Browser;
      demo: Demo;
    }) => {
      test.setTimeout(120_000);
      const person = await newPerson(browser, demo);
      await person.page.setViewportSize({ width, height: 900 });
      await person.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await person.page.goto('/');
      await expect(person.page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
      await look(person.page, `sign-in-${width}-${colorScheme}`);
      await signIn(person.page, 'operator');
      for (const { name, path, ready } of PAGES) {
        await person.page.goto(path);
        await expect(ready(person.page).first()).toBeVisible();
        await look(person.page, `${name}-${width}-${colorScheme}`);
        await expectNoViolations(person);
      }
      await person.context.close();
    });

    test(`has no axe findings at ${width} px, ${colorScheme}`, async ({ browser, demo }) => {
      test.setTimeout(120_000);
      const context = await browser.newContext({
        baseURL: demo.origin(),
        bypassCSP: true,
        colorScheme,
        reducedMotion: 'reduce',
        viewport: { width, height: 900 },
      });
      const page = await context.newPage();
      await page.addInitScript({ content: readFileSync(axeSource, 'utf8') });
      await page.goto('/');
      await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
      const found: string[] = (await axe(page)).map((one) => `sign-in: ${one}`);
      await signIn(page, 'operator');
      for (const { name, path, ready } of PAGES) {
        await page.goto(path);
        await expect(ready(page).first()).toBeVisible();
        found.push(...(await axe(page)).map((one) => `${name}: ${one}`));
      }
      expect(found).toEqual([]);
      await context.close();
    });
  }
}

test('is usable by keyboard alone', async ({ person: { page } }) => {
  await page.goto('/');
  await page.getByLabel('User', { exact: true }).focus();
  await page.keyboard.type('viewer');
  await page.keyboard.press('Tab');
  await page.keyboard.type('viewer');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('hello-widget')).toBeVisible();
  const link = page.getByRole('link', { name: 'Open Hello' });
  for (let presses = 0; presses < 40 && !(await link.evaluate((node) => node === document.activeElement)); presses++) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('hello-page')).toBeVisible();
});
