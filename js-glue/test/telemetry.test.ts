import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../dist/index.js';
import { settle } from './support/clock.js';
import { pluginBench } from './support/plugin.js';

interface Batch {
  events: { name: string; at: string; props?: Record<string, unknown> }[];
}

test('events go in batches, after a while', async () => {
  const { page, life } = await pluginBench();
  life.sdk.telemetry.track('opened', { slot: 'dashboard.main' });
  life.sdk.telemetry.track('clicked');
  assert.equal(page.server.seen.length, 0);
  await page.clock.advance(5_000);
  const [seen] = page.server.seen;
  assert.equal(seen?.path, '/api/plugins/telemetry');
  assert.equal(seen?.headers.get('x-plugin-id'), 'sales');
  assert.equal(seen?.headers.get('x-csrf-token'), 'csrf-1');
  const { events } = JSON.parse(seen?.body ?? '') as Batch;
  assert.deepEqual(
    events.map((event) => [event.name, event.props]),
    [
      ['opened', { slot: 'dashboard.main' }],
      ['clicked', undefined],
    ],
  );
  assert.equal(events[0]?.at, new Date(1_000_000).toISOString());
  await page.clock.advance(60_000);
  assert.equal(page.server.seen.length, 1);
});

test('a batch holds what the server takes', async () => {
  const { page, life } = await pluginBench();
  for (let index = 0; index < LIMITS.MAX_TELEMETRY_EVENTS; index += 1) life.sdk.telemetry.track(`e${index}`);
  await settle();
  assert.equal(page.server.seen.length, 1);
  for (let index = 0; index < 10; index += 1) life.sdk.telemetry.track('big', { text: '\u00fc'.repeat(8_000) });
  await page.clock.advance(5_000);
  assert.ok(page.server.seen.length > 2);
  let events = 0;
  for (const { body } of page.server.seen) {
    assert.ok(Buffer.byteLength(body ?? '') <= LIMITS.MAX_TELEMETRY_BYTES);
    events += (JSON.parse(body ?? '') as Batch).events.length;
  }
  assert.equal(events, LIMITS.MAX_TELEMETRY_EVENTS + 10);
});

test('hiding the page flushes with keepalive', async () => {
  const { page, life } = await pluginBench();
  page.hide();
  life.sdk.telemetry.track('left');
  page.hide();
  await settle();
  assert.equal(page.server.seen.length, 1);
  assert.equal(page.server.seen[0]?.init.keepalive, true);
  assert.deepEqual(page.clock.waiting, []);
});

test('unloading flushes, and tracks nothing after', async () => {
  const { page, life } = await pluginBench();
  life.sdk.telemetry.track('last');
  life.close();
  life.sdk.telemetry.track('too late');
  await settle();
  assert.equal(page.server.seen.length, 1);
  assert.deepEqual(page.clock.waiting, []);
});

test('what cannot be sent is dropped without a word', async () => {
  const { page, life } = await pluginBench();
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  life.sdk.telemetry.track('cycle', cycle);
  life.sdk.telemetry.track('huge', { text: 'x'.repeat(LIMITS.MAX_TELEMETRY_BYTES) });
  life.sdk.telemetry.track('bigint', { count: 1n });
  page.server.handlers.push(() => Promise.reject(new TypeError('offline')));
  life.sdk.telemetry.track('lost');
  await page.clock.advance(5_000);
  assert.equal(page.server.seen.length, 1);
  assert.deepEqual(page.log, []);
});

test('what is held back is kept, and sent once it is released', async () => {
  const { page, life } = await pluginBench();
  const { telemetry } = life;
  life.sdk.telemetry.track('before');
  await telemetry.hold();
  assert.equal(page.server.seen.length, 1);
  for (let index = 0; index < LIMITS.MAX_TELEMETRY_EVENTS; index += 1) life.sdk.telemetry.track(`e${index}`);
  page.hide();
  await page.clock.advance(60_000);
  assert.equal(page.server.seen.length, 1);
  telemetry.release();
  await page.clock.advance(5_000);
  assert.equal(page.server.seen.length, 2);
  assert.deepEqual(page.clock.waiting, []);
});

test('what is dropped is sent neither then nor at the end', async () => {
  const { page, life } = await pluginBench();
  life.sdk.telemetry.track('before');
  life.telemetry.drop();
  life.sdk.telemetry.track('after');
  page.hide();
  life.close();
  await page.clock.advance(60_000);
  assert.equal(page.server.seen.length, 0);
  assert.deepEqual(page.clock.waiting, []);
});

test('a flush waits for what was on its way already', async () => {
  const { page, life } = await pluginBench();
  let answer = (): void => {};
  page.server.handlers.push(
    () =>
      new Promise((resolve) => {
        answer = () => resolve(new Response(null, { status: 202 }));
      }),
  );
  life.sdk.telemetry.track('slow');
  await page.clock.advance(5_000);
  let flushed = false;
  void life.telemetry.flush().then(() => {
    flushed = true;
  });
  await settle();
  assert.equal(flushed, false);
  answer();
  await settle();
  assert.equal(flushed, true);
});
