import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeBrowser, heard, tab } from './support/browser.js';
import { settle, until } from './support/clock.js';
import { hostBench } from './support/host.js';
import { FakePage } from './support/page.js';

/** Two tabs of one browser; the first one reads. The server's stream is down while `away` says so. */
async function twoTabs() {
  const browser = new FakeBrowser();
  const page = new FakePage();
  const server = { away: false };
  page.server.handlers.push((request) =>
    server.away && request.path === '/api/plugins/events' ? new Response(null, { status: 503 }) : null,
  );
  const [reader, follower] = [await tab(browser, page), await tab(browser, page)];
  reader.events.start();
  follower.events.start();
  const close = () => {
    reader.events.close();
    follower.events.close();
  };
  return { browser, page, server, reader, follower, close };
}

test('stays connected as long as the reading tab is', async () => {
  const { page, server, reader, follower, close } = await twoTabs();
  await until(() => follower.states.length === 1, 'the follower hearing');
  assert.deepEqual([reader.states, follower.states], [['open'], ['open']]);
  server.away = true;
  page.server.events[0]?.end();
  // Each tab reports it after its own grace period.
  await until(() => page.clock.waiting.filter((ms) => ms === 4_000).length === 2, 'both knowing');
  await page.clock.advance(3_999);
  assert.deepEqual([reader.states, follower.states], [['open'], ['open']]);
  await page.clock.advance(1);
  assert.deepEqual(reader.states, ['open', 'waiting']);
  assert.deepEqual(follower.states, ['open', 'waiting']);
  server.away = false;
  await page.clock.advance(30_000);
  await until(() => follower.states.length === 3, 'the follower hearing again');
  assert.deepEqual(reader.states, ['open', 'waiting', 'open']);
  assert.deepEqual(follower.states, ['open', 'waiting', 'open']);
  close();
  assert.deepEqual(follower.states.at(-1), 'off');
  assert.deepEqual(page.clock.waiting, []);
});

test('does not report a quick reconnect', async () => {
  const { page, reader, follower, close } = await twoTabs();
  await until(() => follower.states.length === 1);
  page.server.events[0]?.end();
  await settle();
  await page.clock.advance(3_000);
  await until(() => page.server.events.length === 2, 'the second stream');
  await until(() => !page.clock.waiting.includes(1_000), 'both hearing again');
  await page.clock.advance(2_000);
  assert.deepEqual([reader.states, follower.states], [['open'], ['open']]);
  close();
});

test('waits for a server that is down from the start', async () => {
  const { page, server, reader, follower, close } = await twoTabs();
  server.away = true;
  await page.clock.advance(4_000);
  assert.deepEqual([reader.states, follower.states], [['waiting'], ['waiting']]);
  close();
});

test('tells a tab that joins late whether the stream is open', async () => {
  const { browser, page, server, reader, close } = await twoTabs();
  await until(() => reader.states.length === 1);
  const late = await tab(browser, page);
  late.events.start();
  await until(() => late.states.length === 1, 'the answer');
  assert.deepEqual(late.states, ['open']);
  server.away = true;
  page.server.events[0]?.end();
  await heard();
  await page.clock.advance(4_000);
  const later = await tab(browser, page);
  later.events.start();
  await heard();
  await page.clock.advance(4_000);
  assert.deepEqual(later.states, ['waiting']);
  for (const { events } of [late, later]) events.close();
  close();
});

test('stays connected while a tab takes over the stream', async () => {
  const { page, reader, follower } = await twoTabs();
  await until(() => follower.states.length === 1);
  reader.events.close();
  await until(() => page.server.events.length >= 2, 'the second stream');
  await page.clock.advance(30_000);
  assert.deepEqual(reader.states, ['open', 'off']);
  assert.deepEqual(follower.states, ['open']);
  follower.events.close();
});

test("ignores other tabs' states while it reads itself or does not listen", async () => {
  const { browser, page, reader, follower, close } = await twoTabs();
  await until(() => follower.states.length === 1);
  follower.events.stop();
  const liar = browser.createChannel();
  liar.postMessage({ kind: 'state', open: false });
  await settle();
  liar.postMessage({ kind: 'state', open: true });
  await page.clock.advance(30_000);
  assert.deepEqual(reader.states, ['open']);
  assert.deepEqual(follower.states, ['open', 'off']);
  close();
});

test('shows the connection status in the snapshot', async () => {
  const { page, host } = hostBench();
  const seen: string[] = [];
  host.subscribe(() => {
    const { events } = host.getSnapshot();
    if (seen.at(-1) !== events) seen.push(events);
  });
  await host.start();
  await until(() => host.getSnapshot().events === 'open', 'the stream');
  page.server.handlers.push(({ path }) =>
    path === '/api/plugins/events' ? new Response(null, { status: 503 }) : null,
  );
  page.server.events[0]?.end();
  await settle();
  await page.clock.advance(4_000);
  assert.equal(host.getSnapshot().status, 'ready');
  page.server.handlers.pop();
  await page.clock.advance(30_000);
  await until(() => page.server.events.length === 2, 'the second stream');
  await until(() => host.getSnapshot().events === 'open');
  await host.logout();
  assert.deepEqual(seen, ['off', 'open', 'waiting', 'open', 'off']);
  await host.close();
  assert.deepEqual(page.clock.waiting, []);
});

test('is off with events: false', async () => {
  const { page, host } = hostBench(['hello'], { events: false });
  await host.start();
  await page.clock.advance(30_000);
  assert.equal(host.getSnapshot().events, 'off');
  assert.equal(page.server.events.length, 0);
  await host.close();
});
