import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channelKey, FakeBrowser, type Message, pass, readerAndFollower, tab } from './support/browser.js';
import { settle, until } from './support/clock.js';
import { FakePage } from './support/page.js';

const MUTE_MS = 10_000;

/** The open event stream. */
const live = (page: FakePage) => page.server.events.findLast(({ cancelled }) => !cancelled);

/** Two tabs of one session, of which the first reads, and a plugin that reads and writes the channel. */
async function twoTabs() {
  const tabs = await readerAndFollower();
  const { page, said, reader, follower } = tabs;
  follower.heard.length = 0;
  const close = () => {
    reader.events.close();
    follower.events.close();
  };
  const evict = async (): Promise<Message> => {
    follower.heard.length = 0;
    live(page)?.event('evict', { plugin_id: 'hello' });
    await until(() => follower.heard.some(({ type }) => type === 'evict'), 'the eviction');
    return said.findLast(({ body }) => body?.includes('evict')) as Message;
  };
  return { ...tabs, close, evict };
}

const EVENTS = [
  ['hello', { quarantined: ['hello'] }],
  ['evict', { plugin_id: 'hello' }],
  ['restore', { plugin_id: 'hello' }],
  ['manifests', {}],
  ['theme', { name: 'forged', tokens: {}, dark: {}, light: {} }],
  ['session', {}],
] as const;

test('ignores forged events of every shape', async () => {
  const { browser, page, follower, reader, close, evict } = await twoTabs();
  const genuine = await evict();
  follower.heard.length = 0;
  for (const [type, data] of EVENTS) {
    const event = { kind: 'event', type, data: JSON.stringify(data) };
    browser.forge(event);
    for (const from of ['a', genuine.from])
      for (const mac of [undefined, '', 'A'.repeat(43), genuine.mac, { length: 43 }])
        browser.forge({ from, seq: 99, at: page.clock.now, body: JSON.stringify(event), mac });
  }
  for (const state of [true, false]) browser.forge({ kind: 'state', open: state });
  for (const odd of [null, 7, 'x', [], { kind: 'joined' }, { kind: '__proto__' }]) browser.forge(odd);
  // Only the next genuine message is accepted.
  await evict();
  assert.deepEqual(
    follower.heard.map(({ type }) => type),
    ['evict'],
  );
  assert.deepEqual([reader.states, follower.states], [['open'], ['open']]);
  close();
});

test('accepts a genuine message once, in order, in its session, while it is fresh', async () => {
  const { browser, page, follower, close, evict } = await twoTabs();
  const first = await evict();
  await evict();
  browser.forge(first);
  browser.forge({ ...first, seq: 99 });
  browser.forge({ ...first, at: (first.at ?? 0) + 1 });
  browser.forge({ ...first, from: 'other' });
  // A tab that joins later has not received the message, and rejects a replay of it when it is old.
  await pass(page, MUTE_MS + 1_000);
  const late = await tab(browser, page);
  const foreign = await tab(browser, page, await channelKey(new Uint8Array(32)));
  late.events.start();
  foreign.events.start();
  await until(() => late.heard.length > 0, 'the late one');
  browser.forge(first);
  live(page)?.event('restore', { plugin_id: 'hello' });
  await until(() => late.heard.length > 1 && follower.heard.at(-1)?.type === 'restore', 'the late one');
  assert.deepEqual([late.heard.map(({ type }) => type), foreign.heard], [['manifests', 'restore'], []]);
  assert.equal(follower.heard.filter(({ type }) => type === 'evict').length, 1);
  late.events.close();
  foreign.events.close();
  close();
});

