import { createHost, type Host, type HostOptions, isPortcullisError } from '../../dist/index.js';
import { FakePage } from './page.js';
import { manifest } from './server.js';

export const Widget = () => null;
const Page = () => null;

export interface HostBench {
  readonly page: FakePage;
  readonly host: Host;
  /** The status and what is mounted. */
  readonly shown: () => string;
  readonly states: () => string;
}

/** A host on a fake page, not started yet. */
export function hostBench(ids = ['hello', 'sales'], more: HostOptions = {}): HostBench {
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

export const code = (expected: string) => (error: unknown) => isPortcullisError(error) && error.code === expected;
