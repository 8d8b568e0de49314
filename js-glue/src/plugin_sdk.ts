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

/** One life of a plugin's sdk. */
export interface PluginLife {
  readonly sdk: PluginSdk;
  readonly telemetry: Telemetry;
  /** Ends it: streams, calls in flight, telemetry. What the plugin still holds then answers nothing. */
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

/** Makes the object that a plugin is given: frozen all the way down, closures instead of fields. */
export function createPluginSdk(parts: {
  readonly pluginId: string;
  readonly core: Core;
  readonly env: HostEnvironment;
  readonly transport: Transport;
  readonly policy: PolicyHandle;
  readonly ledger: SubscriptionLedger;
  readonly queryBridge: () => QueryBridge | null;
  /** Told what the person who runs the page should know. */
  readonly report?: (problem: HostProblem) => void;
}): PluginLife {
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
