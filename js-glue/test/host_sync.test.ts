import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle, until } from './support/clock.js';
import { code, hostBench } from './support/host.js';
import { json, manifest } from './support/server.js';

test('mounts nothing without a policy, and asks until it responds', async () => {
  const { page, host, shown } = hostBench();
  page.server.pdp = 'down';
  await host.start();
  assert.equal(shown(), 'pdp-unavailable: ');
  assert.equal(host.getSnapshot().problems[0]?.code, 'SDK_PDP_UNAVAILABLE');
  await page.clock.advance(1_000);
  await until(() => page.clock.waiting[0] === 2_000, 'the second try failing');
  page.server.pdp = 'garbage';
  await page.clock.advance(2_000);
  await until(() => page.clock.waiting[0] === 4_000, 'the third try failing');
  assert.equal(shown(), 'pdp-unavailable: ');
  page.server.pdp = 'up';
  await page.clock.advance(3_999);
  assert.equal(shown(), 'pdp-unavailable: ');
  await page.clock.advance(1);
  await until(() => shown() === 'ready: /hello /sales hello sales');
  await until(() => host.getSnapshot().problems.length === 0);
  assert.deepEqual(page.imported, []);
  await host.close();
});

test('hides contributions while the policy is unavailable, and restores them', async () => {
  const { page, host, shown } = hostBench();
  await host.start();
  const { sdk } = await host.load('hello');
  page.server.pdp = 'down';
  await host.refresh();
  assert.equal(shown(), 'pdp-unavailable: ');
  page.server.pdp = 'up';
  await page.clock.advance(1_000);
  await until(() => shown() === 'ready: /hello /sales hello sales');
  assert.equal(host.loaded('hello')?.sdk, sdk);
  await host.close();
});

test('retries a server that is down at the start', async () => {
  const { page, host, shown } = hostBench();
  let away = true;
  page.server.handlers.push(() => (away ? Promise.reject(new TypeError('refused')) : null));
  await host.start();
  assert.equal(shown(), 'failed: ');
  await page.clock.advance(1_000);
  await until(() => page.clock.waiting[0] === 2_000, 'the second try failing');
  assert.equal(shown(), 'failed: ');
  away = false;
  await page.clock.advance(2_000);
  await until(() => shown() === 'ready: /hello /sales hello sales');
  await host.close();
});

test('keeps what is mounted when a refresh fails', async () => {
  const { page, host, shown } = hostBench();
  await host.start();
  page.server.handlers.push((request) => (request.path === '/api/plugins/manifests' ? json({}, 500) : null));
  await host.refresh();
  assert.equal(shown(), 'ready: /hello /sales hello sales');
  assert.equal(host.getSnapshot().problems[0]?.code, 'SDK_DISCOVERY_FAILED');
  page.server.handlers.pop();
  await page.clock.advance(1_000);
  await until(() => host.getSnapshot().problems.length === 0, 'the recovery');
  await host.close();
});

test('clears a discovery failure after the next response, changed or not', async () => {
  const { page, host } = hostBench();
  await host.start();
  await until(() => page.server.events.length === 1);
  page.server.handlers.push((request) => (request.path === '/api/plugins/manifests' ? json({}, 500) : null));
  page.server.events[0]?.event('manifests', {});
  await until(() => host.getSnapshot().problems[0]?.code === 'SDK_DISCOVERY_FAILED', 'the failure');
  page.server.handlers.pop();
  await page.clock.advance(1_000);
  await until(() => host.getSnapshot().problems.length === 0, 'the recovery');
  assert.equal(page.server.requests('/access/v1/evaluations').length, 1);
  await host.close();
});

test('keeps unchanged plugins mounted across a refresh and reloads changed ones', async () => {
  const { page, host, states } = hostBench();
  await host.start();
  const hello = await host.load('hello');
  const sales = await host.load('sales');
  const { routes } = host.getSnapshot();
  await host.refresh();
  assert.equal(host.getSnapshot().routes, routes);
  assert.equal(page.server.requests('/api/plugins/manifests').at(-1)?.headers.get('if-none-match') !== null, true);
  page.server.manifests = [manifest('hello'), manifest('sales', { version: '1.1.0' })];
  await host.refresh();
  assert.equal(states(), 'hello loaded, sales available');
  assert.equal(host.loaded('hello'), hello);
  await assert.rejects(sales.sdk.api.fetch('/api/sales/x'), code('SDK_PLUGIN_UNLOADED'));
  page.server.manifests = [];
  await host.refresh();
  assert.deepEqual(host.getSnapshot().plugins, []);
  await host.close();
});

test("applies hello's quarantines, new lists and new themes live", async () => {
  const { page, host, shown } = hostBench();
  await host.start();
  await until(() => page.server.events.length === 1);
  page.server.manifests = [manifest('sales')];
  page.server.events[0]?.event('hello', { generation: 1, quarantined: ['hello'] });
  await until(() => shown() === 'ready: /sales sales');
  page.server.manifests = [manifest('sales'), manifest('third')];
  page.server.events[0]?.event('manifests', { generation: 2 });
  await until(() => shown() === 'ready: /sales /third sales third');
  page.server.events[0]?.event('theme', { theme: { name: 'Other', tokens: {} } });
  await until(() => host.getSnapshot().theme?.name === 'Other');
  page.server.events[0]?.event('unheard-of', {});
  await host.close();
});

test('does not ask the policy again on hello when the list is unchanged', async () => {
  const { page, host } = hostBench();
  await host.start();
  await until(() => page.server.events.length === 1);
  page.server.events[0]?.event('hello', { generation: 1, quarantined: [] });
  await until(() => page.server.requests('/api/plugins/manifests').length === 2);
  await settle();
  assert.equal(page.server.requests('/access/v1/evaluations').length, 1);
  await host.close();
});

test('keeps the theme object when the same theme arrives again', async () => {
  const { page, host } = hostBench();
  page.server.handlers.push(({ path }) =>
    path === '/api/configs/ui' ? json({ name: 'Neon Flux', tokens: { a: '1', b: '2' } }) : null,
  );
  await host.start();
  await until(() => page.server.events.length === 1);
  const { theme } = host.getSnapshot();
  assert.equal(theme?.tokens.a, '1');
  let told = 0;
  host.subscribe(() => {
    told += 1;
  });
  page.server.events[0]?.event('theme', { theme: { tokens: { b: '2', a: '1' }, name: 'Neon Flux' } });
  await settle();
  assert.equal(host.getSnapshot().theme, theme);
  assert.equal(told, 0);
  page.server.events[0]?.event('theme', { theme: { name: 'Neon Flux', tokens: { a: '1', b: '3' } } });
  await until(() => host.getSnapshot().theme?.tokens.b === '3', 'the change');
  await host.close();
});
