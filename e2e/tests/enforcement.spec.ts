// The same rule on both sides: the SDK refuses before anything is sent, and the server refuses calls made without the
// SDK.
import { openScriptPage } from 'portcullis/playwright';
import { expect, signIn, test } from './fixtures.ts';

test('answers secure-echo without X-Plugin-Id with 403', async ({ person: { page } }) => {
  await signIn(page, 'viewer');
  const answer = await page.evaluate(async () => {
    const response = await fetch('/api/plugins/secure-echo');
    return { status: response.status, problem: await response.json() };
  });
  expect(answer.status).toBe(403);
  expect(answer.problem.code).toBe('PLUGIN_ID_REQUIRED');
});

test('refuses an undeclared call in the SDK before it is sent, and on the server without the SDK', async ({
  person,
}) => {
  const { page, requests } = person;
  await signIn(page, 'viewer', '/permissions');
  await page.getByLabel('Path', { exact: true }).fill('/api/payroll/all');
  await expect(page.getByTestId('verdict')).toContainText('Denied');
  await expect(page.getByTestId('verdict')).toContainText('ALLOWLIST_VIOLATION');
  await page.getByRole('button', { name: 'Call through the SDK' }).click();
  await expect(page.getByRole('region', { name: 'Through the SDK' })).toContainText('ALLOWLIST_VIOLATION');
  expect(requests.filter((one) => one.includes('/api/payroll'))).toEqual([]);
  const answered = page.waitForResponse((response) => response.url().includes('/api/payroll'));
  await page.getByRole('button', { name: 'Call the server directly' }).click();
  expect((await answered).status()).not.toBe(200);
});

test('answers an allow-list violation with 403 and its header, with a valid stamp too', async ({ demo }) => {
  const script = await openScriptPage(demo.origin(), 'viewer');
  const answer = await script.send({ target: '/api/sales/summary', plugin: 'hello' });
  expect(answer.status).toBe(403);
  expect(answer.headers['x-allowlist-violation']).toBe('1');
  const problem = answer.json() as { explain: string };
  expect(problem).toMatchObject({ code: 'ALLOWLIST_VIOLATION', plugin_id: 'hello' });
  expect(problem.explain).toContain('is not allowed');
});

test('judges a path trick by its canonical form on both sides', async ({ person: { page } }) => {
  await signIn(page, 'viewer', '/permissions');
  const path = page.getByLabel('Path', { exact: true });
  await path.fill('/api/sales/..%2fadmin');
  await expect(page.getByTestId('verdict')).toContainText('PATH_ENCODED_SLASH');
  const status = await page.evaluate(async () => {
    const response = await fetch('/api/sales/..%2fadmin', { headers: { 'X-Plugin-Id': 'sales-analytics' } });
    return { status: response.status, code: (await response.json()).code };
  });
  expect(status).toEqual({ status: 400, code: 'PATH_ENCODED_SLASH' });
});

test('refuses an undeclared topic on both sides', async ({ demo, person }) => {
  const { page, requests } = person;
  await signIn(page, 'viewer', '/permissions');
  await page
    .getByRole('radio', { name: 'Event stream' })
    .or(page.getByRole('button', { name: 'Event stream' }))
    .first()
    .click();
  await page.getByLabel('Topic', { exact: true }).fill('/events/orders-secret');
  await expect(page.getByTestId('verdict')).toContainText('TOPIC_NOT_ALLOWED');
  expect(requests.filter((one) => one.includes('/events/orders-secret'))).toEqual([]);
  const script = await openScriptPage(demo.origin(), 'viewer');
  const answer = await script.send({ target: '/events/orders', plugin: 'hello' });
  expect(answer.status).toBe(403);
  expect(answer.headers['x-allowlist-violation']).toBe('1');
  expect((answer.json() as { code: string }).code).toBe('TOPIC_NOT_ALLOWED');
});

test('answers a missing session with 401 and a missing CSRF token with 403', async ({ person: { page } }) => {
  await page.goto('/');
  expect(await page.evaluate(async () => (await fetch('/api/plugins/manifests')).status)).toBe(401);
  await signIn(page, 'viewer');
  const answer = await page.evaluate(async () => {
    const response = await fetch('/api/plugins/telemetry', {
      method: 'POST',
      headers: { 'X-Plugin-Id': 'hello' },
      body: '{"events":[]}',
    });
    return { status: response.status, code: (await response.json()).code };
  });
  expect(answer).toEqual({ status: 403, code: 'CSRF_TOKEN' });
});

test('ends the session on the page and on the server on sign-out', async ({ person: { page } }) => {
  await signIn(page, 'viewer');
  await page.getByRole('button', { name: /Account/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
  expect(await page.evaluate(async () => (await fetch('/auth/session')).status)).toBe(401);
});
