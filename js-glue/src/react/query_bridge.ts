import { QueryClient, type UseQueryOptions, useQuery } from '@tanstack/react-query';
import type { Host } from '../host_types.js';
import type { PluginQueryResult } from '../plugin/types.js';
import { type BridgedQuery, queryBridgeOf, setQueryBridge } from '../query_bridge.js';

/** Makes `sdk.api.useQuery` of this host's plugins work. Once per host and client. */
export function installQueryBridge(host: Host, client: QueryClient | undefined): void {
  const installed = queryBridgeOf(host);
  if (installed !== null && (client === undefined || installed.client === client)) return;
  const queryClient = client ?? new QueryClient();
  setQueryBridge(host, {
    client: queryClient,
    useQuery<T>({ queryKey, queryFn, retry, options }: BridgedQuery<T>): PluginQueryResult<T> {
      const { initialData, placeholderData } = options;
      const query = {
        queryKey,
        queryFn: (context: { signal: AbortSignal }) => queryFn({ signal: context.signal }),
        retry,
        ...given(options, 'enabled'),
        ...given(options, 'staleTime'),
        ...given(options, 'gcTime'),
        ...given(options, 'refetchInterval'),
        ...given(options, 'refetchOnWindowFocus'),
        // As functions: data that is itself a function must not be called.
        ...(initialData === undefined ? {} : { initialData: () => initialData }),
        ...(placeholderData === undefined ? {} : { placeholderData: () => placeholderData }),
      };
      const result = useQuery<T, Error, T>(query as UseQueryOptions<T, Error, T>, queryClient);
      return result;
    },
  });
}

// An option that is absent has to stay absent: undefined would override the client's defaults.
function given<O extends object, K extends keyof O>(options: O, key: K): Partial<Record<K, O[K] & {}>> {
  const value = options[key];
  return value === undefined ? {} : ({ [key]: value } as Record<K, O[K] & {}>);
}
