import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createHost, NetworkError } from '../dist/index.js';
import { fromBase64url, toBase64url } from '../dist/stamp_text.js';
import { settle as turns, until } from './support/clock.js';
import { json, SESSION } from './support/server.js';
import { type Sent, stampedBench } from './support/stamped.js';

test('removes the token from the document on creation and exchanges it once', async () => {
  const bench = stampedBench();
  assert.equal(bench.removed(), 1);
  await bench.host.start();
  const trades = bench.of(/page-key$/);
  assert.deepEqual(
    trades.map(({ body }) => body),
    ['{"boot":"boot-token"}'],
  );
  assert.equal(trades[0]?.stamp, null);
  assert.equal(bench.host.getSnapshot().stale, false);
});

test('stamps every call except those about the session, each with its own counter', async () => {
  const { host, sent, verify } = stampedBench();
  await host.start();
  const { sdk } = await host.load('hello');
  await sdk.api.fetch('/api/sales/x?q=1');
  await host.fetch('/api/configs/ui');
  const stamps = new Set<string>();
  for (const one of sent) {
    if (/^\/auth\/|page-key$/.test(one.target)) assert.equal(one.stamp, null, one.target);
    else {
      assert.ok(verify(one), JSON.stringify(one));
      stamps.add(one.stamp ?? '');
    }
  }
  assert.equal(stamps.size, sent.filter(({ stamp }) => stamp !== null).length);
  assert.ok(sent.some(({ plugin, target }) => plugin === 'hello' && target === '/api/sales/x?q=1'));
});

test('drops a stamp that a caller supplies', async () => {
  const { host, sent, verify } = stampedBench();
  await host.start();
  const { sdk } = await host.load('hello');
  await sdk.api.fetch('/api/sales/x', { headers: { 'X-Plugin-Stamp': 'v1.mine', 'X-Plugin-Id': 'other' } });
  const last = sent.at(-1);
  assert.ok(last && verify(last));
  assert.equal(last.plugin, 'hello');
});

test('stamps nothing without a token, and is not stale', async () => {
  const { host, sent } = stampedBench({}, null);
  await host.start();
  assert.equal(host.getSnapshot().status, 'ready');
  assert.ok(sent.every(({ stamp, target }) => stamp === null && !target.includes('page-key')));
  assert.equal(host.getSnapshot().stale, false);
});

test('becomes stale at a sign-in after the document was requested without a session', async () => {
  const { host, removed, of, page } = stampedBench({}, '');
  assert.equal(removed(), 1);
  page.server.signedIn = false;
  await host.start();
  assert.deepEqual([host.getSnapshot().status, host.getSnapshot().stale], ['signed-out', false]);
  await host.login('viewer', 'viewer');
  await turns();
  assert.equal(host.getSnapshot().stale, true);
  assert.equal(of(/page-key$/).length, 0);
});

test("becomes stale when the document's session ended before its token was exchanged", async () => {
  const { host, refuse, of, page } = stampedBench();
  page.server.signedIn = false;
  await host.start();
  refuse(/page-key$/, 'BOOT_TOKEN_REFUSED');
  await host.login('viewer', 'viewer');
  await until(() => host.getSnapshot().stale, 'stale');
  assert.equal(of(/page-key$/).length, 1);
});

test('becomes stale on an expired token, but not on a failing server', async () => {
  const old = stampedBench();
  old.refuse(/page-key$/, 'BOOT_TOKEN_REFUSED');
  await old.host.start();
  assert.equal(old.host.getSnapshot().stale, true);

  const failing = stampedBench();
  failing.refuse(/page-key$/, 'INTERNAL', 500);
  await failing.host.start();
  assert.equal(failing.host.getSnapshot().stale, false);
  assert.equal(failing.host.getSnapshot().status, 'failed');
  await failing.page.clock.advance(2_000);
  await until(() => failing.host.getSnapshot().status === 'ready', 'the second try');
  assert.equal(failing.of(/page-key$/).length, 2);
});

test('becomes stale when the server does not know the key', async () => {
  const { host, refuse } = stampedBench();
  await host.start();
  refuse(/configs/, 'STAMP_INVALID');
  const response = await host.fetch('/api/configs/ui');
  assert.equal(response.status, 403);
  assert.equal(host.getSnapshot().stale, true);
});

