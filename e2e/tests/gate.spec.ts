// Where the gate runs: in a worker out of reach, or in the page, which then says so.
import { expect, newPerson, signIn, test } from './fixtures.ts';

test('runs the gate in a worker, and allows no Trusted Types policy after it', async ({ browser, demo }) => {
  // Not the fixture's person, who must not cause a violation.
  const { page, context } = await newPerson(browser, demo);
  await signIn(page, 'viewer');
  await expect(page.getByTestId('hello-widget')).toBeVisible();
  expect(page.workers().map((worker) => new URL(worker.url()).pathname)).toEqual([
    expect.stringMatching(/^\/assets\/worker-[\w-]+\.js$/),
  ]);
  await expect(page.getByTestId('tier-page')).toHaveCount(0);
  const made = await page.evaluate(() => {
    const frame = document.createElement('iframe');
    document.body.append(frame);
    const realms = [globalThis, frame.contentWindow as unknown as typeof globalThis];
    return realms.flatMap((realm) =>
      ['portcullis-gate', 'other', 'default'].filter((name) => {
        try {
          (realm as unknown as { trustedTypes: { createPolicy(name: string, rules: object): unknown } }).trustedTypes //
            .createPolicy(name, { createScriptURL: (url: string) => url });
          return true;
        } catch {
          return false;
        }
      }),
    );
  });
  expect(made).toEqual([]);
  await context.close();
});

test.describe('where the worker cannot be loaded', () => {
  test('runs the gate in the page, and says so on the page and in the console', async ({ person: { page } }) => {
    const warnings: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'warning') warnings.push(message.text());
    });
    await page.route('**/assets/worker-*.js', (route) => route.fulfill({ status: 404, body: '' }));
    await signIn(page, 'viewer');
    await expect(page.getByTestId('hello-widget')).toBeVisible();
    warnings.length = 0; // of the document before the sign-in
    await page.reload();
    await expect(page.getByTestId('hello-widget')).toBeVisible();
    await expect(page.getByTestId('tier-page')).toBeVisible();
    expect(warnings.filter((text) => text.includes('the gate runs in the page'))).toHaveLength(1);
    expect(page.workers()).toEqual([]);
  });
});