test('signs nothing extra when push or an array setter is replaced', async () => {
  const { follower, close, evict } = await twoTabs();
  const forged = JSON.stringify({ kind: 'event', type: 'theme', data: '{"name":"forged"}' });
  const { push } = Array.prototype;
  const isSaying = (value: unknown) => typeof value === 'string' && value.startsWith('{"kind":') && value !== forged;
  const own = { writable: true, enumerable: true, configurable: true };
  const seen: unknown[] = [];
  Array.prototype.push = function (...values: unknown[]) {
    const length = Reflect.apply(push, this, values);
    if (!values.some(isSaying)) return length;
    Reflect.apply(push, seen, values);
    return Reflect.apply(push, this, [forged]);
  };
  Object.defineProperty(Array.prototype, 0, {
    configurable: true,
    set(this: unknown[], value: unknown) {
      Object.defineProperty(this, 0, { ...own, value });
      if (isSaying(value)) Object.defineProperty(this, 1, { ...own, value: forged });
    },
  });
  try {
    // Messages are in order: the second one was sent after everything that came with the first.
    await evict();
    const first = follower.heard.map(({ type }) => type);
    await evict();
    assert.deepEqual([first, follower.heard.map(({ type }) => type), seen], [['evict'], ['evict'], []]);
  } finally {
    Array.prototype.push = push;
    Reflect.deleteProperty(Array.prototype, 0);
  }
  close();
});

test('survives a flood of forged messages', async () => {
  const { browser, page, follower, close } = await twoTabs();
  for (let at = 0; at < 2_000; at += 1)
    browser.forge({ from: 'x', seq: at, at: page.clock.now, body: '{}', mac: 'A'.repeat(43) });
  await settle();
  await pass(page, 20_000, () => page.server.events.length === 2);
  live(page)?.event('evict', { plugin_id: 'hello' });
  await until(() => follower.heard.some(({ type }) => type === 'evict'), 'the eviction');
  close();
});

test('reads without the lock when its holder reads nothing', async () => {
  const browser = new FakeBrowser();
  const page = new FakePage();
  const plugin = new AbortController();
  void browser.locks.request('portcullis.events', { signal: plugin.signal }, () => new Promise(() => {}));
  const tabs = [await tab(browser, page), await tab(browser, page), await tab(browser, page)];
  for (const { events } of tabs) events.start();
  const lie = () => browser.forge({ kind: 'state', open: true });
  for (let second = 0; second < 15; second += 1) {
    lie();
    await pass(page, 1_000);
  }
  assert.ok(page.server.events.length > 0, 'somebody reads');
  const open = () => page.server.events.filter(({ cancelled }) => !cancelled);
  await pass(page, 20_000, () => open().length === 1);
  assert.equal(open().length, 1, 'one of them reads');
  open()[0]?.event('evict', { plugin_id: 'hello' });
  for (const { heard } of tabs) await until(() => heard.some(({ type }) => type === 'evict'), 'the eviction');
  await pass(page, 30_000);
  assert.equal(open().length, 1, 'and keeps reading');
  for (const { events } of tabs) events.close();
  assert.deepEqual(page.clock.waiting, []);
});

test('yields, even with the lock, to a tab whose stream opens', async () => {
  const browser = new FakeBrowser();
  const page = new FakePage();
  const broken = new FakePage();
  Object.defineProperty(broken, 'clock', { value: page.clock });
  broken.server.handlers.push(() => new Response(null, { status: 503 }));
  const [leader, follower] = [await tab(browser, broken), await tab(browser, page)];
  leader.events.start();
  follower.events.start();
  await pass(page, 30_000, () => page.server.events.length === 1 && leader.states.at(-1) === 'open');
  assert.deepEqual(
    [leader.states, follower.states],
    [
      ['waiting', 'open'],
      ['waiting', 'open'],
    ],
  );
  page.server.events[0]?.event('evict', { plugin_id: 'hello' });
  for (const { heard } of [leader, follower])
    await until(() => heard.some(({ type }) => type === 'evict'), 'the eviction');
  leader.events.close();
  follower.events.close();
});

test('reads alone and stays off the channel without a channel key', async () => {
  const browser = new FakeBrowser();
  const page = new FakePage();
  const said = browser.overhear();
  const [first, second] = [await tab(browser, page, null), await tab(browser, page, null)];
  first.events.start();
  second.events.start();
  await until(() => page.server.events.length === 2, 'two streams');
  page.server.events[0]?.event('evict', { plugin_id: 'hello' });
  await until(() => first.heard.length === 1);
  await settle();
  assert.deepEqual([second.heard, said], [[], []]);
  first.events.close();
  second.events.close();
});
