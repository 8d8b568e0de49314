// A page whose policy allows no WebAssembly: the same app on the core's JavaScript translation.
import { expect, newPerson, signIn, test } from './fixtures.ts';

test('runs on the translated core without wasm-unsafe-eval', async ({ browser, demo }) => {
  const { context, page, requests, violations } = await newPerson(browser, demo);
  await page.route('**/*', async (route) => {
    if (route.request().resourceType() !== 'document') return route.continue();
    // Sent as a navigation, because forwarding the request drops these fields.
    const navigation = { 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' };
    const response = await route.fetch({ headers: { ...route.request().headers(), ...navigation } });
    const headers = response.headers();
    const policy = headers['content-security-policy'] ?? '';
    expect(policy).toContain("'wasm-unsafe-eval'");
    headers['content-security-policy'] = policy.replace(" 'wasm-unsafe-eval'", '');
    await route.fulfill({ response, headers });
  });
  await signIn(page, 'viewer');
  await expect(page.getByTestId('hello-widget')).toBeVisible();
  expect(requests.filter((request) => /portcullis-js-[^/]*\.js$/.test(request))).toHaveLength(1);
  expect(requests.filter((request) => request.endsWith('.wasm'))).toEqual([]);
  // Only the core's one test was blocked: no eval, no inline script.
  const refused = await page.evaluate(() => (window as { __violations?: string[] }).__violations ?? []);
  expect(refused).toHaveLength(1);
  expect(refused[0]).toMatch(/^script-src wasm-eval/);
  expect(violations.filter((text) => !/wasm/i.test(text))).toEqual([]);
  await context.close();
});

test('does not load the translation where WebAssembly is allowed', async ({ person: { page, requests } }) => {
  await signIn(page, 'viewer');
  await expect(page.getByTestId('hello-widget')).toBeVisible();
  expect(requests.filter((request) => request.endsWith('.wasm'))).toHaveLength(1);
  expect(requests.filter((request) => request.includes('portcullis-js'))).toEqual([]);
});
