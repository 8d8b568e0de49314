// A page whose policy allows no WebAssembly: the same app on the core's JavaScript translation. The core is in the
// gate's worker, which has the policy of its own module.
import { expect, newPerson, signIn, test } from './fixtures.ts';

test('runs on the translated core without wasm-unsafe-eval', async ({ browser, demo }) => {
  const { context, page, requests, violations } = await newPerson(browser, demo);
  await page.route('**/*', async (route) => {
    const isDocument = route.request().resourceType() === 'document';
    if (!isDocument && !route.request().url().includes('/assets/worker-')) return route.continue();
    // Sent as a navigation, because forwarding the request drops these fields.
    const navigation = isDocument ? { 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' } : {};
    const response = await route.fetch({ headers: { ...route.request().headers(), ...navigation } });
    const headers = response.headers();
    const policy = headers['content-security-policy'] ?? '';
    expect(policy).toContain("'wasm-unsafe-eval'");
    headers['content-security-policy'] = policy.replace(" 'wasm-unsafe-eval'", '');
    await route.fulfill({ response, headers });
  });
  await signIn(page, 'viewer');
  await expect(page.getByTestId('hello-widget')).toBeVisible();
  requests.length = 0; // of the document before the sign-in
  await page.reload();
  await expect(page.getByTestId('hello-widget')).toBeVisible();
  expect(requests.filter((request) => /portcullis-js-[^/]*\.js$/.test(request))).toHaveLength(1);
  expect(requests.filter((request) => request.endsWith('.wasm'))).toEqual([]);
  // The core's one test was blocked in the worker; in the page nothing was.
  expect(await page.evaluate(() => (window as { __violations?: string[] }).__violations ?? [])).toEqual([]);
  expect(violations.filter((text) => !/wasm/i.test(text))).toEqual([]);
  await context.close();
});

test('does not load the translation where WebAssembly is allowed', async ({ person: { page, requests } }) => {
  await signIn(page, 'viewer');
  await expect(page.getByTestId('hello-widget')).toBeVisible();
  requests.length = 0; // of the document before the sign-in
  await page.reload();
  await expect(page.getByTestId('hello-widget')).toBeVisible();
  expect(requests.filter((request) => request.endsWith('.wasm'))).toHaveLength(1);
  expect(requests.filter((request) => request.includes('portcullis-js'))).toEqual([]);
});
