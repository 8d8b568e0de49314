import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCore } from '../dist/core/index.js';
import { HostSync, type SyncParts } from '../dist/host_sync.js';
import { SessionError } from '../dist/index.js';
import { Registry } from '../dist/registry.js';
import { FakeBrowser, heard, tab } from './support/browser.js';
import { settle, until } from './support/clock.js';
import { hostBench } from './support/host.js';
import { json, SESSION } from './support/server.js';
import { stampedBench } from './support/stamped.js';

// Behaviour after the host is closed, after its session ends, and when its session is replaced.

test('does nothing in a closed host when the page resumes', async () => {
  const { host, page, pageLife, sent } = stampedBench({ events: true });
  await host.start();
  await until(() => page.server.events.length === 1, 'the stream');
  const kept = pageLife.now;
  await host.close();
  assert.equal(pageLife.now, null);
  await settle();
  const before = sent.length;
  kept?.wake();
  await settle();
  await page.clock.advance(60_000);
  assert.equal(sent.length, before);
  assert.deepEqual(page.clock.waiting, []);
});

test('stops listening and asking when the session of a sync ends', async () => {
  const { page } = hostBench([]);
  const core = await loadCore();
  let started = 0;
  const retry = { cancel: () => {}, reset: () => {}, later: () => {} };
  const registry = new Registry(core, { onClosed: () => {}, isHostRoute: () => false });
  const events = { start: () => (started += 1) };
  const parts = { core, registry, retry, events, transport: { send: () => assert.fail('a call') } };
  const sync = new HostSync(parts as unknown as SyncParts, { ...SESSION } as never, '1.4.0');
  sync.close(new SessionError('SDK_SESSION_REQUIRED', 'the session changed'));
  await sync.run();
  await sync.refresh();
  assert.equal(started, 0);
  assert.deepEqual(page.server.seen, []);
});

test("follows the events of the same person's new session", async () => {
  const { host, page } = hostBench();
  await host.start();
  await until(() => page.server.events.length === 1, 'the stream');
  page.server.handlers.push(({ path, headers }) => {
    if (path === '/auth/session') return json({ ...SESSION, csrf_token: 'csrf-2' });
    const token = headers.get('x-csrf-token');
    return token === null || token === 'csrf-2' ? null : json({ code: 'CSRF_TOKEN' }, 403);
  });
  assert.equal((await host.fetch('/api/configs/ui')).status, 200);
  await until(() => page.server.events.length === 2, 'the stream of the new session');
  assert.ok(page.server.events[0]?.cancelled);
  assert.equal(page.server.requests('/api/plugins/events')[1]?.headers.get('x-csrf-token'), 'csrf-2');
  assert.equal(host.getSnapshot().events, 'open');
  await host.close();
});

test('unloads a quarantined plugin although another tab did not relay the event', async () => {
  const browser = new FakeBrowser();
  const own = { locks: browser.locks, createChannel: browser.createChannel };
  const { host, page } = stampedBench({ events: true }, 'boot-token', own);
  const reader = await tab(browser, page);
  reader.events.start();
  await until(() => reader.states.length === 1, 'the reader hearing');
  await host.start();
  await host.load('hello');
  await until(() => host.getSnapshot().events === 'open', 'the host hearing');
  assert.equal(page.server.events.length, 1);
  // A tab that joins checks the list again.
  await until(() => page.server.requests('/api/plugins/manifests').length === 2, 'the second look');
  await heard();
  browser.loses = ({ body }) => body?.includes('evict') === true;
  page.server.manifests = [];
  page.server.events[0]?.event('evict', { plugin_id: 'hello' });
  await until(() => reader.heard.some(({ type }) => type === 'evict'), 'the reader hearing it');
  page.server.events[0]?.event('theme', { name: 'Next' });
  await until(() => host.getSnapshot().theme?.name === 'Next', 'the next word');
  assert.equal(host.loaded('hello')?.id, 'hello');
  await page.clock.advance(3_000);
  await until(() => host.getSnapshot().plugins.length === 0, 'the plugin going');
  assert.equal(host.loaded('hello'), null);
  reader.events.close();
  await host.close();
});

const OTHER = { ...SESSION, user: 'other', subject: { type: 'account', id: 'auth:account:lab:other' } };

/** A host whose next session request is answered when the test says so, with the state at the time of the request. */
async function slowQuestion(signedIn: boolean) {
  const bench = hostBench(['hello'], { events: false });
  bench.page.server.signedIn = signedIn;
  await bench.host.start();
  const answers: (() => void)[] = [];
  bench.page.server.handlers.unshift(({ path }) => {
    if (path !== '/auth/session') return null;
    const answer = bench.page.server.signedIn ? json(SESSION) : json({ code: 'SESSION_REQUIRED' }, 401);
    return new Promise((resolve) => answers.push(() => resolve(answer)));
  });
  return { ...bench, answers };
}

test('ignores an earlier session answer after signing in', async () => {
  const { host, page, shown, answers } = await slowQuestion(false);
  const asked = host.refresh();
  await until(() => answers.length === 1, 'the question');
  page.server.handlers.unshift(({ path }) => {
    if (path !== '/auth/login') return null;
    page.server.signedIn = true;
    return json(OTHER);
  });
  await host.login('other', 'other');
  answers[0]?.();
  await asked;
  await until(() => shown().startsWith('ready'), 'going on');
  assert.equal(host.getSnapshot().session?.user, 'other');
  await host.close();
});

test('ignores an earlier session answer after signing out', async () => {
  const { host, page, shown, answers } = await slowQuestion(true);
  // An upstream's 401 makes the host ask.
  page.server.handlers.unshift(({ path }) => (path === '/api/up' ? json({ code: 'UPSTREAM_SAYS' }, 401) : null));
  await host.fetch('/api/up');
  await until(() => answers.length === 1, 'the question');
  await host.logout();
  assert.equal(shown(), 'signed-out: ');
  answers[0]?.();
  await settle();
  assert.equal(shown(), 'signed-out: ');
  assert.equal(host.getSnapshot().session, null);
  await host.close();
});
