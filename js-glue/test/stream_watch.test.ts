import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCore } from '../dist/core/index.js';
import type { PluginStreamState } from '../dist/index.js';
import { Transport } from '../dist/transport.js';
import { settle } from './support/clock.js';
import { FakePage } from './support/page.js';
import { createInstance } from './support/plugin.js';
import { FakeStream, manifest } from './support/server.js';

/** One subscription on a page whose sleep and network the test controls. */
async function bench(options: { silentMs?: number } = {}) {
  const page = new FakePage();
  const streams: FakeStream[] = [];
  const ids: (string | null)[] = [];
  let answers = true;
  page.server.handlers.push((request) => {
    ids.push(request.headers.get('last-event-id'));
    if (!answers) return new Promise<never>(() => {});
    const stream = new FakeStream(request.init.signal);
    streams.push(stream);
    return stream.response;
  });
  let wake: (lost: boolean) => void = () => {};
  let slept = 0;
  const env = {
    ...page.environment,
    now: () => page.clock.now + slept,
    onWake: (run: (lost: boolean) => void) => {
      wake = run;
      return () => {
        wake = () => {};
      };
    },
  };
  const core = await loadCore();
  const compiled = core.compile(JSON.stringify(manifest('sales')));
  assert.ok(compiled.ok);
  const session = { csrfToken: null, person: null, onUnauthorized: () => {}, renewToken: async () => false };
  const instance = createInstance({
    pluginId: 'sales',
    core,
    env,
    transport: new Transport(env, session),
    policy: compiled.policy,
    ledger: core.createLedger(),
  });
  const states: [PluginStreamState, string][] = [];
  const stop = instance.sdk.sse.subscribe('/events/orders', () => {}, {
    ...options,
    onState: (state, error) => states.push([state, error?.message ?? '']),
  });
  await settle();
  const say = async (text: string, ms: number) => {
    streams.at(-1)?.send(text);
    await settle();
    await page.clock.advance(ms);
  };
  return {
    page,
    streams,
    ids,
    states,
    say,
    stop,
    instance,
    wake: (lost: boolean) => wake(lost),
    sleep: (ms: number) => {
      slept += ms;
    },
    set answers(yes: boolean) {
      answers = yes;
    },
  };
}

test('reopens a stream whose heartbeats stop, from where it was', async () => {
  const { page, streams, ids, states, say, stop } = await bench();
  await say('id: 7\ndata: x\n\n', 1_000);
  for (let beat = 0; beat < 4; beat += 1) await say(': beat\n\n', 12_000);
  await page.clock.advance(20_000);
  assert.equal(streams.length, 1, 'it waits for three heartbeat intervals');
  await page.clock.advance(30_000);
  assert.equal(streams.length, 2);
  assert.deepEqual(ids, [null, '7']);
  assert.match(states.find(([state]) => state === 'waiting')?.[1] ?? '', /dead: no data for \d+ seconds/);
  assert.equal(streams[0]?.cancelled, true);
  stop();
  await settle();
  assert.deepEqual(page.clock.waiting, []);
});

test('lets a stream without heartbeats be silent without limit', async () => {
  const { page, streams, say, stop } = await bench();
  await say(': hello\n\n', 10);
  await say(': world\n\n', 10);
  await say('data: x\n\n', 1_000);
  for (let hour = 0; hour < 240; hour += 1) await page.clock.advance(15_000);
  assert.equal(streams.length, 1);
  stop();
});

test("applies the plugin's silence limit, and counts events as activity", async () => {
  const { page, streams, say, stop } = await bench({ silentMs: 20_000 });
  for (let n = 0; n < 6; n += 1) await say('data: x\n\n', 14_000);
  assert.equal(streams.length, 1);
  await page.clock.advance(5_999 + 3_000);
  assert.equal(streams.length, 1);
  await page.clock.advance(1);
  assert.equal(streams.length, 2);
  stop();
});

