import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHost, HttpError } from '../dist/index.js';
import type { PluginSdk } from '../dist/plugin/index.js';
import { FakeBrowser } from './support/browser.js';
import { settle, until } from './support/clock.js';
import { code, type HostBench, hostBench } from './support/host.js';
import { FakePage } from './support/page.js';
import { json, SESSION } from './support/server.js';

test('reports a missing session, continues after sign-in and removes everything on sign-out', async () => {
  const { page, host, shown } = hostBench();
  page.server.signedIn = false;
  await host.start();
  assert.equal(shown(), 'signed-out: ');
  assert.equal(page.server.requests('/api/plugins/manifests').length, 0);
  const wrong = await host.login('viewer', 'wrong').catch((error: unknown) => error);
  assert.ok(wrong instanceof HttpError && wrong.code === 'LOGIN_FAILED');
  assert.equal(shown(), 'signed-out: ');
  const session = await host.login('viewer', 'viewer');
  assert.equal(session.user, 'viewer');
  await until(() => shown() === 'ready: /hello /sales hello sales');
  const { sdk } = await host.load('hello');
  await host.logout();
  assert.equal(shown(), 'signed-out: ');
  assert.deepEqual(host.getSnapshot().plugins, []);
  assert.equal(host.getSnapshot().session, null);
  assert.equal(page.server.requests('/auth/logout')[0]?.headers.get('x-csrf-token'), 'csrf-1');
  await assert.rejects(sdk.api.fetch('/api/sales/x'), code('SDK_PLUGIN_UNLOADED'));
  await host.close();
});

test('exposes that the server verifies no signatures', async () => {
  for (const [dev, unsigned] of [
    [undefined, false],
    [{ unsigned: true }, true],
    [{ unsigned: 'yes' }, false],
  ] as const) {
    const { page, host } = hostBench();
    page.server.handlers.push(({ path }) => (path === '/auth/session' ? json({ ...SESSION, dev }) : null));
    await host.start();
    assert.deepEqual(host.getSnapshot().session?.dev, { unsigned });
    await host.close();
  }
});

test('signs the page out when its session ends anywhere', async () => {
  for (const end of ['plugin', 'host', 'gate', 'event'] as const) {
    const { page, host, shown } = hostBench();
    await host.start();
    const { sdk } = await host.load('hello');
    await until(() => page.server.events.length === 1);
    page.server.signedIn = false;
    if (end === 'plugin') await assert.rejects(sdk.api.fetch('/api/sales/x'));
    if (end === 'host') assert.equal((await host.fetch('/api/plugins/health/hello')).status, 401);
    if (end === 'gate') await host.refresh();
    if (end === 'event') page.server.events[0]?.event('session', { state: 'ended' });
    await until(() => shown() === 'signed-out: ', end);
    await settle();
    // The host asks a few times whether another person signs in.
    assert.deepEqual(page.clock.waiting, [1_000], end);
    assert.ok(page.server.events[0]?.cancelled, end);
    await host.close();
  }
});

test('ignores a 401 that an upstream sends for its own reasons', async () => {
  const { page, host, shown } = hostBench();
  await host.start();
  const { sdk } = await host.load('hello');
  page.server.handlers.push((request) =>
    request.path === '/api/sales/x' ? json({ code: 'UPSTREAM_SAYS' }, 401) : null,
  );
  await assert.rejects(sdk.api.fetch('/api/sales/x'));
  await settle();
  assert.equal(shown(), 'ready: /hello /sales hello sales');
  await host.close();
});

test('fetches a CSRF token that another tab renewed, once', async () => {
  const { page, host } = hostBench();
  await host.start();
  let token = 'csrf-2';
  page.server.handlers.push((request) => {
    if (request.path === '/auth/session') return json({ ...SESSION, csrf_token: token });
    if (request.method !== 'POST') return null;
    return request.headers.get('x-csrf-token') === 'csrf-2' ? json({}) : json({ code: 'CSRF_TOKEN' }, 403);
  });
  assert.equal((await host.fetch('/api/crud/items', { method: 'POST', body: '{}' })).status, 200);
  assert.equal(page.server.requests('/api/crud/items').length, 2);
  token = 'csrf-3';
  page.server.handlers.unshift((request) => (request.method === 'POST' ? json({ code: 'CSRF_TOKEN' }, 403) : null));
  assert.equal((await host.fetch('/api/crud/items', { method: 'POST' })).status, 403);
  await host.close();
});

