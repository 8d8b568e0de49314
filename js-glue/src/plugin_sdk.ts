import type { HostEnvironment } from './host_types.js';
import type { PluginLogger, PluginSdk } from './plugin/types.js';
import type { PluginClient } from './plugin_client.js';
import { pluginHooks } from './plugin_hooks.js';
import type { QueryBridge } from './query_bridge.js';
import { rare } from './rare.js';

function createLogger(env: HostEnvironment, pluginId: string): PluginLogger {
  const prefix = `[plugin:${pluginId}]`;
  const sink = env.console;
  return Object.freeze({
    debug: (...data: readonly unknown[]) => sink.debug(prefix, ...data),
    info: (...data: readonly unknown[]) => sink.info(prefix, ...data),
    warn: (...data: readonly unknown[]) => sink.warn(prefix, ...data),
    error: (...data: readonly unknown[]) => sink.error(prefix, ...data),
  });
}

/** Creates the object that a plugin receives: deeply frozen, with closures instead of fields. */
export function createPluginSdk(client: PluginClient, bridge: () => QueryBridge | null): PluginSdk {
  const { useQuery, useObjectUrl, useDraft } = pluginHooks(client, bridge);
  const fetch: PluginSdk['api']['fetch'] = (...args) => client.fetchOk(...args);
  return Object.freeze({
    pluginId: client.pluginId,
    useDraft,
    api: Object.freeze({
      fetch,
      rawFetch: (...args: Parameters<PluginSdk['api']['rawFetch']>) => client.fetch(...args),
      stream: (...args: Parameters<PluginSdk['api']['stream']>) => client.stream(...args),
      download: async (...args: Parameters<PluginSdk['api']['download']>) =>
        (await rare()).download({ client, fetch }, ...args),
      useQuery,
      useObjectUrl,
      explain: (method: string, path: string) => client.explain(method, path),
    }),
    sse: Object.freeze({ subscribe: client.subscribe }),
    authz: Object.freeze({
      evaluate: (request: Parameters<PluginSdk['authz']['evaluate']>[0]) => client.evaluate(request),
    }),
    logger: createLogger(client.env, client.pluginId),
    telemetry: Object.freeze({
      track: (...args: Parameters<PluginSdk['telemetry']['track']>) => client.track(...args),
    }),
  });
}