test("renews the key and repeats the call when a plugin's stamp is refused", async () => {
  const { host, of, verify, refuse } = stampedBench();
  await host.start();
  const { sdk } = await host.load('hello');
  refuse(/sales\/x/, 'STAMP_INVALID');
  assert.equal((await sdk.api.fetch('/api/sales/x')).status, 200);
  const [renewal] = of(/renew$/);
  assert.ok(renewal && verify(renewal));
  const calls = of(/sales\/x/);
  assert.equal(calls.length, 2);
  assert.match(calls[0]?.stamp ?? '', /^v1\.key-1\./);
  assert.match(calls[1]?.stamp ?? '', /^v1\.key-2\./);
  assert.equal(host.getSnapshot().stale, false);
  // A refusal with the new key is final, so there is no loop.
  refuse(/sales\/x/, 'STAMP_INVALID');
  refuse(/sales\/x/, 'STAMP_INVALID');
  await assert.rejects(sdk.api.fetch('/api/sales/x'), { code: 'STAMP_INVALID' });
});

test('repeats a call that the browser sent twice, unless its method is unsafe', async () => {
  const { host, of, refuse } = stampedBench();
  await host.start();
  refuse(/sales\/x/, 'STAMP_REPLAYED');
  assert.equal((await host.fetch('/api/sales/x')).status, 200);
  assert.equal(of(/sales\/x/).length, 2);
  assert.notEqual(of(/sales\/x/)[0]?.stamp, of(/sales\/x/)[1]?.stamp);
  refuse(/sales\/y/, 'STAMP_REPLAYED');
  await assert.rejects(host.fetch('/api/sales/y', { method: 'POST' }), (error: Error) => {
    assert.ok(error instanceof NetworkError);
    assert.match(error.message, /POST \/api\/sales\/y was answered; the server may or may not have processed it/);
    return true;
  });
  assert.equal(of(/sales\/y/).length, 1);
  // A HEAD response has no body that could carry the code; its headers allow one more attempt.
  refuse(/sales\/z/, 'STAMP_REPLAYED');
  assert.equal((await host.fetch('/api/sales/z', { method: 'HEAD' })).status, 200);
  refuse(/sales\/z/, 'STAMP_INVALID');
  refuse(/sales\/z/, 'STAMP_INVALID');
  assert.equal((await host.fetch('/api/sales/z', { method: 'HEAD' })).status, 403);
});

test('rejects with a network error when the connection is lost twice, also for a plugin', async () => {
  const { host, of, refuse } = stampedBench();
  await host.start();
  const { sdk } = await host.load('hello');
  refuse(/sales\/x/, 'STAMP_REPLAYED');
  refuse(/sales\/x/, 'STAMP_REPLAYED');
  await assert.rejects(sdk.api.fetch('/api/sales/x'), NetworkError);
  assert.equal(of(/sales\/x/).length, 2);
  refuse(/sales\/orders/, 'STAMP_REPLAYED');
  await assert.rejects(sdk.api.fetch('/api/sales/orders', { method: 'POST', body: '{}' }), NetworkError);
  assert.equal(of(/sales\/orders/).length, 1);
});

test("gives the page's token to the second host if that one is started, and exchanges it once", async () => {
  const bench = stampedBench();
  const second = createHost({ environment: bench.environment, events: false });
  await second.start();
  assert.equal(bench.of(/page-key$/).length, 1);
  assert.equal((await second.fetch('/api/sales/x')).status, 200);
  assert.ok(bench.verify(bench.of(/sales\/x/)[0] as Sent));
  await bench.host.start();
  assert.equal(bench.of(/page-key$/).length, 1);
  assert.equal(bench.host.getSnapshot().stale, true);
});

test('makes a host stale that is created after the token was exchanged', async () => {
  const bench = stampedBench();
  await bench.host.start();
  const second = createHost({ environment: bench.environment, events: false });
  await second.start();
  assert.equal(second.getSnapshot().stale, true);
});

test('leaves the token to the next host when closed before start', async () => {
  const bench = stampedBench();
  await bench.host.close();
  const second = createHost({ environment: bench.environment, events: false });
  await second.start();
  assert.equal(bench.of(/page-key$/).length, 1);
  assert.equal(second.getSnapshot().stale, false);
});

