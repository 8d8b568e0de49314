import { QueryClient, type UseQueryOptions, useQuery } from '@tanstack/react-query';
import type { Host } from '../host_types.js';
import type { PluginQueryOptions, PluginQueryResult } from '../plugin/types.js';
import { type BridgedPlugin, queryBridgeOf, queryKeyOf, setQueryBridge } from '../query_bridge.js';
import { createUseDraft } from './draft.js';
import { useObjectUrl } from './object_url.js';
import { queryFunction, retryOf } from './query_function.js';

/** Installs the hooks of this host's plugins, once per host and client. */
export function installQueryBridge(host: Host, client: QueryClient | undefined): void {
  const installed = queryBridgeOf(host);
  if (installed !== null && (client === undefined || installed.client === client)) return;
  const queryClient = client ?? new QueryClient();
  setQueryBridge(host, {
    client: queryClient,
    useObjectUrl,
    // Kept for another client: its subscription to the host lasts as long as the host.
    useDraft: installed?.useDraft ?? createUseDraft(host),
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
