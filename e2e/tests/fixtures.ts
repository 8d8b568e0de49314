import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, test as base, expect, type Page } from '@playwright/test';
import { type Bff, startBff } from 'portcullis/playwright';

const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const demo = join(repository, 'demo-spa');
export const axeSource = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** The demo on the real server, with a copy of its configuration and bundles that a test may change. */
export interface Demo {
  readonly bff: Bff;
  readonly config: string;
  readonly plugins: string;
  /** The URL of a tenant's app. */
  origin(tenant?: string): string;
}

/** One person in one browser. Fails at the end if the page violated its CSP or threw. */
export interface Person {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Paths of the page's requests, in order. */
  readonly requests: string[];
  readonly violations: string[];
}

interface Violations {
  __violations?: string[];
}

export async function newPerson(browser: Browser, demoAt: Demo, tenant = 'localhost'): Promise<Person> {
  const context = await browser.newContext({ baseURL: demoAt.origin(tenant) });
  const page = await context.newPage();
  const person: Person = { context, page, requests: [], violations: [] };
  await page.addInitScript(() => {
    const seen: string[] = [];
    (window as Violations).__violations = seen;
    addEventListener('securitypolicyviolation', (event) => {
      seen.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url());
    person.requests.push(`${request.method()} ${pathname}${search}`);
  });
  page.on('pageerror', (error) => person.violations.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    if (/content security policy|trusted ?(type|html|script)/i.test(message.text()))
      person.violations.push(message.text());
  });
  return person;
}

export async function expectNoViolations({ page, violations }: Person): Promise<void> {
  expect(await page.evaluate(() => (window as Violations).__violations ?? [])).toEqual([]);
  expect(violations).toEqual([]);
}

/**
 * Signs in on the sign-in page, as a person does. The page then loads its document again, because a boot token belongs
 * to a session.
 */
export async function signIn(page: Page, user: string, path = '/'): Promise<void> {
  await page.goto(path);
  await page.getByLabel('User', { exact: true }).fill(user);
  await page.getByLabel('Password', { exact: true }).fill(user);
  const loaded = page.waitForEvent('load');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await loaded;
  await expect(page.getByRole('button', { name: /^Account/ })).toBeVisible();
}

interface Fixtures {
  /** Changes the copied configuration before the server starts. */
  prepare: (folders: { config: string; plugins: string }) => void | Promise<void>;
  demo: Demo;
  person: Person;
}

export const test = base.extend<Fixtures>({
  prepare: [({}, use) => use(() => {}), { option: true }],
  demo: async ({ prepare }, use) => {
    const home = mkdtempSync(join(tmpdir(), 'portcullis-e2e-'));
    cpSync(join(demo, 'ServiceConfigs', 'BFF'), home, { recursive: true });
    const folders = { config: join(home, 'config'), plugins: join(home, 'plugins') };
    await prepare(folders);
    const bff = await startBff({ ...folders, state: join(home, 'state'), spa: join(demo, 'dist') });
    const { port } = new URL(bff.url);
    await use({ bff, ...folders, origin: (tenant = 'localhost') => `http://${tenant}:${port}` });
    await bff.stop();
    rmSync(home, { recursive: true, force: true });
  },
  person: async ({ browser, demo }, use) => {
    const person = await newPerson(browser, demo);
    await use(person);
    await expectNoViolations(person);
    await person.context.close();
  },
});

export { expect };
