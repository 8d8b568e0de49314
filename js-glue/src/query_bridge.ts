import type { Host, QueryClientLike } from './host_types.js';
import type {
  PluginDraft,
  PluginObjectUrl,
  PluginQueryOptions,
  PluginQueryResult,
  PluginRequestInit,
} from './plugin/types.js';

/** The plugin whose hook is called. */
export interface BridgedPlugin {
  readonly pluginId: string;
  /** An empty object that stands for the plugin in React's dependency lists, which every plugin can read. */
  readonly token: object;
  /** Throws when the plugin is unloaded. */
  assertOpen(): void;
  /** `sdk.api.fetch`. */
  fetch(path: string, init: PluginRequestInit): Promise<Response>;
}

/**
 * Connects the sdk's hooks to React and TanStack Query without importing either in this package's main entry.
 * `portcullis/react` installs it for its host.
 */
export interface QueryBridge {
  readonly client: QueryClientLike;
  useQuery<T>(
    plugin: BridgedPlugin,
    key: string | readonly unknown[],
    query: string | ((context: { signal: AbortSignal }) => Promise<T>),
    options?: PluginQueryOptions<T>,
  ): PluginQueryResult<T>;
  useObjectUrl(plugin: BridgedPlugin, path: string | null): PluginObjectUrl;
  useDraft(plugin: BridgedPlugin, key: string, initial: string): PluginDraft;
}

const bridges = new WeakMap<Host, QueryBridge>();

export function setQueryBridge(host: Host, bridge: QueryBridge): void {
  bridges.set(host, bridge);
}

export function queryBridgeOf(host: Host): QueryBridge | null {
  return bridges.get(host) ?? null;
}

/** The prefix of every query key of a plugin. */
export function queryKeyOf(pluginId: string): readonly unknown[] {
  return ['portcullis', pluginId];
}
