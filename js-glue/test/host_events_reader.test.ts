import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channelKey, FakeBrowser, heard, pass, sleepy, tab, throttled } from './support/browser.js';
import { settle, until } from './support/clock.js';
import { FakePage } from './support/page.js';

// Which tab reads the server's events, and what the other tabs are told.

const open = (page: FakePage) => page.server.events.filter(({ cancelled }) => !cancelled);

test('trusts the reading tab when timers are throttled to one a minute', async () => {
  const browser = new FakeBrowser();
  const page = new FakePage();
  const reader = await tab(browser, page);
  reader.events.start();
  await until(() => reader.states.length === 1, 'the reader hearing');
  const hidden = await Promise.all([1, 2, 3].map(() => tab(browser, page, undefined, throttled(page))));
  for (const { events } of hidden) events.start();
  await heard();
  for (const each of [reader, ...hidden]) each.heard.length = 0;
  await pass(page, 200_000);
  assert.equal(page.server.events.length, 1);
  for (const each of [reader, ...hidden]) assert.deepEqual([each.heard, each.states], [[], ['open']]);
  for (const { events } of [reader, ...hidden]) events.close();
  assert.deepEqual(page.clock.waiting, []);
});

test('reads in a hidden tab after two unanswered checks', async () => {
  const browser = new FakeBrowser();
  const page = new FakePage();
  const plugin = new AbortController();
  void browser.locks.request('portcullis.events', { signal: plugin.signal }, () => new Promise(() => {}));
  const alone = await tab(browser, page, undefined, throttled(page));
  alone.events.start();
  await pass(page, 61_000);
  assert.equal(page.server.events.length, 0);
  await pass(page, 60_000);
  assert.equal(page.server.events.length, 1);
  alone.events.close();
});

test('asks before reading after suspension, and reads if nobody answers', async () => {
  const browser = new FakeBrowser();
  const page = new FakePage();
  const { own, sleep, wake } = sleepy(page);
  const [reader, sleeper] = [await tab(browser, page), await tab(browser, page, undefined, own)];
  reader.events.start();
  sleeper.events.start();
  await until(() => sleeper.states.length === 1, 'the sleeper hearing');
  for (const how of ['its timers', 'the page'] as const) {
    sleep();
    browser.loses = () => true;
    await pass(page, 60_000);
    browser.loses = () => false;
    wake();
    if (how === 'the page') sleeper.events.wake();
    await heard();
    await pass(page, 20_000);
    assert.equal(page.server.events.length, 1, how);
  }
  sleep();
  browser.loses = () => true;
  await pass(page, 60_000);
  wake();
  assert.equal(page.server.events.length, 1);
  await page.clock.advance(1_000);
  await until(() => page.server.events.length === 2, 'its own stream');
  for (const { events } of [reader, sleeper]) events.close();
});

test('announces the list only from the tab that keeps reading', async () => {
  const browser = new FakeBrowser();
  const page = new FakePage();
  const plugin = new AbortController();
  void browser.locks.request('portcullis.events', { signal: plugin.signal }, () => new Promise(() => {}));
  // No tab gets the lock, so the first one starts to read.
  const first = await tab(browser, page);
  const others = await Promise.all([1, 2].map(() => tab(browser, page, undefined, { random: () => 0.99 })));
  for (const { events } of [first, ...others]) events.start();
  await pass(page, 10_000);
  await until(() => open(page).length === 1 && others.every(({ states }) => states.at(-1) === 'open'), 'one reading');
  for (const each of [first, ...others]) each.heard.length = 0;
  page.server.events[0]?.event('hello', { quarantined: [] });
  await until(() => first.heard.length === 1, 'its hello');
  await heard();
  assert.deepEqual(
    others.map((each) => each.heard),
    [[], []],
  );
  await page.clock.advance(1_000);
  for (const each of others) await until(() => each.heard.length === 1, 'the word');
  assert.deepEqual(
    others.map((each) => each.heard),
    [[{ type: 'manifests' }], [{ type: 'manifests' }]],
  );
  for (const { events } of [first, ...others]) events.close();
  assert.deepEqual(page.clock.waiting, []);
});

