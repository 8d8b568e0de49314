import { HttpError, NetworkError, PortcullisError, SessionError } from './errors.js';
import type { PluginApi, PluginQueryOptions, PluginQueryResult } from './plugin/types.js';
import { pluginFetch } from './plugin_api.js';
import type { PluginContext } from './plugin_context.js';
import { type QueryBridge, queryKeyOf } from './query_bridge.js';

const RETRIES = 3;

// A denial stays one however often it is asked again.
function worthRetrying(failures: number, error: unknown): boolean {
  if (failures >= RETRIES) return false;
  if (error instanceof HttpError) return error.status >= 500 || error.status === 429;
  return error instanceof NetworkError || !(error instanceof PortcullisError);
}

/** `sdk.api.useQuery`: TanStack Query with keys that are the plugin's own. */
export function createUseQuery(context: PluginContext, bridge: () => QueryBridge | null): PluginApi['useQuery'] {
  return function useQuery<T>(
    key: string | readonly unknown[],
    query: string | ((context: { signal: AbortSignal }) => Promise<T>),
    options: PluginQueryOptions<T> = {},
  ): PluginQueryResult<T> {
    const installed = bridge();
    if (installed === null) {
      throw new SessionError('SDK_NOT_STARTED', 'api.useQuery needs the PortcullisProvider of portcullis/react');
    }
    const { retry } = options;
    return installed.useQuery<T>({
      queryKey: [...queryKeyOf(context.pluginId), ...(typeof key === 'string' ? [key] : key)],
      queryFn: async ({ signal }) => {
        context.assertOpen();
        if (typeof query === 'function') return query({ signal });
        return (await pluginFetch(context, query, { signal })).json() as Promise<T>;
      },
      retry: (failures, error) => {
        if (retry === false) return false;
        const limit = typeof retry === 'number' ? retry : RETRIES;
        return failures < limit && worthRetrying(Math.min(failures, RETRIES - 1), error);
      },
      options,
    });
  };
}
