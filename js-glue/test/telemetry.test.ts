import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../dist/index.js';
import { settle } from './support/clock.js';
import { pluginBench } from './support/plugin.js';

interface Batch {
  events: { name: string; at: string; props?: Record<string, unknown> }[];
}

test('sends events in batches after a delay', async () => {
  const { page, instance } = await pluginBench();
  instance.sdk.telemetry.track('opened', { slot: 'dashboard.main' });
  instance.sdk.telemetry.track('clicked');
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

test('limits a batch to what the server accepts', async () => {
  const { page, instance } = await pluginBench();
  for (let index = 0; index < LIMITS.MAX_TELEMETRY_EVENTS; index += 1) instance.sdk.telemetry.track(`e${index}`);
  await settle();
  assert.equal(page.server.seen.length, 1);
  for (let index = 0; index < 10; index += 1) instance.sdk.telemetry.track('big', { text: '\u00fc'.repeat(8_000) });
  await page.clock.advance(5_000);
  assert.ok(page.server.seen.length > 2);
  let events = 0;
  for (const { body } of page.server.seen) {
    assert.ok(Buffer.byteLength(body ?? '') <= LIMITS.MAX_TELEMETRY_BYTES);
    events += (JSON.parse(body ?? '') as Batch).events.length;
  }
  assert.equal(events, LIMITS.MAX_TELEMETRY_EVENTS + 10);
});

test('flushes with keepalive when the page is hidden', async () => {
  const { page, instance } = await pluginBench();
  page.hide();
  instance.sdk.telemetry.track('left');
  await settle();
  page.hide();
  await settle();
  assert.equal(page.server.seen.length, 1);
  assert.equal(page.server.seen[0]?.init.keepalive, true);
  assert.deepEqual(page.clock.waiting, []);
});

test('flushes on unload and tracks nothing afterwards', async () => {
  const { page, instance } = await pluginBench();
  instance.sdk.telemetry.track('last');
  await settle();
  instance.close();
  instance.sdk.telemetry.track('too late');
  await settle();
  assert.equal(page.server.seen.length, 1);
  assert.deepEqual(page.clock.waiting, []);
});

test('drops silently what cannot be sent', async () => {
  const { page, instance } = await pluginBench();
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  instance.sdk.telemetry.track('cycle', cycle);
  instance.sdk.telemetry.track('huge', { text: 'x'.repeat(LIMITS.MAX_TELEMETRY_BYTES) });
  instance.sdk.telemetry.track('bigint', { count: 1n });
  page.server.handlers.push(() => Promise.reject(new TypeError('offline')));
  instance.sdk.telemetry.track('lost');
  await page.clock.advance(5_000);
  assert.equal(page.server.seen.length, 1);
  assert.deepEqual(page.log, []);
});

test('keeps held events and sends them after release', async () => {
  const { page, instance } = await pluginBench();
  const { telemetry } = instance;
  instance.sdk.telemetry.track('before');
  await settle();
  await telemetry.hold();
  assert.equal(page.server.seen.length, 1);
  for (let index = 0; index < LIMITS.MAX_TELEMETRY_EVENTS; index += 1) instance.sdk.telemetry.track(`e${index}`);
  await settle();
  page.hide();
  await page.clock.advance(60_000);
  assert.equal(page.server.seen.length, 1);
  telemetry.release();
  await page.clock.advance(5_000);
  assert.equal(page.server.seen.length, 2);
  assert.deepEqual(page.clock.waiting, []);
});

test('never sends dropped events', async () => {
  const { page, instance } = await pluginBench();
  instance.sdk.telemetry.track('before');
  await settle();
  instance.telemetry.drop();
  instance.sdk.telemetry.track('after');
  page.hide();
  instance.close();
  await page.clock.advance(60_000);
  assert.equal(page.server.seen.length, 0);
  assert.deepEqual(page.clock.waiting, []);
});

test('waits in flush for pending requests', async () => {
  const { page, instance } = await pluginBench();
  let answer = (): void => {};
  page.server.handlers.push(
    () =>
      new Promise((resolve) => {
        answer = () => resolve(new Response(null, { status: 202 }));
      }),
  );
  instance.sdk.telemetry.track('slow');
  await page.clock.advance(5_000);
  let flushed = false;
  void instance.telemetry.flush().then(() => {
    flushed = true;
  });
  await settle();
  assert.equal(flushed, false);
  answer();
  await settle();
  assert.equal(flushed, true);
});