test("starts another person's session with nothing of the previous one", async () => {
  const { page, host, shown } = hostBench();
  await host.start();
  const { sdk } = await host.load('hello');
  sdk.telemetry.track('of the viewer');
  await until(() => page.server.events.length === 1);
  const themes: (string | undefined)[] = [];
  host.subscribe(() => themes.push(host.getSnapshot().theme?.name));
  const other = { ...SESSION, user: 'other', subject: { type: 'account', id: 'auth:account:lab:other' } };
  page.server.handlers.push((request) => (request.path === '/auth/session' ? json(other) : null));
  page.server.events[0]?.event('session', {});
  await until(() => host.getSnapshot().session?.user === 'other' && shown().startsWith('ready'), 'the other person');
  assert.equal(themes.includes(undefined), true);
  assert.equal(themes.at(-1), 'Neon Flux');
  await page.clock.advance(60_000);
  assert.equal(page.server.requests('/api/plugins/telemetry').length, 0);
  await host.close();
});

test('sends telemetry before signing out, and none afterwards', async () => {
  const { page, host, shown } = hostBench();
  const answers: string[] = [];
  page.server.handlers.push(async ({ path }) => {
    if (path === '/auth/logout') answers.push(path);
    if (path !== '/api/plugins/telemetry') return null;
    await settle();
    answers.push(page.server.signedIn ? path : 'too late');
    return new Response(null, { status: 202 });
  });
  await host.start();
  const { sdk } = await host.load('hello');
  sdk.telemetry.track('clicked');
  const leaving = host.logout();
  sdk.telemetry.track('while signing out');
  page.hide();
  await leaving;
  sdk.telemetry.track('too late');
  await page.clock.advance(60_000);
  assert.deepEqual(answers, ['/api/plugins/telemetry', '/auth/logout']);
  assert.equal(page.server.requests('/api/plugins/telemetry')[0]?.headers.get('x-csrf-token'), 'csrf-1');
  assert.equal(shown(), 'signed-out: ');
  assert.deepEqual(page.clock.waiting, []);
  await host.close();
});

test('signs out although the server does not accept telemetry', async () => {
  const { page, host, shown } = hostBench();
  page.server.handlers.push(({ path }) => (path === '/api/plugins/telemetry' ? new Promise(() => {}) : null));
  await host.start();
  const { sdk } = await host.load('hello');
  sdk.telemetry.track('clicked');
  const leaving = host.logout();
  await page.clock.advance(1_999);
  assert.equal(shown(), 'ready: /hello /sales hello sales');
  await page.clock.advance(1);
  await leaving;
  assert.equal(shown(), 'signed-out: ');
  await host.close();
});

test('continues telemetry when signing out fails', async () => {
  const { page, host } = hostBench();
  page.server.handlers.push(({ path }) => (path === '/auth/logout' ? json({}, 500) : null));
  await host.start();
  const { sdk } = await host.load('hello');
  const leaving = host.logout();
  sdk.telemetry.track('while signing out');
  await assert.rejects(leaving, HttpError);
  await page.clock.advance(5_000);
  assert.equal(page.server.requests('/api/plugins/telemetry').length, 1);
  await host.close();
});

test('drops telemetry of a session that ended elsewhere, and sends it when the host closes', async () => {
  const ended = hostBench();
  const closed = hostBench();
  for (const { host } of [ended, closed]) {
    await host.start();
    const { sdk } = await host.load('hello');
    sdk.telemetry.track('last');
  }
  ended.page.server.signedIn = false;
  await ended.host.fetch('/api/plugins/health/hello');
  await until(() => ended.shown() === 'signed-out: ');
  await ended.host.close();
  await closed.host.close();
  await settle();
  assert.equal(ended.page.server.requests('/api/plugins/telemetry').length, 0);
  assert.equal(closed.page.server.requests('/api/plugins/telemetry').length, 1);
});

const OTHER = {
  ...SESSION,
  user: 'other',
  subject: { type: 'account', id: 'auth:account:lab:other' },
  csrf_token: 'csrf-o',
};

/** Another tab signs in another person: the cookie is theirs, and this page does not know yet. */
function takeOver(page: HostBench['page'], session = OTHER): void {
  page.server.handlers.unshift(({ path, headers }) => {
    if (path === '/auth/session') return json(session);
    const token = headers.get('x-csrf-token');
    return token !== null && token !== session.csrf_token ? json({ code: 'CSRF_TOKEN' }, 403) : null;
  });
}
const sessionChanged = code('SDK_SESSION_CHANGED');

test("never sends one person's call in another person's session", async () => {
  const asks: readonly [string, (bench: HostBench, sdk: PluginSdk) => Promise<unknown>][] = [
    ['/api/crud/items', ({ host }) => host.fetch('/api/crud/items', { method: 'POST', body: '{}' })],
    ['/api/crud/items', ({ host }) => host.fetch('/api/crud/items')],
    ['/api/crud/items', ({ host }) => host.fetch('/api/crud/items', { method: 'HEAD' })],
    ['/auth/logout', ({ host }) => host.logout()],
    ['/api/sales/orders', (_, sdk) => sdk.api.fetch('/api/sales/orders', { method: 'POST', body: '{}' })],
    ['/api/sales/x', (_, sdk) => sdk.api.fetch('/api/sales/x')],
  ];
  for (const [path, ask] of asks) {
    const bench = hostBench(['hello'], { events: false });
    await bench.host.start();
    const { sdk } = await bench.host.load('hello');
    takeOver(bench.page);
    await assert.rejects(ask(bench, sdk), (error) => sessionChanged(error) || code('SDK_PLUGIN_UNLOADED')(error));
    assert.deepEqual(
      bench.page.server.requests(path).map(({ headers }) => headers.get('x-csrf-token')),
      ['csrf-1'],
      path,
    );
    await until(() => bench.host.getSnapshot().session?.user === 'other', 'the page following');
    await bench.host.close();
  }
});

