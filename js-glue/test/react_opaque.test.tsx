import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueryClient } from '@tanstack/react-query';
import { portOf } from '../dist/host_port.js';
import type { PluginSdk, WidgetProps } from '../dist/plugin/index.js';
import { type QueryBridge, queryBridgeOf } from '../dist/query_bridge.js';
import { fakeDom } from './support/dom.js';
import { FakePage } from './support/page.js';
import { manifest } from './support/server.js';

// What code in the page finds when it reads React's fibers.

const element = fakeDom();
Object.assign(globalThis, { HTMLLinkElement: class {}, addEventListener: () => {}, removeEventListener: () => {} });
// Imported after a document exists, because React looks for one on import.
const React = await import('react');
const runtime = await import('react/jsx-runtime');
const { createRoot } = await import('react-dom/client');
const { PluginSlot, PortcullisProvider } = await import('portcullis/react');
const { createHost } = await import('../dist/index.js');
const { act } = React;

/** Everything reachable from the root's fibers through properties; functions are opaque. */
function reachable(root: object): Set<object> {
  const seen = new Set<object>();
  const queue: unknown[] = [root];
  for (let value = queue.pop(); queue.length > 0 || value !== undefined; value = queue.pop()) {
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) continue;
    if (value === globalThis || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof Map || value instanceof Set) queue.push(...value.values());
    for (const key of Reflect.ownKeys(value)) {
      try {
        queue.push((value as Record<PropertyKey, unknown>)[key]);
      } catch {}
    }
  }
  return seen;
}

/** Uses every hook of the sdk. */
function Body({ sdk }: { sdk: PluginSdk }) {
  const { data } = sdk.api.useQuery<{ total: number }>('summary', '/api/sales/summary');
  const { url } = sdk.api.useObjectUrl('/api/sales/photo.png');
  const [text] = sdk.useDraft('note', 'new');
  return (
    <p>
      {data?.total} {url} {text}
    </p>
  );
}

async function mounted(form: 'record' | 'function', queryClient?: QueryClient) {
  const page = new FakePage();
  page.server.manifests = [manifest('sales')];
  let given: PluginSdk | null = null;
  const Widget = ({ sdk }: WidgetProps) => {
    given = sdk;
    return Body({ sdk });
  };
  page.bundles.set('sales', {
    default:
      form === 'record'
        ? { widgets: { Widget } }
        : (sdk: PluginSdk) => ({ widgets: { Widget: () => Widget({ sdk }) } }),
  });
  const host = createHost(page.options());
  await host.start();
  await host.load('sales');
  const root = element('div');
  const react = createRoot(root as unknown as Element);
  const provided = queryClient === undefined ? {} : { queryClient };
  await act(async () =>
    react.render(
      <PortcullisProvider host={host.handle} {...provided}>
        <PluginSlot name="dashboard.main" />
      </PortcullisProvider>,
    ),
  );
  assert.match(root.textContent, /new/);
  const close = async () => {
    await act(async () => react.unmount());
    await host.close();
  };
  return { host, sdk: given as unknown as PluginSdk, root, close };
}

for (const form of ['record', 'function'] as const) {
  test(`leads from React's fibers to neither host nor sdk: ${form} form`, async () => {
    const { host, sdk, root, close } = await mounted(form, new QueryClient());
    const found = reachable(root);
    assert.ok(found.has(host.handle), 'the search reaches contexts');
    const forbidden: object[] = [
      host,
      sdk,
      sdk.api,
      sdk.api.fetch,
      sdk.api.rawFetch,
      sdk.sse,
      sdk.authz,
      sdk.telemetry,
    ];
    assert.deepEqual(
      forbidden.filter((each) => found.has(each)),
      [],
    );
    for (const each of found) {
      const { fetch, send, pluginId, load } = each as Record<string, unknown>;
      const acts = typeof pluginId === 'string' && [fetch, send].some((method) => typeof method === 'function');
      assert.ok(!acts, 'an object that calls for a plugin');
      assert.ok(typeof load !== 'function' || typeof fetch !== 'function', 'an object like the host');
      // Drafts of all plugins.
      assert.ok(!('owner' in each && typeof (each as { set?: unknown }).set === 'function'));
    }
    await close();
  });
}

test('the first provider decides on the client: a plugin cannot give the others its own', async () => {
  const client = new QueryClient();
  const { host, close } = await mounted('function', client);
  const thief = new QueryClient();
  const root = createRoot(element('div') as unknown as Element);
  await act(async () =>
    root.render(
      <PortcullisProvider host={host.handle} queryClient={thief}>
        <PluginSlot name="dashboard.main" />
      </PortcullisProvider>,
    ),
  );
  assert.equal(thief.getQueryCache().getAll().length, 0);
  assert.equal(client.getQueryCache().getAll().length, 1);
  await act(async () => root.unmount());
  await close();
});

test('the port of a handle does only what a plugin may do, and keeps its first hooks', async () => {
  const { host, close } = await mounted('record', new QueryClient());
  const port = portOf(host.handle);
  assert.deepEqual(Object.keys(port).sort(), ['component', 'getSnapshot', 'install', 'load', 'report', 'subscribe']);
  assert.deepEqual(Reflect.ownKeys(host.handle), []);
  const first = queryBridgeOf(host);
  port.install({} as QueryBridge);
  assert.equal(queryBridgeOf(host), first);
  await close();
});

test('refuses a host in place of its handle, and says what to write', async () => {
  const host = createHost(new FakePage().options());
  const root = createRoot(element('div') as unknown as Element);
  const shown = <PortcullisProvider host={host as never}>x</PortcullisProvider>;
  await assert.rejects(
    async () => act(async () => root.render(shown)),
    (error: Error) => error instanceof TypeError && error.message.includes('host={host.handle}'),
  );
  await act(async () => root.unmount());
});

test('seals the objects of React that a page shares', async () => {
  const { close } = await mounted('function');
  for (const shared of [React.default, (runtime as { default?: object }).default ?? {}]) {
    assert.ok(Object.isFrozen(shared));
  }
  assert.throws(() => {
    (React.default as unknown as Record<string, unknown>).createElement = () => null;
  }, TypeError);
  await close();
});