test('keeps the token when the exchange meets another session, and lets the waiting call find out', async () => {
  const { host, of, refuse, page } = stampedBench();
  page.server.handlers.push(({ path }) =>
    path === '/auth/session' ? json({ ...SESSION, csrf_token: `csrf-${of(/auth\/session/).length}` }) : null,
  );
  refuse(/page-key$/, 'CSRF_TOKEN');
  refuse(/manifests/, 'CSRF_TOKEN');
  await host.start();
  await until(() => host.getSnapshot().status === 'ready', 'going on');
  assert.equal(of(/page-key$/).length, 2);
  assert.equal(host.getSnapshot().stale, false);
});

test('drops the key with its session, and continues without one after the same person signs in again', async () => {
  const { host, of, refuse, page } = stampedBench();
  let token = SESSION.csrf_token;
  page.server.handlers.push(({ path }) => (path === '/auth/session' ? json({ ...SESSION, csrf_token: token }) : null));
  await host.start();
  token = 'csrf-2';
  refuse(/sales\/x/, 'CSRF_TOKEN');
  assert.equal((await host.fetch('/api/sales/x')).status, 200);
  assert.deepEqual(
    of(/sales\/x/).map(({ stamp }) => stamp !== null),
    [true, false],
  );
  assert.equal(host.getSnapshot().stale, true);
});

test('becomes stale in another session, but not on sign-out', async () => {
  const { host } = stampedBench();
  await host.start();
  await host.logout();
  assert.equal(host.getSnapshot().stale, false);
  await host.login('viewer', 'viewer');
  await turns();
  assert.equal(host.getSnapshot().stale, true);
});

test('releases the key synchronously with a precomputed MAC when the page is left', async () => {
  const { host, of, pageLife, keys } = stampedBench();
  await host.start();
  await turns();
  pageLife.now?.hide(false);
  const [release] = of(/state$/);
  assert.ok(release?.keepalive);
  const body = JSON.parse(release.body);
  assert.equal(body.change, 'release');
  const text = `portcullis-page-v1\nkey-1\nrelease\n${body.step}`;
  assert.equal(
    body.mac,
    createHmac('sha256', keys.get('key-1') as Buffer)
      .update(text)
      .digest('base64url'),
  );
});

test('resumes the key before the next call after the back/forward cache', async () => {
  const { host, of, sent, pageLife } = stampedBench();
  await host.start();
  await turns();
  pageLife.now?.hide(true);
  pageLife.now?.wake();
  await host.fetch('/api/configs/ui');
  const said = of(/state$/).map(({ body }) => JSON.parse(body));
  assert.deepEqual(
    said.map(({ change, step }) => [change, step]),
    [
      ['suspend', 1],
      ['resume', 2],
    ],
  );
  assert.match(sent.at(-1)?.target ?? '', /configs/);
  await turns();
  pageLife.now?.hide(true);
  assert.equal(JSON.parse(of(/state$/).at(-1)?.body ?? '').step, 3);
});

test('sends stamped telemetry synchronously when the page is left', async () => {
  const { host, of, page, verify } = stampedBench();
  await host.start();
  const { sdk } = await host.load('hello');
  sdk.telemetry.track('seen');
  // The stamp is computed on another thread, in the order of the requests: whatever is requested later also finishes
  // later.
  for (let n = 0; n < 20; n += 1) await crypto.subtle.digest('SHA-256', new Uint8Array(1 << 16));
  await turns();
  page.hide();
  const [batch] = of(/telemetry$/);
  assert.ok(batch?.keepalive && verify(batch));
});

test('encodes base64url like Node', () => {
  for (let size = 0; size < 40; size += 1) {
    const bytes = randomBytes(size);
    const text = bytes.toString('base64url');
    assert.equal(toBase64url(bytes, size), text);
    const back = new Uint8Array(size);
    assert.ok(fromBase64url(text, back, size));
    assert.deepEqual(Buffer.from(back), bytes);
  }
  assert.equal(fromBase64url('A+A', new Uint8Array(2), 2), false);
  assert.equal(fromBase64url('AA', new Uint8Array(2), 2), false);
});
