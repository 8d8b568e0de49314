import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signHmac } from '../dist/primitives.js';
import { tabMessage, toBase64url } from '../dist/stamp_text.js';
import { TabChannel } from '../dist/tab_channel.js';
import { channelKey, FakeBrowser, heard, type Message, pass, readerAndFollower } from './support/browser.js';
import { until } from './support/clock.js';
import { FakePage } from './support/page.js';

// A tab must detect messages that it did not receive: a lost `evict` would leave a quarantined plugin on screen.

/** A message of a tab of the session. */
async function signed(from: string, seq: number, at: number, body: string): Promise<Message> {
  const mac = new Uint8Array(await signHmac(await channelKey(), tabMessage(from, seq, at, body)));
  return { from, seq, at, body, mac: toBase64url(mac, 32) };
}

async function twoTabs() {
  const tabs = await readerAndFollower();
  const { page, reader, follower } = tabs;
  await heard();
  follower.heard.length = 0;
  reader.heard.length = 0;
  const types = (of = follower) => of.heard.map(({ type }) => type);
  const close = () => {
    reader.events.close();
    follower.events.close();
    assert.deepEqual(page.clock.waiting, []);
  };
  const evict = async () => {
    const before = reader.heard.length;
    page.server.events[0]?.event('evict', { plugin_id: 'hello' });
    await until(() => reader.heard.length > before, 'the reader hearing it');
    await heard();
  };
  return { ...tabs, types, close, evict };
}

test('recovers a lost eviction when the next message arrives', async () => {
  const { browser, page, types, close, evict } = await twoTabs();
  browser.loses = ({ body }) => body?.includes('evict') === true;
  await evict();
  assert.deepEqual(types(), []);
  // The follower asks who reads; the number of the answer reveals the gap.
  await page.clock.advance(5_000);
  await heard();
  await page.clock.advance(3_000);
  assert.deepEqual(types(), ['missed']);
  await pass(page, 30_000);
  assert.deepEqual(types(), ['missed']);
  assert.equal(page.server.events.length, 1);
  close();
});

test('recovers messages that did not fit the queue, with one question every few seconds during a flood', async () => {
  const { browser, page, types, close } = await twoTabs();
  const flood = async () => {
    for (let seq = 0; seq < 200; seq += 1)
      browser.forge({ from: 'x', seq, at: page.clock.now, body: '{}', mac: 'A'.repeat(43) });
    await heard();
  };
  await flood();
  await page.clock.advance(2_999);
  assert.deepEqual(types(), []);
  await page.clock.advance(1);
  assert.deepEqual(types(), ['missed']);
  for (let second = 0; second < 30; second += 1) {
    await flood();
    await page.clock.advance(1_000);
  }
  const questions = types().filter((type) => type === 'missed').length;
  // Once it reads the stream itself, because nobody answers, there is nothing to recover.
  assert.ok(questions >= 2 && questions <= 11, `${questions} questions`);
  close();
});

test('detects gaps and late messages by number, but not repetitions or a first message', async () => {
  const browser = new FakeBrowser();
  const { environment, clock } = new FakePage();
  const told: unknown[] = [];
  const channel = new TabChannel(environment, browser.createChannel(), {
    onMessage: (_, { n }) => told.push(n),
    onMissed: () => told.push('missed'),
    onHint: () => {},
  });
  channel.use(await channelKey());
  let last = 0;
  const say = async (from: string, seq: number, at = clock.now) => {
    browser.forge(await signed(from, seq, at, JSON.stringify({ n: `${from}${seq}` })));
    // Messages are verified in order, so the previous message has been verified when this one arrives.
    last += 1;
    browser.forge(await signed('last', last, clock.now, '{"n":"last"}'));
    await until(() => told.at(-1) === 'last');
    return told.splice(0).slice(0, -1);
  };
  const start = clock.now;
  assert.deepEqual(await say('a', 7), ['a7']);
  assert.deepEqual(await say('a', 8), ['a8']);
  assert.deepEqual(await say('b', 1), ['b1']);
  assert.deepEqual(await say('a', 10), ['missed', 'a10']);
  for (const seq of [10, 9, 7]) assert.deepEqual(await say('a', seq), []);
  assert.deepEqual(await say('a', 11), ['a11']);
  clock.now += 11_000;
  assert.deepEqual(await say('a', 12, start), ['missed']);
  assert.deepEqual(await say('a', 12, start), []);
  assert.deepEqual(await say('a', 13), ['a13']);
  // The clock was set back.
  assert.deepEqual(await say('a', 14, clock.now + 11_000), ['missed']);
  channel.close();
});

test('neither sends nor verifies an oversized message, and reports it as missed', async () => {
  const { browser, page, said, reader, types, close } = await twoTabs();
  const before = said.length;
  page.server.events[0]?.event('theme', { name: 'x'.repeat(70_000) });
  await until(() => reader.heard.length === 1);
  page.server.events[0]?.event('manifests', {});
  await until(() => types().includes('manifests'), 'the next one');
  await page.clock.advance(3_000);
  assert.deepEqual(types(), ['manifests', 'missed']);
  assert.ok(said.slice(before).every(({ body }) => (body ?? '').length < 100));
  const body = JSON.stringify({ kind: 'event', type: 'theme', data: 'x'.repeat(70_000) });
  browser.forge(await signed('genuine', 1, page.clock.now, body));
  await heard();
  assert.deepEqual(types(), ['manifests', 'missed']);
  close();
});

test('leaves a gap in the numbers when the signing queue is full', async () => {
  const { page, reader, types, close } = await twoTabs();
  for (let n = 0; n < 100; n += 1) page.server.events[0]?.event('restore', { plugin_id: `p${n}` });
  await until(() => reader.heard.length === 100, 'the reader hearing all');
  await until(() => types().length >= 64, 'what was said');
  await page.clock.advance(3_000);
  assert.equal(types().includes('missed'), types().length < 100);
  assert.ok(types().includes('missed'), 'nothing was lost, so the test proves nothing');
  close();
});

test("ignores the tab's own messages when a script replays them", async () => {
  const { browser, page, said, reader, follower, types, close } = await twoTabs();
  await page.clock.advance(5_000);
  await heard();
  const own = said.filter(({ body }) => body?.includes('"state"'));
  assert.ok(own.length > 0);
  const [{ from }] = own as [Message];
  assert.ok(own.every((message) => message.from === from));
  const before = said.length;
  for (const message of own) browser.forge(message);
  await heard();
  assert.equal(said.length - before, own.length, 'nobody answered');
  assert.deepEqual([types(), types(reader)], [[], []]);
  assert.deepEqual([reader.states, follower.states], [['open'], ['open']]);
  close();
});
