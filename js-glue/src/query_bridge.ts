import type { Host, QueryClientLike } from './host_types.js';
import type { PluginQueryOptions, PluginQueryResult } from './plugin/types.js';

/** One query of a plugin as TanStack Query is asked for it. */
export interface BridgedQuery<T> {
  readonly queryKey: readonly unknown[];
  readonly queryFn: (context: { signal: AbortSignal }) => Promise<T>;
  readonly retry: (failures: number, error: unknown) => boolean;
  readonly options: PluginQueryOptions<T>;
}

/**
 * How `sdk.api.useQuery` reaches TanStack Query without this package's main entry importing it:
 * `portcullis/react` installs it for its host.
 */
export interface QueryBridge {
  readonly client: QueryClientLike;
  useQuery<T>(query: BridgedQuery<T>): PluginQueryResult<T>;
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
