import type { Core, PolicyHandle, SubscriptionLedger } from './core/index.js';
import { StreamError } from './errors.js';
import type { HostEnvironment } from './host_types.js';
import type { PluginLogger, PluginSdk } from './plugin/types.js';
import { explainCall, pluginFetch, pluginFetchOk } from './plugin_api.js';
import { evaluate } from './plugin_authz.js';
import { PluginContext } from './plugin_context.js';
import { pluginHooks } from './plugin_hooks.js';
import { PluginStreams } from './plugin_sse.js';
import type { HostProblem } from './problems.js';
import type { QueryBridge } from './query_bridge.js';
import { rare } from './rare.js';
import { Telemetry } from './telemetry.js';
import type { Transport } from './transport.js';
import { isEventStream } from './wire.js';

/** One instance of a plugin: its sdk, from loading to unloading. */
export interface PluginInstance {
  readonly sdk: PluginSdk;
  readonly telemetry: Telemetry;
  /** Closes its streams and aborts its calls and telemetry. Afterwards the sdk rejects every call. */
  close(): void;
}

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
export function createPluginSdk(parts: {
  readonly pluginId: string;
  readonly core: Core;
  readonly env: HostEnvironment;
  readonly transport: Transport;
  readonly policy: PolicyHandle;
  readonly ledger: SubscriptionLedger;
  readonly queryBridge: () => QueryBridge | null;
  /** Reports a problem to the host. */
  readonly report?: (problem: HostProblem) => void;
}): PluginInstance {
  const context = new PluginContext(parts);
  const streams = new PluginStreams(context, parts.ledger);
  const telemetry = new Telemetry(context);
  const fetch: PluginSdk['api']['fetch'] = (...args) => pluginFetchOk(context, ...args);
  const rareParts = { context, fetch, StreamError, isEventStream };
  const { useQuery, useObjectUrl, useDraft } = pluginHooks(context, parts.queryBridge);
  const sdk: PluginSdk = Object.freeze({
    pluginId: parts.pluginId,
    useDraft,
    api: Object.freeze({
      fetch,
      rawFetch: (...args: Parameters<PluginSdk['api']['rawFetch']>) => pluginFetch(context, ...args),
      stream: async function* (...args: Parameters<PluginSdk['api']['stream']>) {
        yield* (await rare()).streamCall(rareParts, ...args);
      },
      download: async (...args: Parameters<PluginSdk['api']['download']>) =>
        (await rare()).download(rareParts, ...args),
      useQuery,
      useObjectUrl,
      explain: (method: string, path: string) => {
        context.assertOpen();
        return explainCall(context, method, path);
      },
    }),
    sse: Object.freeze({ subscribe: streams.subscribe }),
    authz: Object.freeze({
      evaluate: (request: Parameters<PluginSdk['authz']['evaluate']>[0]) => evaluate(context, request),
    }),
    logger: createLogger(parts.env, parts.pluginId),
    telemetry: Object.freeze({ track: telemetry.track }),
  });
  return {
    sdk,
    telemetry,
    close() {
      if (context.closed) return;
      telemetry.close();
      context.close();
      streams.close();
    },
  };
}
