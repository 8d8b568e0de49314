import assert from 'node:assert/strict';
import { test } from 'node:test';
import { code, hostBench, Widget } from './support/host.js';

test('imports a bundle once, when it is first needed', async () => {
  const { page, host, states } = hostBench();
  await host.start();
  assert.equal(host.loaded('hello'), null);
  const [first, second] = await Promise.all([host.load('hello'), host.load('hello')]);
  assert.equal(first, second);
  assert.equal(host.loaded('hello'), first);
  assert.deepEqual(Object.keys(first.routes), ['Page']);
  assert.equal(states(), 'hello loaded, sales available');
  assert.equal(page.imported.length, 1);
  await host.close();
});

test('calls a default export function with its sdk', async () => {
  const { page, host } = hostBench(['hello']);
  const given: unknown[] = [];
  page.bundles.set('hello', {
    default: async (sdk: unknown) => {
      given.push(sdk);
      return { widgets: { Widget } };
    },
  });
  await host.start();
  const loaded = await host.load('hello');
  assert.deepEqual(given, [loaded.sdk]);
  assert.equal(loaded.widgets.Widget, Widget);
  await host.unload('hello');
  const again = await host.load('hello');
  assert.notEqual(again.sdk, loaded.sdk);
  assert.equal(page.imported.length, 1);
  await assert.rejects(loaded.sdk.api.fetch('/api/sales/x'), code('SDK_PLUGIN_UNLOADED'));
  await host.close();
});

test('isolates a failing bundle and lets it be retried', async () => {
  const reported: string[] = [];
  const { page, host, states } = hostBench(undefined, { onProblem: (problem) => reported.push(problem.code) });
  await host.start();
  page.bundles.set('hello', new Error('boom'));
  await assert.rejects(host.load('hello'), code('SDK_BUNDLE_FAILED'));
  assert.equal(states(), 'hello failed, sales available');
  assert.equal(host.getSnapshot().routes.length, 2);
  assert.deepEqual(reported, ['SDK_BUNDLE_FAILED']);
  await host.load('sales');
  page.bundles.set('hello', { default: { widgets: { Widget } } });
  await host.load('hello');
  assert.equal(states(), 'hello loaded, sales loaded');
  await host.close();
});

test("removes a plugin's queries when it is unloaded", async () => {
  const removed: unknown[] = [];
  const queryClient = {
    cancelQueries: async () => {},
    removeQueries: (filters: { queryKey: readonly unknown[] }) => removed.push(filters.queryKey),
  };
  const { host } = hostBench(undefined, { queryClient });
  await host.start();
  await host.load('hello');
  await host.unload('hello');
  assert.deepEqual(removed, [['portcullis', 'hello']]);
  await host.close();
});