test('causes no request when a tab stops reading in favour of another', async () => {
  const browser = new FakeBrowser();
  const page = new FakePage();
  const [reader, cut] = [await tab(browser, page), await tab(browser, page)];
  reader.events.start();
  cut.events.start();
  await until(() => cut.states.length === 1, 'both hearing');
  await heard();
  browser.loses = () => true;
  await pass(page, 20_000);
  assert.equal(open(page).length, 2, 'it received nothing and reads');
  const words = browser.overhear();
  browser.loses = () => false;
  page.server.events[1]?.event('hello', { quarantined: [] });
  await settle();
  const third = await tab(browser, page);
  third.events.start();
  await until(() => open(page).length === 1, 'one reading');
  await pass(page, 10_000);
  // The only message is from the tab with the lock to the tab that joined; the hello was not relayed.
  const texts = words.map(({ body }) => body ?? '');
  assert.deepEqual([texts.filter((text) => text.includes('hello')).length, reader.heard], [0, []]);
  for (const { events } of [reader, cut, third]) events.close();
  assert.deepEqual(page.clock.waiting, []);
});

test('relays hello immediately from the tab with the lock', async () => {
  const browser = new FakeBrowser();
  const page = new FakePage();
  const [reader, follower] = [await tab(browser, page), await tab(browser, page)];
  reader.events.start();
  follower.events.start();
  await until(() => follower.states.length === 1, 'the follower hearing');
  page.server.events[0]?.event('hello', { quarantined: ['hello'] });
  await until(() => follower.heard.some(({ type }) => type === 'hello'), 'the hello');
  for (const { events } of [reader, follower]) events.close();
});

test('recovers missed events in the one of two readers that stops', async () => {
  const browser = new FakeBrowser();
  const page = new FakePage();
  const [reader, cut] = [await tab(browser, page), await tab(browser, page)];
  reader.events.start();
  cut.events.start();
  await until(() => cut.states.length === 1, 'both hearing');
  browser.loses = () => true;
  await pass(page, 20_000);
  assert.equal(open(page).length, 2, 'it received nothing and reads');
  cut.heard.length = 0;
  browser.loses = () => false;
  // The first tab has the lock, so it continues, and says so when a third tab asks.
  const third = await tab(browser, page);
  third.events.start();
  await until(() => open(page).length === 1, 'one reading');
  await pass(page, 4_000);
  assert.ok(cut.heard.some(({ type }) => type === 'missed'));
  for (const { events } of [reader, cut, third]) events.close();
});

test("uses the channel key and the stream of the same person's new session", async () => {
  const browser = new FakeBrowser();
  const page = new FakePage();
  const another = await channelKey(new Uint8Array(32).fill(7));
  const [reader, follower] = [await tab(browser, page), await tab(browser, page)];
  reader.events.start();
  follower.events.start();
  await until(() => follower.states.length === 1, 'both hearing');
  for (const { events, rekey } of [reader, follower]) {
    rekey(another);
    events.restart();
  }
  await until(() => open(page).length === 1 && page.server.events.length === 2, 'a stream of the new session');
  assert.ok(page.server.events[0]?.cancelled);
  await heard();
  follower.heard.length = 0;
  page.server.events[1]?.event('evict', { plugin_id: 'hello' });
  await until(() => follower.heard.some(({ type }) => type === 'evict'), 'the eviction');
  await page.clock.advance(5_000);
  assert.deepEqual([reader.states, follower.states], [['open'], ['open']]);
  const late = await tab(browser, page);
  late.events.start();
  await heard();
  assert.deepEqual(late.heard, [], 'a tab of the previous session gets no answer');
  for (const { events } of [reader, follower, late]) events.close();
  // A tab that does not listen stays that way.
  reader.events.restart();
  assert.deepEqual(page.clock.waiting, []);
});
