import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCore } from '../dist/core/index.js';
import { settle } from './support/clock.js';
import { code, hostBench } from './support/host.js';
import { json, manifest, SESSION } from './support/server.js';

test('discovers, asks the policy in one batch, shows what it permits, and imports nothing yet', async () => {
  const { page, host, shown, states } = hostBench();
  page.server.denied.add('plugin.widget hello:Widget');
  const seen = new Set<string>();
  host.subscribe(() => seen.add(shown()));
  assert.equal(shown(), 'idle: ');
  await host.start();
  assert.equal(shown(), 'ready: /hello /sales sales');
  assert.equal(states(), 'hello available, sales available');
  assert.deepEqual([...seen], ['starting: ', 'ready: /hello /sales sales']);
  const batches = page.server.requests('/access/v1/evaluations');
  assert.equal(batches.length, 1);
  const body = JSON.parse(batches[0]?.body ?? '') as { evaluations: { subject: object; resource: { id: string } }[] };
  assert.deepEqual(
    body.evaluations.map((entry) => entry.resource.id),
    ['/hello', 'hello:Widget', '/sales', 'sales:Widget'],
  );
  assert.deepEqual(body.evaluations[0]?.subject, SESSION.subject);
  assert.equal(batches[0]?.headers.get('x-csrf-token'), 'csrf-1');
  assert.deepEqual(page.imported, []);
  assert.equal(host.getSnapshot().session?.name, 'Vera Viewer');
  assert.equal(JSON.stringify(host.getSnapshot()).includes('csrf-1'), false);
  assert.equal(host.getSnapshot().theme?.tokens['color.accent'], '#7c5cff');
  await host.close();
});

test('neither asks about nor imports incompatible, invalid, sandboxed or denied plugins', async () => {
  const { page, host, shown, states } = hostBench([]);
  page.server.manifests = [
    manifest('old', { engine: { experience: '<1.0.0' } }),
    manifest('bad', { permissions: { api: [{ method: 'GET', path: '/auth/*' }] } }),
    manifest('boxed', { trust: 'sandboxed' }),
    manifest('no'),
    manifest('yes'),
  ];
  page.server.denied.add('plugin.route /no').add('plugin.widget no:Widget');
  await host.start();
  assert.equal(states(), 'old incompatible, bad failed, boxed failed, no denied, yes available');
  assert.equal(shown(), 'ready: /yes yes');
  assert.deepEqual(
    host.getSnapshot().problems.map((problem) => problem.code),
    ['SDK_INCOMPATIBLE', 'MANIFEST_INVALID', 'SDK_SANDBOX_UNAVAILABLE'],
  );
  assert.equal(host.getSnapshot().problems[1]?.manifestProblems?.[0]?.code, 'TEMPLATE_RESERVED');
  for (const [id, why] of [
    ['old', 'SDK_INCOMPATIBLE'],
    ['bad', 'MANIFEST_INVALID'],
    ['no', 'SDK_PDP_DENIED'],
    ['ghost', 'PLUGIN_UNKNOWN'],
  ] as const) {
    await assert.rejects(host.load(id), code(why), id);
  }
  assert.deepEqual(page.imported, []);
  await host.close();
});

test('warns about a pre-release host near the boundary, and runs the plugin', async () => {
  const { page, host, shown } = hostBench([], { experienceVersion: '2.0.0-rc.1' });
  page.server.manifests = [manifest('near', { engine: { experience: '>=1.0.0 <2.0.0' } })];
  await host.start();
  assert.equal(shown(), 'ready: /near near');
  assert.equal(host.getSnapshot().problems[0]?.code, 'SDK_PRERELEASE_BOUNDARY');
  await host.close();
});

test('refuses a route of the host or of an earlier plugin', async () => {
  const { page, host, shown } = hostBench([], { hostRoutes: ['/reports/:id', '/about'] });
  const route = (path: string) => ({ contributions: { routes: [{ path, component: 'Page' }] } });
  page.server.manifests = [
    manifest('a', route('/reports/new')),
    manifest('b', route('/about')),
    manifest('c', route('/fine')),
    manifest('d', route('/fine')),
  ];
  await host.start();
  assert.equal(shown(), 'ready: /fine');
  assert.deepEqual(
    host.getSnapshot().problems.map((problem) => `${problem.code} ${problem.pluginId}`),
    ['SDK_ROUTE_CONFLICT a', 'SDK_ROUTE_CONFLICT b', 'SDK_ROUTE_CONFLICT d'],
  );
  await host.close();
});

test("sends the host's calls without a plugin identity, and never to another origin", async () => {
  const { page, host } = hostBench();
  await host.start();
  page.server.handlers.push((request) => (request.path.startsWith('/api/crud') ? json({}) : null));
  await host.fetch('/api/crud/./items?q=a b', { headers: { 'X-Plugin-Id': 'hello' } });
  const [seen] = page.server.requests('/api/crud/items');
  assert.equal(seen?.path, '/api/crud/items?q=a%20b');
  assert.equal(seen?.headers.get('x-plugin-id'), null);
  for (const path of ['https://evil.test/', '/a\\b', '/%2e%2e/x', 'x']) {
    await assert.rejects(host.fetch(path), code('SDK_BAD_TARGET'), path);
  }
  await host.close();
});

test('explains decisions for any known plugin without sending anything', async () => {
  const { page, host } = hostBench();
  await host.start();
  const before = page.server.seen.length;
  assert.equal((await host.explain('sales', 'GET', '/api/sales/a b')).target, '/api/sales/a%20b');
  assert.equal((await host.explain('sales', 'GET', '/api/hr')).code, 'ALLOWLIST_VIOLATION');
  assert.equal((await host.explainTopic('sales', '/events/orders/1')).allowed, true);
  await assert.rejects(host.explain('ghost', 'GET', '/'), code('PLUGIN_UNKNOWN'));
  assert.equal(page.server.seen.length, before);
  await host.close();
});

test('fails with a problem when the core cannot be loaded', async () => {
  const { host, shown } = hostBench([], { core: Promise.reject(new Error('refused by the CSP')) });
  await host.start();
  await settle(); // the session arrives later and changes nothing
  assert.equal(shown(), 'failed: ');
  assert.equal(host.getSnapshot().problems[0]?.code, 'SDK_CORE_FAILED');
  await host.close();
});

test("frees the core's memory", async () => {
  const core = await loadCore();
  const before = core.compiledPlugins;
  const { page, host } = hostBench();
  await host.start();
  for (const version of ['2.0.0', '3.0.0']) {
    page.server.manifests = [manifest('hello', { version }), manifest('sales', { version })];
    await host.refresh();
  }
  page.server.pdp = 'down';
  page.server.manifests = [manifest('other')];
  await host.refresh();
  assert.equal(core.compiledPlugins, before + 1);
  await host.close();
  assert.equal(core.compiledPlugins, before);
  assert.equal(host.getSnapshot().status, 'closed');
  assert.deepEqual(page.clock.waiting, []);
  await assert.rejects(host.load('hello'), code('SDK_NOT_STARTED'));
});
