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
  /** Throws when the plugin is unloaded. */
  assertOpen(): void;
  /** `sdk.api.fetch`. */
  fetch(path: string, init: PluginRequestInit): Promise<Response>;
}

/**
 * How the sdk's hooks reach React and TanStack Query without this package's main entry importing them:
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

/** The key under which everything of a plugin stands. */
export function queryKeyOf(pluginId: string): readonly unknown[] {
  return ['portcullis', pluginId];
}
