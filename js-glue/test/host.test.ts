import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCore } from '../dist/core/index.js';
import { createHost, type HostOptions, HttpError, isPortcullisError } from '../dist/index.js';
import { settle, until } from './support/clock.js';
import { FakePage } from './support/page.js';
import { json, manifest, SESSION } from './support/server.js';

const Widget = () => null;
const Page = () => null;

function bench(ids = ['hello', 'sales'], more: HostOptions = {}) {
  const page = new FakePage();
  page.server.manifests = ids.map((id) => manifest(id));
  for (const id of ids) page.bundles.set(id, { widgets: { Widget }, routes: { Page } });
  const host = createHost(page.options(more));
  const shown = () => {
    const { status, routes, widgets } = host.getSnapshot();
    return `${status}: ${[...routes.map((route) => route.path), ...widgets.map((widget) => widget.pluginId)].join(' ')}`;
  };
  const states = () =>
    host
      .getSnapshot()
      .plugins.map((plugin) => `${plugin.id} ${plugin.state}`)
      .join(', ');
  return { page, host, shown, states };
}

const code = (expected: string) => (error: unknown) => isPortcullisError(error) && error.code === expected;

test('discovers, asks the policy in one batch, shows what it permits, imports nothing yet', async () => {
  const { page, host, shown, states } = bench();
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

test('a bundle is imported once, when it is first needed', async () => {
  const { page, host, states } = bench();
  await host.start();
  assert.equal(host.loaded('hello'), null);
  const [first, second] = await Promise.all([host.load('hello'), host.load('hello')]);
  assert.equal(first, second);
  assert.equal(host.loaded('hello'), first);
  assert.equal(first.routes.Page, Page);
  assert.equal(states(), 'hello loaded, sales available');
  assert.equal(page.imported.length, 1);
  await host.close();
});

test('a default export may be a function that is given its sdk', async () => {
  const { page, host } = bench(['hello']);
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

test('plugins that are incompatible, invalid, sandboxed or denied are not asked about or imported', async () => {
  const { page, host, shown, states } = bench([]);
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

test('a pre-release host near the boundary warns, and runs the plugin', async () => {
  const { page, host, shown } = bench([], { experienceVersion: '2.0.0-rc.1' });
  page.server.manifests = [manifest('near', { engine: { experience: '>=1.0.0 <2.0.0' } })];
  await host.start();
  assert.equal(shown(), 'ready: /near near');
  assert.equal(host.getSnapshot().problems[0]?.code, 'SDK_PRERELEASE_BOUNDARY');
  await host.close();
});

test('a route of the host, or of an earlier plugin, is not taken', async () => {
  const { page, host, shown } = bench([], { hostRoutes: ['/reports/:id', '/about'] });
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

test('without a policy nothing mounts; it is asked again until it answers', async () => {
  const { page, host, shown } = bench();
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

test('a policy that goes away takes what was mounted with it, and gives it back', async () => {
  const { page, host, shown } = bench();
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

test('a server that is away at the start is asked again', async () => {
  const { page, host, shown } = bench();
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

test('a refresh that fails keeps what is mounted', async () => {
  const { page, host, shown } = bench();
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

test('what did not change stays mounted over a refresh; what changed is loaded anew', async () => {
  const { page, host, states } = bench();
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

test('the core gets its memory back', async () => {
  const core = await loadCore();
  const before = core.compiledPlugins;
  const { page, host } = bench();
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

test('an evicted plugin vanishes at once, with its streams and calls', async () => {
  const { page, host, shown, states } = bench();
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

test('an eviction during a refresh is not undone by the list that was on its way', async () => {
  const { page, host, shown } = bench();
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

test('an eviction while the bundle is on its way mounts nothing', async () => {
  const { page, host, states } = bench();
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

test('an eviction of another version is none of ours', async () => {
  const { page, host, shown } = bench();
  await host.start();
  await until(() => page.server.events.length === 1);
  page.server.events[0]?.event('evict', { plugin_id: 'hello', version: '0.9.0' });
  page.server.events[0]?.event('evict', { plugin_id: 'sales', version: '1.0.0' });
  await until(() => shown() === 'ready: /hello hello');
  await host.close();
});

test('hello says who is quarantined; a new list and a new theme arrive live', async () => {
  const { page, host, shown } = bench();
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

test('a list that did not change is not asked about again on hello', async () => {
  const { page, host } = bench();
  await host.start();
  await until(() => page.server.events.length === 1);
  page.server.events[0]?.event('hello', { generation: 1, quarantined: [] });
  await until(() => page.server.requests('/api/plugins/manifests').length === 2);
  await settle();
  assert.equal(page.server.requests('/access/v1/evaluations').length, 1);
  await host.close();
});

test('without a session the host says so; signing in goes on, signing out takes everything away', async () => {
  const { page, host, shown } = bench();
  page.server.signedIn = false;
  await host.start();
  assert.equal(shown(), 'signed-out: ');
  assert.equal(page.server.requests('/api/plugins/manifests').length, 0);
  const wrong = await host.login('viewer', 'wrong').catch((error: unknown) => error);
  assert.ok(wrong instanceof HttpError && wrong.code === 'LOGIN_FAILED');
  assert.equal(shown(), 'signed-out: ');
  const session = await host.login('viewer', 'viewer');
  assert.equal(session.user, 'viewer');
  await until(() => shown() === 'ready: /hello /sales hello sales');
  const { sdk } = await host.load('hello');
  await host.logout();
  assert.equal(shown(), 'signed-out: ');
  assert.deepEqual(host.getSnapshot().plugins, []);
  assert.equal(host.getSnapshot().session, null);
  assert.equal(page.server.requests('/auth/logout')[0]?.headers.get('x-csrf-token'), 'csrf-1');
  await assert.rejects(sdk.api.fetch('/api/sales/x'), code('SDK_PLUGIN_UNLOADED'));
  await host.close();
});

test('a session that ends anywhere signs the page out', async () => {
  for (const end of ['plugin', 'host', 'gate', 'event'] as const) {
    const { page, host, shown } = bench();
    await host.start();
    const { sdk } = await host.load('hello');
    await until(() => page.server.events.length === 1);
    page.server.signedIn = false;
    if (end === 'plugin') await assert.rejects(sdk.api.fetch('/api/sales/x'));
    if (end === 'host') assert.equal((await host.fetch('/api/plugins/health/hello')).status, 401);
    if (end === 'gate') await host.refresh();
    if (end === 'event') page.server.events[0]?.event('session', { state: 'ended' });
    await until(() => shown() === 'signed-out: ', end);
    await settle();
    assert.deepEqual(page.clock.waiting, [], end);
    assert.ok(page.server.events[0]?.cancelled, end);
    await host.close();
  }
});

test('an upstream that answers 401 for reasons of its own signs nobody out', async () => {
  const { page, host, shown } = bench();
  await host.start();
  const { sdk } = await host.load('hello');
  page.server.handlers.push((request) =>
    request.path === '/api/sales/x' ? json({ code: 'UPSTREAM_SAYS' }, 401) : null,
  );
  await assert.rejects(sdk.api.fetch('/api/sales/x'));
  await settle();
  assert.equal(shown(), 'ready: /hello /sales hello sales');
  await host.close();
});

test('a CSRF token that another tab renewed is fetched again, once', async () => {
  const { page, host } = bench();
  await host.start();
  let token = 'csrf-2';
  page.server.handlers.push((request) => {
    if (request.path === '/auth/session') return json({ ...SESSION, csrf_token: token });
    if (request.method !== 'POST') return null;
    return request.headers.get('x-csrf-token') === 'csrf-2' ? json({}) : json({ code: 'CSRF_TOKEN' }, 403);
  });
  assert.equal((await host.fetch('/api/crud/items', { method: 'POST', body: '{}' })).status, 200);
  assert.equal(page.server.requests('/api/crud/items').length, 2);
  token = 'csrf-3';
  page.server.handlers.unshift((request) => (request.method === 'POST' ? json({ code: 'CSRF_TOKEN' }, 403) : null));
  assert.equal((await host.fetch('/api/crud/items', { method: 'POST' })).status, 403);
  await host.close();
});

test('the host calls without a plugin identity, and never another origin', async () => {
  const { page, host } = bench();
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

test('a bundle that fails leaves the others alone, and can be tried again', async () => {
  const reported: string[] = [];
  const { page, host, states } = bench(undefined, { onProblem: (problem) => reported.push(problem.code) });
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

test('explain answers for any known plugin, with nothing sent', async () => {
  const { page, host } = bench();
  await host.start();
  const before = page.server.seen.length;
  assert.equal(host.explain('sales', 'GET', '/api/sales/a b').target, '/api/sales/a%20b');
  assert.equal(host.explain('sales', 'GET', '/api/hr').code, 'ALLOWLIST_VIOLATION');
  assert.equal(host.explainTopic('sales', '/events/orders/1').allowed, true);
  assert.throws(() => host.explain('ghost', 'GET', '/'), code('PLUGIN_UNKNOWN'));
  assert.equal(page.server.seen.length, before);
  await host.close();
});

test('a core that cannot be loaded is a failure that says so', async () => {
  const { host, shown } = bench([], { core: Promise.reject(new Error('refused by the CSP')) });
  await host.start();
  assert.equal(shown(), 'failed: ');
  assert.equal(host.getSnapshot().problems[0]?.code, 'SDK_CORE_FAILED');
  await host.close();
});

test('queries of a plugin go when it goes', async () => {
  const removed: unknown[] = [];
  const queryClient = {
    cancelQueries: async () => {},
    removeQueries: (filters: { queryKey: readonly unknown[] }) => removed.push(filters.queryKey),
  };
  const { host } = bench(undefined, { queryClient });
  await host.start();
  await host.load('hello');
  await host.unload('hello');
  assert.deepEqual(removed, [['portcullis', 'hello']]);
  await host.close();
});
