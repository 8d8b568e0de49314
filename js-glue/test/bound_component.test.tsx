// biome-ignore-all lint/correctness/noComponentHookFactories: each test renders components of its own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definePlugin, type WidgetProps } from 'portcullis/plugin';
import { PluginSlot, PortcullisProvider } from 'portcullis/react';
import { Component, type FunctionComponent, forwardRef, lazy, memo, type ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { prerender } from 'react-dom/static';
import { type BundleError, createHost } from '../dist/index.js';
import { FakePage } from './support/page.js';
import { manifest } from './support/server.js';

/** A host that has loaded a plugin whose bundle has this default export, and what is shown of its widget. */
async function shownBy(bundle: unknown) {
  const page = new FakePage();
  page.server.manifests = [manifest('sales')];
  page.bundles.set('sales', bundle);
  const host = createHost(page.options());
  await host.start();
  const loaded = await host.load('sales');
  const tree = (
    <PortcullisProvider host={host.handle}>
      <PluginSlot name="dashboard.main" />
    </PortcullisProvider>
  );
  return { host, loaded, tree, html: () => renderToStaticMarkup(tree) };
}

const record = (Widget: FunctionComponent<WidgetProps>) => ({ default: definePlugin({ widgets: { Widget } }) });

test('calls a component of the record form with its props and the sdk', async () => {
  const seen: object[] = [];
  const { host, loaded, html } = await shownBy(
    record((props) => {
      seen.push(props);
      return <b>{props.sdk.pluginId}</b>;
    }),
  );
  assert.equal(html(), '<b>sales</b>');
  assert.deepEqual(seen, [{ sdk: loaded.sdk }]);
  await host.close();
});

test('gives the sdk to what memo, forwardRef and lazy return', async () => {
  const Plain = ({ sdk }: WidgetProps) => <b>{sdk.pluginId}</b>;
  const Forwarding = forwardRef<HTMLElement, WidgetProps>(({ sdk }, ref) => <b ref={ref}>{sdk.pluginId}</b>);
  const kinds = [memo(Plain), Forwarding, memo(Forwarding)];
  for (const kind of kinds as unknown as FunctionComponent<WidgetProps>[]) {
    const { host, html } = await shownBy(record(kind));
    assert.equal(html(), '<b>sales</b>');
    await host.close();
  }
  const { host, tree } = await shownBy(record(lazy(async () => ({ default: memo(Plain) }))));
  const { prelude } = await prerender(tree);
  assert.match(await new Response(prelude).text(), /<b>sales<\/b>/);
  await host.close();
});

test('keeps memo: the same props do not render again, and compare gets no sdk', async () => {
  const compared: object[] = [];
  const Widget = memo(
    ({ sdk }: WidgetProps) => <b>{sdk.pluginId}</b>,
    (before, after) => compared.push(before, after) > 0,
  );
  const { host, loaded } = await shownBy(record(Widget as unknown as FunctionComponent<WidgetProps>));
  const bound = loaded.widgets.Widget as unknown as typeof Widget & { compare: (a: object, b: object) => boolean };
  assert.ok(bound.compare({}, {}));
  assert.deepEqual(compared, [{}, {}]);
  await host.close();
});

class Counter extends Component<Partial<WidgetProps>> {
  override render(): ReactNode {
    return <b>{this.props.sdk === undefined ? 'no sdk' : 'sdk'}</b>;
  }
}

test('reports a class of the record form with what to write instead', async () => {
  for (const kind of [Counter, memo(Counter), lazy(async () => ({ default: Counter })), <Counter key="no" />]) {
    const { host, tree } = await shownBy({ default: { widgets: { Widget: kind } } });
    const failures: unknown[] = [];
    const { prelude } = await prerender(tree, { onError: (error) => void failures.push(error) });
    await new Response(prelude).text();
    const { code, message } = failures[0] as BundleError;
    assert.equal(code, 'SDK_COMPONENT_UNSUPPORTED');
    assert.match(message, /Widget of sales .*definePlugin\(\(sdk\) => \(\{ \.\.\. \}\)\)/);
    await host.close();
  }
});

test('leaves the components of the function form as they are', async () => {
  const { host, loaded, html } = await shownBy({ default: definePlugin(() => ({ widgets: { Widget: Counter } })) });
  assert.equal(loaded.widgets.Widget, Counter);
  assert.equal(html(), '<b>no sdk</b>');
  await host.close();
});

test('does not run with the sdk when React looks for the name of a component', async () => {
  const given: unknown[] = [];
  const Named = (props: WidgetProps) => {
    given.push(props);
    return null;
  };
  const { host, loaded } = await shownBy(record(Named));
  const bound = loaded.widgets.Widget as unknown as (props?: object) => unknown;
  assert.equal(bound.name, 'Named');
  assert.ok(Object.isFrozen(bound));
  bound();
  assert.deepEqual(given, [undefined]);
  await host.close();
});