test("never sends one person's telemetry in another person's session", async () => {
  const { page, host } = hostBench(['hello'], { events: false });
  await host.start();
  const { sdk } = await host.load('hello');
  sdk.telemetry.track('of the viewer');
  await settle();
  takeOver(page);
  page.hide();
  await until(() => host.getSnapshot().session?.user === 'other', 'the page following');
  await page.clock.advance(60_000);
  assert.deepEqual(
    page.server.requests('/api/plugins/telemetry').map(({ headers }) => headers.get('x-csrf-token')),
    ['csrf-1'],
  );
  await host.close();
});

test('continues in a new session of the same person, reading and writing, with concurrent calls', async () => {
  const { page, host } = hostBench();
  await host.start();
  page.server.handlers.push(({ path }) => (path === '/api/crud/items' ? json({}) : null));
  takeOver(page, { ...SESSION, csrf_token: 'csrf-2' });
  const calls = ['POST', 'GET', 'HEAD', 'DELETE', 'GET'].map((method) => host.fetch('/api/crud/items', { method }));
  const statuses = (await Promise.all(calls)).map(({ status }) => status);
  assert.deepEqual(statuses, [200, 200, 200, 200, 200]);
  assert.equal(host.getSnapshot().session?.user, 'viewer');
  await host.close();
});

test('looks for a new session after one ended elsewhere, although the answer may come late', async () => {
  const { page, host, shown } = hostBench();
  await host.start();
  await until(() => page.server.events.length === 1);
  page.server.signedIn = false;
  page.server.events[0]?.event('session', {});
  await until(() => shown() === 'signed-out: ');
  await page.clock.advance(1_000);
  page.server.signedIn = true;
  takeOver(page);
  await page.clock.advance(2_000);
  await until(() => host.getSnapshot().session?.user === 'other', 'the other person');
  await host.close();
});

test('stops looking after a while, and after signing out here', async () => {
  const { page, host, shown } = hostBench();
  await host.start();
  await until(() => page.server.events.length === 1);
  page.server.signedIn = false;
  page.server.events[0]?.event('session', {});
  await until(() => shown() === 'signed-out: ');
  const asked = page.server.requests('/auth/session').length;
  await page.clock.advance(600_000);
  assert.equal(page.server.requests('/auth/session').length, asked + 4);
  await host.login('viewer', 'viewer');
  await host.logout();
  assert.deepEqual(page.clock.waiting, []);
  await host.close();
});

test('limits wrong hints to one request a minute, and acts on a right one at once', async () => {
  const browser = new FakeBrowser();
  const bench = new FakePage();
  const host = createHost({ environment: { ...bench.environment, createChannel: browser.createChannel } });
  await host.start();
  const asked = () => bench.server.requests('/auth/session').length;
  const before = asked();
  for (let second = 0; second < 600; second += 1) {
    for (let at = 0; at < 20; at += 1) browser.forge({ kind: 'session' });
    await bench.clock.advance(1_000);
  }
  const made = asked() - before;
  assert.ok(made > 3 && made < 20, `${made} questions`);
  bench.server.handlers.unshift(({ path }) => (path === '/auth/session' ? json(OTHER) : null));
  await bench.clock.advance(61_000);
  browser.forge({ kind: 'session' });
  await until(() => host.getSnapshot().session?.user === 'other', 'the other person');
  await host.close();
});

test('checks the session when the page becomes visible or resumes', async () => {
  const bench = new FakePage();
  let show = (_lost: boolean): void => {};
  let wake = (): void => {};
  const environment = {
    ...bench.environment,
    onWake: (run: (lost: boolean) => void) => {
      show = run;
      return () => {};
    },
    onPageLife: (life: { wake: () => void }) => {
      wake = life.wake;
      return () => {};
    },
  };
  const host = createHost({ environment, events: false });
  await host.start();
  const asked = () => bench.server.requests('/auth/session').length;
  assert.equal(asked(), 1);
  for (let at = 0; at < 5; at += 1) show(false);
  await until(() => asked() === 2);
  await bench.clock.advance(9_000);
  show(false);
  bench.server.handlers.unshift(({ path }) => (path === '/auth/session' ? json(OTHER) : null));
  wake();
  await until(() => host.getSnapshot().session?.user === 'other', 'the other person');
  assert.equal(asked(), 3);
  await host.close();
});
