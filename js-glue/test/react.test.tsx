// biome-ignore-all lint/correctness/noComponentHookFactories: each test renders components of its own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueryClient, type UseQueryResult } from '@tanstack/react-query';
import { definePlugin, type PluginQueryResult, type WidgetProps } from 'portcullis/plugin';
import { PluginRoutes, PluginSlot, PortcullisProvider, useHostState } from 'portcullis/react';
import type { ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { MemoryRouter } from 'react-router';
import { createHost } from '../dist/index.js';
import { matchesTail, pageParams, toRouterPath } from '../dist/react/route_path.js';
import { FakePage } from './support/page.js';
import { manifest } from './support/server.js';

async function bench() {
  const page = new FakePage();
  page.server.manifests = [manifest('hello'), manifest('sales')];
  page.bundles.set('hello', {
    default: definePlugin({
      widgets: {
        Widget: ({ sdk }: WidgetProps) => <b>widget of {sdk.pluginId}</b>,
      },
      routes: {
        Page: ({ sdk, params }) => (
          <i>
            page of {sdk.pluginId} {JSON.stringify(params)}
          </i>
        ),
      },
    }),
  });
  page.bundles.set('sales', { widgets: {} });
  const host = createHost(page.options());
  const render = (children: ReactNode, at = '/') =>
    renderToStaticMarkup(
      <PortcullisProvider host={host.handle}>
        <MemoryRouter initialEntries={[at]}>{children}</MemoryRouter>
      </PortcullisProvider>,
    );
  return { page, host, render };
}

test('renders a slot only after the policy has responded, and only what it permits', async () => {
  const { page, host, render } = await bench();
  page.server.denied.add('plugin.widget sales:Widget');
  const slot = <PluginSlot name="dashboard.main" as="li" empty="nothing here" />;
  assert.equal(render(slot), '');
  await host.start();
  assert.equal(render(slot), '<li data-plugin="hello" data-widget="Widget"></li>');
  await host.load('hello');
  assert.equal(render(slot), '<li data-plugin="hello" data-widget="Widget"><b>widget of hello</b></li>');
  assert.equal(render(<PluginSlot name="nowhere" empty="nothing here" />), 'nothing here');
  page.server.pdp = 'down';
  await host.refresh();
  assert.equal(render(slot), '');
  await host.close();
});

test('renders a permitted route, and not found for a denied one', async () => {
  const { page, host, render } = await bench();
  page.server.denied.add('plugin.route /sales');
  const routes = <PluginRoutes fallback="wait" notFound="not found" />;
  assert.equal(render(routes, '/hello'), 'wait');
  await host.start();
  await host.load('hello');
  assert.equal(render(routes, '/hello'), '<i>page of hello {}</i>');
  assert.equal(render(routes, '/HELLO'), 'not found');
  assert.equal(render(routes, '/sales'), 'not found');
  assert.equal(render(routes, '/other'), 'not found');
  await host.close();
});

test('returns the selected part of the snapshot', async () => {
  const { host, render } = await bench();
  const Status = () => <>{useHostState((state) => state.status)}</>;
  const All = () => <>{useHostState().plugins.length}</>;
  await host.start();
  assert.equal(render(<Status />), 'ready');
  assert.equal(render(<All />), '2');
  await host.close();
});

test('converts templates to router paths of the same meaning', () => {
  assert.equal(toRouterPath('/a/:id/*'), '/a/:id/*');
  assert.equal(toRouterPath('/a/*/b/*/c'), '/a/:-2/b/:-4/c');
  assert.equal(toRouterPath('/caf%C3%A9'), '/caf\u00e9');
  assert.equal(matchesTail('/a/*', { '*': '' }), false);
  assert.equal(matchesTail('/a/*', { '*': 'b' }), true);
  assert.equal(matchesTail('/a', {}), true);
});

test('passes a page the parameters of its own template, and none of the host’s route', () => {
  const all = { '*': 'x/y', tenant: 'acme', '-2': 'z', id: '1', none: undefined };
  assert.deepEqual(pageParams('/plugins/p', all), {});
  assert.deepEqual(pageParams('/plugins/p/:id', all), { id: '1' });
  assert.deepEqual(pageParams('/plugins/*/:id', all), { id: '1' });
  assert.deepEqual(pageParams('/a/:id/*', all), { id: '1', '*': 'x/y' });
});

test("runs api.useQuery in TanStack Query under the plugin's own key", async () => {
  const { host } = await bench();
  await host.start();
  const { sdk } = await host.load('hello');
  const queryClient = new QueryClient();
  queryClient.setQueryData(['portcullis', 'hello', 'summary'], { total: 3 });
  queryClient.setQueryData(['portcullis', 'sales', 'summary'], { total: 4 });
  const Summary = () => <>{sdk.api.useQuery<{ total: number }>('summary', '/api/sales/summary').data?.total}</>;
  const html = renderToStaticMarkup(
    <PortcullisProvider host={host.handle} queryClient={queryClient}>
      <Summary />
    </PortcullisProvider>,
  );
  assert.equal(html, '3');
  await host.unload('hello');
  assert.equal(queryClient.getQueryData(['portcullis', 'hello', 'summary']), undefined);
  assert.deepEqual(queryClient.getQueryData(['portcullis', 'sales', 'summary']), { total: 4 });
  await host.close();
});

test("returns a subset of TanStack Query's result", () => {
  const check = (result: UseQueryResult<number, Error>): PluginQueryResult<number> => result;
  assert.equal(typeof check, 'function');
});

test("passes no sdk prop to a factory's components", async () => {
  const { page, host, render } = await bench();
  const seen: unknown[] = [];
  page.bundles.set('sales', {
    default: definePlugin((sdk) => ({
      widgets: {
        Widget: (props) => {
          seen.push(props);
          return <b>bound to {sdk.pluginId}</b>;
        },
      },
      routes: {
        Page: ({ params, ...rest }) => {
          assert.deepEqual(Object.keys(rest), ['navigate']);
          return <i>{Object.keys(params).length}</i>;
        },
      },
    })),
  });
  await host.start();
  await host.load('sales');
  const slot = render(<PluginSlot name="dashboard.main" as="li" />);
  assert.match(slot, /<b>bound to sales<\/b>/);
  assert.deepEqual(seen, [{}]);
  assert.equal(render(<PluginRoutes />, '/sales'), '<i>0</i>');
  await host.close();
});
