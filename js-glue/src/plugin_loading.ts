import { readExports } from './bundle_exports.js';
import type { BundleLoader } from './bundle_loader.js';
import type { Core, SubscriptionLedger } from './core/index.js';
import { isPortcullisError, PluginError } from './errors.js';
import type { HostPublisher } from './host_publisher.js';
import type { HostEnvironment, LoadedPlugin } from './host_types.js';
import { createPluginSdk } from './plugin_sdk.js';
import type { HostProblem } from './problems.js';
import type { QueryBridge } from './query_bridge.js';
import type { Entry, Registry } from './registry.js';
import type { Transport } from './transport.js';

/** The parts of a host that loading uses. */
export interface LoadingParts {
  readonly core: Core;
  readonly env: HostEnvironment;
  readonly transport: Transport;
  readonly registry: Registry;
  readonly loader: BundleLoader;
  readonly ledger: SubscriptionLedger;
  readonly publisher: HostPublisher;
  readonly queryBridge: () => QueryBridge | null;
}

/** Loads the plugin: creates its sdk and imports its bundle, once for all concurrent callers. */
export async function loadPlugin(parts: LoadingParts, entry: Entry): Promise<LoadedPlugin> {
  if (entry.loaded !== null) return entry.loaded;
  if (entry.loading === null) {
    const loading = load(parts, entry).finally(() => {
      if (entry.loading === loading) entry.loading = null;
    });
    entry.loading = loading;
  }
  return entry.loading;
}

async function load(parts: LoadingParts, entry: Entry): Promise<LoadedPlugin> {
  const { registry, publisher } = parts;
  const { policy } = entry;
  if (entry.rejection !== null || policy === null || entry.routes.length + entry.widgets.length === 0) {
    throw loadRefusal(entry);
  }
  const instance = createPluginSdk({
    ...parts,
    pluginId: entry.id,
    policy,
    report: (problem) => publisher.report(problem),
  });
  entry.instance = instance;
  registry.setState(entry, 'loading');
  publisher.publish();
  // Quarantined or replaced while loading: its code may have run, but nothing is mounted.
  const assertWanted = (): void => {
    if (entry.instance === instance) return;
    throw new PluginError('SDK_PLUGIN_UNLOADED', entry.id, `${entry.id} was unloaded while it was loading`);
  };
  try {
    const { url, integrity } = entry.manifest.bundle;
    const module = await parts.loader.load({ pluginId: entry.id, url, integrity });
    assertWanted();
    const components = await readExports(entry.id, module, instance.sdk);
    assertWanted();
    const loaded: LoadedPlugin = Object.freeze({
      id: entry.id,
      version: entry.manifest.version,
      manifest: entry.manifest,
      routes: components.routes,
      widgets: components.widgets,
      sdk: instance.sdk,
    });
    entry.loaded = loaded;
    registry.setState(entry, 'loaded');
    publisher.publish();
    return loaded;
  } catch (error) {
    if (entry.instance === instance) {
      instance.close();
      entry.instance = null;
      const failure = failureOf(entry.id, error);
      registry.setState(entry, 'failed', failure);
      publisher.report(failure);
    }
    throw error;
  }
}

function loadRefusal({ id, rejection, record }: Entry): PluginError {
  const message = record.problem?.message ?? `${id} is ${record.state}`;
  if (record.state === 'quarantined') return new PluginError('PLUGIN_QUARANTINED', id, message);
  if (record.state === 'incompatible') return new PluginError('SDK_INCOMPATIBLE', id, message);
  return new PluginError(rejection === null ? 'SDK_PDP_DENIED' : 'MANIFEST_INVALID', id, message);
}

function failureOf(pluginId: string, error: unknown): HostProblem {
  return {
    code: isPortcullisError(error) ? error.code : 'SDK_BUNDLE_FAILED',
    severity: 'error',
    pluginId,
    message: error instanceof Error ? error.message : String(error),
    cause: error,
  };
}
