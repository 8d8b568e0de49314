import { SessionError } from './errors.js';
import type { PluginApi, PluginQueryOptions, PluginQueryResult, PluginSdk } from './plugin/types.js';
import type { PluginClient } from './plugin_client.js';
import type { BridgedPlugin, QueryBridge } from './query_bridge.js';

type QueryArguments<T> = [
  key: string | readonly unknown[],
  query: string | ((context: { signal: AbortSignal }) => Promise<T>),
  options?: PluginQueryOptions<T>,
];

/**
 * The sdk's React hooks. `portcullis/react` implements them, so that the host needs neither React nor a query client.
 */
export function pluginHooks(
  client: PluginClient,
  bridge: () => QueryBridge | null,
): Pick<PluginApi, 'useQuery' | 'useObjectUrl'> & Pick<PluginSdk, 'useDraft'> {
  const plugin: BridgedPlugin = {
    pluginId: client.pluginId,
    token: Object.freeze({}),
    assertOpen: () => client.assertOpen(),
    fetch: (path, init) => client.fetchOk(path, init),
  };
  const installed = (): QueryBridge => {
    const found = bridge();
    if (found !== null) return found;
    throw new SessionError('SDK_NOT_STARTED', "the sdk's hooks need a PortcullisProvider from portcullis/react");
  };
  return {
    useQuery: function useQuery<T>(...args: QueryArguments<T>): PluginQueryResult<T> {
      return installed().useQuery<T>(plugin, ...args);
    },
    useObjectUrl: function useObjectUrl(path) {
      return installed().useObjectUrl(plugin, path);
    },
    useDraft: function useDraft(key, initial = '') {
      return installed().useDraft(plugin, key, initial);
    },
  };
}