test("detects silence at the configured limit, including a later subscriber's shorter one", async () => {
  const { page, streams, states, say, stop, instance } = await bench({ silentMs: 1_500 });
  await page.clock.advance(1_000);
  await say('data: x\n\n', 1_499);
  assert.equal(streams[0]?.cancelled, false);
  await page.clock.advance(1);
  assert.equal(streams[0]?.cancelled, true);
  assert.match(states.at(-1)?.[1] ?? '', /dead: no data for 2 seconds/);
  stop();
  const loose = await bench();
  await loose.page.clock.advance(2_000);
  const second = loose.instance.sdk.sse.subscribe('/events/orders', () => {}, { silentMs: 4_000 });
  await loose.page.clock.advance(1_999);
  assert.equal(loose.streams[0]?.cancelled, false);
  await loose.page.clock.advance(1);
  assert.equal(loose.streams[0]?.cancelled, true);
  second();
  loose.stop();
  instance.close();
  await settle();
  assert.deepEqual([page.clock.waiting, loose.page.clock.waiting], [[], []]);
});

test('does not wait for a heartbeat after sleep or a network change', async () => {
  for (const how of ['sleep', 'network'] as const) {
    const { page, streams, states, wake, sleep, stop } = await bench();
    if (how === 'network') wake(true);
    else sleep(3_600_000);
    await settle();
    await page.clock.advance(20_000);
    assert.equal(streams.length, 2, how);
    assert.match(states.find(([state]) => state === 'waiting')?.[1] ?? '', /suspended, or the network changed/);
    stop();
    await settle();
    assert.deepEqual(page.clock.waiting, []);
  }
});

test('keeps a live stream when the page becomes visible again', async () => {
  const { streams, say, wake, stop } = await bench();
  await say(': beat\n\n', 10_000);
  await say(': beat\n\n', 10_000);
  wake(false);
  await settle();
  assert.equal(streams.length, 1);
  stop();
});

test('reconnects a waiting stream as soon as the network is back', async () => {
  const { page, streams, states, wake, stop } = await bench();
  streams[0]?.end();
  await settle();
  assert.equal(states.at(-1)?.[0], 'waiting');
  wake(true);
  await settle();
  assert.equal(streams.length, 2);
  stop();
  await settle();
  assert.deepEqual(page.clock.waiting, []);
});

test('repeats a request whose response head never arrives', async () => {
  const made = await bench();
  made.answers = false;
  made.streams[0]?.end();
  await settle();
  await made.page.clock.advance(3_000);
  assert.equal(made.ids.length, 2);
  await made.page.clock.advance(70_000);
  assert.equal(made.ids.length, 3);
  made.instance.close();
  assert.deepEqual(made.page.clock.waiting, []);
});

test('sends event ids as UTF-8, and keeps the stream when an id cannot be sent', async () => {
  const cases: [string, string | null][] = [
    ['caf\u00e9-1', 'caf\u00e9-1'],
    ['teil-\u2026-1', 'teil-\u2026-1'],
    ['\ud83d\ude80', '\ud83d\ude80'],
    ['a\tb', 'a\tb'],
    ['a\u0001b', null],
    ['a\u007fb', null],
    ['x'.repeat(5_000), null],
    ['x'.repeat(4_000), 'x'.repeat(4_000)],
  ];
  for (const [id, sent] of cases) {
    const { page, streams, ids, say, stop } = await bench();
    await say(`id: ${id}\ndata: x\n\n`, 10);
    streams[0]?.end();
    await settle();
    await page.clock.advance(3_000);
    assert.equal(streams.length, 2, JSON.stringify(id));
    const bytes = ids[1] === null ? null : Buffer.from(ids[1] as string, 'latin1').toString('utf8');
    assert.equal(bytes, sent);
    assert.equal(page.log.length, sent === null ? 1 : 0);
    stop();
  }
});
