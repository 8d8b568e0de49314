import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle, until } from './support/clock.js';
import { code, hostBench } from './support/host.js';
import { json } from './support/server.js';

test('removes an evicted plugin at once, with its streams and calls', async () => {
  const { page, host, shown, states } = hostBench();
  await host.start();
  const { sdk } = await host.load('hello');
  page.server.handlers.push((request) => (request.path === '/api/sales/slow' ? new Promise(() => {}) : null));
  const call = sdk.api.fetch('/api/sales/slow');
  const closed: (string | undefined)[] = [];
  page.server.handlers.push((request) => (request.path === '/events/orders' ? new Promise(() => {}) : null));
  sdk.sse.subscribe('/events/orders', () => {}, { onState: (state) => closed.push(state) });
  await settle();
  page.server.events[0]?.event('evict', { plugin_id: 'hello', reason: 'leaks' });
  await assert.rejects(call, code('SDK_PLUGIN_UNLOADED'));
  assert.equal(shown(), 'ready: /sales sales');
  assert.equal(states(), 'hello quarantined, sales available');
  assert.equal(closed.at(-1), 'closed');
  assert.match(host.getSnapshot().problems[0]?.message ?? '', /leaks/);
  await assert.rejects(host.load('hello'), code('PLUGIN_QUARANTINED'));

  const gates = page.server.requests('/access/v1/evaluations').length;
  page.server.events[0]?.event('restore', { plugin_id: 'hello' });
  await until(() => shown() === 'ready: /hello /sales hello sales', 'the restore');
  assert.equal(page.server.requests('/access/v1/evaluations').length, gates + 1);
  await host.load('hello');
  await host.close();
  assert.ok(page.server.events[0]?.cancelled);
});

test('evicts a version in every spelling, and no other version', async () => {
  const { page, host, states } = hostBench();
  await host.start();
  await host.load('hello');
  const { version } = host.getSnapshot().plugins.find(({ id }) => id === 'hello') ?? assert.fail();
  page.server.events[0]?.event('evict', { plugin_id: 'hello', version: `${version}-rc.1` });
  page.server.events[0]?.event('evict', { plugin_id: 'hello', version: '9.9.9' });
  page.server.events[0]?.event('evict', { plugin_id: 'hello', version: 'no version' });
  await settle();
  assert.equal(states(), 'hello loaded, sales available');
  page.server.events[0]?.event('evict', { plugin_id: 'hello', version: `${version}+build.7` });
  await settle();
  assert.equal(states(), 'hello quarantined, sales available');
  await host.close();
});

test('keeps an eviction when a list from before it arrives', async () => {
  const { page, host, shown } = hostBench();
  await host.start();
  await until(() => page.server.events.length === 1);
  let release = (): void => {};
  page.server.handlers.push((request) =>
    request.path === '/access/v1/evaluations'
      ? new Promise<Response>((resolve) => {
          release = () => resolve(json({ evaluations: [true, true, true, true].map((decision) => ({ decision })) }));
        })
      : null,
  );
  const refreshing = host.refresh();
  await settle();
  page.server.events[0]?.event('evict', { plugin_id: 'hello' });
  await settle();
  release();
  await refreshing;
  assert.equal(shown(), 'ready: /sales sales');
  await host.close();
});

test('mounts nothing when evicted while the bundle loads', async () => {
  const { page, host, states } = hostBench();
  await host.start();
  await until(() => page.server.events.length === 1);
  page.document.onLink = () => {};
  const loading = host.load('hello');
  await settle();
  page.server.events[0]?.event('evict', { plugin_id: 'hello' });
  await settle();
  page.document.links[0]?.fire('load');
  await assert.rejects(loading, code('SDK_PLUGIN_UNLOADED'));
  assert.equal(states(), 'hello quarantined, sales available');
  await host.close();
});

test('ignores an eviction of another version', async () => {
  const { page, host, shown } = hostBench();
  await host.start();
  await until(() => page.server.events.length === 1);
  page.server.events[0]?.event('evict', { plugin_id: 'hello', version: '0.9.0' });
  page.server.events[0]?.event('evict', { plugin_id: 'sales', version: '1.0.0' });
  await until(() => shown() === 'ready: /hello hello');
  await host.close();
});
