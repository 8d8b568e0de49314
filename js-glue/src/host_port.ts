import type { ComponentType } from 'react';
import type { Contribution, Host, HostHandle } from './host_types.js';
import { type QueryBridge, queryBridgeOf, setQueryBridge } from './query_bridge.js';

/**
 * What React's components may do with a host. A bundler may export `portOf` from a chunk, and every plugin can read a
 * handle from React's fibers. So each member does only what a plugin may do anyway: it reads the snapshot, loads a
 * permitted plugin, or returns a component that has its sdk already.
 */
export interface HostPort extends Pick<Host, 'subscribe' | 'getSnapshot' | 'report'> {
  /** Loads a permitted plugin. A failure is in the plugin's record. */
  load(pluginId: string): void;
  /** The component of a contribution; undefined if the bundle lacks it, null while the bundle has not run. */
  component(contribution: Contribution): ComponentType<object> | undefined | null;
  /** Installs the sdk's React hooks. The first ones stay: a plugin cannot replace them. */
  install(bridge: QueryBridge): void;
}

const ports = new WeakMap<HostHandle, HostPort>();

/** Creates the host's handle: an empty object, from which only `portOf` leads to the host. */
export function createHandle(host: Host): HostHandle {
  const handle = Object.freeze(Object.create(null)) as HostHandle;
  const port: HostPort = {
    subscribe: (listener) => host.subscribe(listener),
    getSnapshot: () => host.getSnapshot(),
    report: (problem) => host.report(problem),
    load: (pluginId) => void host.load(pluginId).catch(() => {}),
    component({ kind, pluginId, component }) {
      const plugin = host.loaded(pluginId);
      if (plugin === null) return null;
      const record = kind === 'route' ? plugin.routes : plugin.widgets;
      return record[component] as ComponentType<object> | undefined;
    },
    install: (bridge) => {
      if (queryBridgeOf(host) === null) setQueryBridge(host, bridge);
    },
  };
  ports.set(handle, Object.freeze(port));
  return handle;
}

/** The port of a host. Throws a TypeError if this is not the handle of a host of this package. */
export function portOf(handle: HostHandle): HostPort {
  const port = ports.get(handle);
  if (port !== undefined) return port;
  throw new TypeError(
    'portcullis: not the handle of a host: write <PortcullisProvider host={host.handle}>. A Host as a prop could be ' +
      'used by every plugin (and a handle works only with the copy of portcullis that made it)',
  );
}
