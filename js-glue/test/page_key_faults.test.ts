import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NetworkError } from '../dist/index.js';
import { settle as turns, until } from './support/clock.js';
import { type Sent, stampedBench } from './support/stamped.js';

// Temporary failures do not invalidate a page key; final responses do.

const PASSING = [0, 408, 425, 429, 500, 503];

test('exchanges the token later when the first attempt fails', async () => {
  for (const status of PASSING) {
    const { host, page, of, refuse } = stampedBench();
    refuse(/page-key$/, 'RATE_LIMITED', status);
    await host.start();
    assert.deepEqual([host.getSnapshot().stale, host.getSnapshot().status], [false, 'failed'], `${status}`);
    await page.clock.advance(2_000);
    await until(() => host.getSnapshot().status === 'ready', `${status}: the second try`);
    assert.equal(of(/page-key$/).length, 2);
    await host.close();
  }
});

test('keeps a key that could not be renewed, and renews it later', async () => {
  for (const status of PASSING) {
    const { host, of, verify, refuse } = stampedBench();
    await host.start();
    const { sdk } = await host.load('hello');
    refuse(/renew$/, 'RATE_LIMITED', status);
    refuse(/sales\/x/, 'STAMP_INVALID');
    refuse(/sales\/x/, 'STAMP_INVALID');
    await assert.rejects(sdk.api.fetch('/api/sales/x'), `${status}`);
    assert.equal(host.getSnapshot().stale, false, `${status}`);
    refuse(/sales\/x/, 'STAMP_INVALID');
    assert.equal((await sdk.api.fetch('/api/sales/x')).status, 200, `${status}`);
    assert.ok(verify(of(/sales\/x/).at(-1) as Sent));
    assert.equal(of(/renew$/).length, 2);
    await host.close();
  }
});

test('retries a failed resume before the next call', async () => {
  for (const status of PASSING) {
    const { host, of, verify, refuse, pageLife } = stampedBench();
    await host.start();
    await turns();
    pageLife.now?.hide(true);
    refuse(/state$/, 'RATE_LIMITED', status);
    refuse(/state$/, 'RATE_LIMITED', status);
    pageLife.now?.wake();
    // A call of the host itself: it is neither stamped nor sent while the server would refuse it.
    await assert.rejects(host.fetch('/api/sales/x'), NetworkError, `${status}`);
    await assert.rejects(host.fetch('/api/sales/x'), NetworkError, `${status}`);
    assert.equal(of(/sales\/x/).length, 0);
    assert.equal((await host.fetch('/api/sales/x')).status, 200, `${status}`);
    assert.ok(verify(of(/sales\/x/)[0] as Sent));
    assert.equal(host.getSnapshot().stale, false, `${status}`);
    const steps = of(/state$/).map(({ body }) => JSON.parse(body).step as number);
    assert.deepEqual(
      steps,
      [...steps].sort((a, b) => a - b),
    );
    assert.equal(new Set(steps).size, steps.length, 'no step is repeated');
    await turns();
    pageLife.now?.hide(true);
    assert.ok(JSON.parse(of(/state$/).at(-1)?.body ?? '').step > Math.max(...steps));
    await host.close();
  }
});

test('becomes stale when the key has expired by the time of the resume', async () => {
  const { host, refuse, pageLife } = stampedBench();
  await host.start();
  await turns();
  pageLife.now?.hide(true);
  refuse(/state$/, 'STAMP_INVALID', 403);
  pageLife.now?.wake();
  await until(() => host.getSnapshot().stale, 'stale');
  await host.close();
});

test('resumes before the next call when the key was being renewed', async () => {
  const { host, of, hold, refuse, pageLife } = stampedBench();
  await host.start();
  const { sdk } = await host.load('hello');
  await turns();
  const answer = hold(/renew$/);
  refuse(/sales\/x/, 'STAMP_INVALID');
  const call = sdk.api.fetch('/api/sales/x');
  await until(() => of(/renew$/).length === 1, 'the renewal');
  pageLife.now?.hide(true);
  pageLife.now?.wake();
  answer();
  assert.equal((await call).status, 200);
  assert.equal((await host.fetch('/api/sales/y')).status, 200);
  assert.equal(of(/state$/).filter(({ body }) => body.includes('resume')).length, 1);
  assert.equal(host.getSnapshot().stale, false);
  await host.close();
});

test('ignores a resume response from the previous session', async () => {
  const { host, hold, of, refuse, pageLife } = stampedBench();
  await host.start();
  await turns();
  pageLife.now?.hide(true);
  const answer = hold(/state$/);
  refuse(/state$/, 'STAMP_INVALID', 403);
  pageLife.now?.wake();
  await until(() => of(/state$/).length === 2, 'the word');
  await host.logout();
  assert.equal(host.getSnapshot().stale, false);
  answer();
  await turns();
  assert.deepEqual([host.getSnapshot().status, host.getSnapshot().stale], ['signed-out', false]);
  await host.close();
});

test('passes on stamp and token codes that come from an upstream', async () => {
  const { host, of, refuse } = stampedBench();
  await host.start();
  const { sdk } = await host.load('hello');
  const said = (code: string) => refuse(/sales/, code, 403, 'upstream');
  // Without X-Stamp-Violation, which the server strips from upstream responses.
  for (const code of ['STAMP_INVALID', 'STAMP_REPLAYED', 'STAMP_REQUIRED']) {
    for (const method of ['GET', 'POST']) {
      said(code);
      assert.equal((await host.fetch('/api/sales/orders', { method })).status, 403);
      said(code);
      assert.equal((await sdk.api.rawFetch('/api/sales/orders', { method })).status, 403);
    }
  }
  assert.equal(of(/sales/).length, 12);
  assert.deepEqual([of(/renew$/).length, host.getSnapshot().stale], [0, false]);
  // A CSRF_TOKEN code cannot be distinguished from the server's own: it costs one session request, but no second
  // call.
  const asked = of(/auth\/session/).length;
  said('CSRF_TOKEN');
  assert.equal((await host.fetch('/api/sales/orders')).status, 403);
  assert.deepEqual([of(/sales/).length, of(/auth\/session/).length], [13, asked + 1]);
  await host.close();
});

/** What is done before the browser's next task, which may be the end of the page. */
async function microtasks(): Promise<void> {
  for (let n = 0; n < 20; n += 1) await Promise.resolve();
}

test('sends a keepalive call without waiting for a stamp after an earlier one of the same kind', async () => {
  const { host, of, verify } = stampedBench();
  await host.start();
  const { sdk } = await host.load('hello');
  const save = (path = '/api/sales/orders') =>
    void sdk.api.fetch(path, { method: 'POST', body: '{}', keepalive: true });
  const left = () => of(/sales/);
  save();
  // The stamp is still being computed; there is none for the first call.
  assert.equal(left().length, 0);
  await until(() => left().length === 1, 'the first one');
  for (let n = 0; n < 20; n += 1) await crypto.subtle.digest('SHA-256', new Uint8Array(1 << 16));
  await turns();
  save();
  await microtasks();
  assert.equal(left().length, 2);
  save('/api/sales/orders?q=1');
  await microtasks();
  assert.equal(left().length, 2, 'another address has no precomputed stamp');
  await until(() => left().length === 3, 'the other one');
  assert.ok(left().every((call) => call.keepalive && verify(call)));
  assert.equal(new Set(left().map(({ stamp }) => stamp)).size, 3);
  await host.close();
});
