import { QueryClient, type UseQueryOptions, useQuery } from '@tanstack/react-query';
import { portOf } from '../host_port.js';
import type { HostHandle } from '../host_types.js';
import type { PluginQueryOptions, PluginQueryResult } from '../plugin/types.js';
import { type BridgedPlugin, queryKeyOf } from '../query_bridge.js';
import { createUseDraft } from './draft.js';
import { useObjectUrl } from './object_url.js';
import { queryFunction, retryOf } from './query_function.js';

const clients = new WeakMap<HostHandle, QueryClient>();

/**
 * Installs the hooks of this host's plugins, once per host. The first client stays: a plugin that rendered a provider
 * with a client of its own would otherwise receive the queries of all plugins.
 */
export function installQueryBridge(host: HostHandle, client: QueryClient | undefined): void {
  const port = portOf(host);
  if (clients.has(host)) return;
  const queryClient = client ?? new QueryClient();
  clients.set(host, queryClient);
  port.install({
    client: queryClient,
    useObjectUrl,
    useDraft: createUseDraft(port),
    useQuery<T>(
      plugin: BridgedPlugin,
      key: string | readonly unknown[],
      query: string | ((context: { signal: AbortSignal }) => Promise<T>),
      options: PluginQueryOptions<T> = {},
    ): PluginQueryResult<T> {
      const { initialData, placeholderData } = options;
      const ask = queryFunction(plugin, query);
      const asked = {
        // Prefixed with the plugin's key, so that no other plugin can have the same one.
        queryKey: [...queryKeyOf(plugin.pluginId), ...(typeof key === 'string' ? [key] : key)],
        queryFn: (context: { signal: AbortSignal }) => ask({ signal: context.signal }),
        retry: retryOf(options),
        ...given(options, 'enabled'),
        ...given(options, 'staleTime'),
        ...given(options, 'gcTime'),
        ...given(options, 'refetchInterval'),
        ...given(options, 'refetchOnWindowFocus'),
        // As functions: data that is itself a function must not be called.
        ...(initialData === undefined ? {} : { initialData: () => initialData }),
        ...(placeholderData === undefined ? {} : { placeholderData: () => placeholderData }),
      };
      return useQuery<T, Error, T>(asked as UseQueryOptions<T, Error, T>, queryClient);
    },
  });
}

// An absent option must stay absent: undefined would override the client's default.
function given<O extends object, K extends keyof O>(options: O, key: K): Partial<Record<K, O[K] & {}>> {
  const value = options[key];
  return value === undefined ? {} : ({ [key]: value } as Record<K, O[K] & {}>);
}
