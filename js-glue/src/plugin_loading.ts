import { readExports } from './bundle_exports.js';
import type { BundleLoader } from './bundle_loader.js';
import { isPortcullisError, PluginError } from './errors.js';
import { packError } from './gate/crossing.js';
import type { OpenedPlugin } from './gate/plugin_opening.js';
import { messagePort, type Port } from './gate/port.js';
import type { Rpc } from './gate/rpc.js';
import type { HostEnvironment, HostState, LoadedPlugin } from './host_types.js';
import { PluginClient } from './plugin_client.js';
import { createPluginSdk } from './plugin_sdk.js';
import type { HostProblem } from './problems.js';
import type { QueryBridge } from './query_bridge.js';

/** What loading uses. */
export interface LoadingParts {
  readonly env: HostEnvironment;
  readonly gate: Rpc;
  readonly loader: BundleLoader;
  readonly getSnapshot: () => HostState;
  readonly queryBridge: () => QueryBridge | null;
  /** An instance was closed: what it left outside must be removed. */
  readonly onClosed: (pluginId: string) => void;
}

interface Instance {
  readonly instance: number;
  readonly client: PluginClient;
  loaded: LoadedPlugin | null;
}

/** The plugins that run in this page: imports their bundles when the gate allows it, and drops them when it says so. */
export class PluginLoading {
  readonly #parts: LoadingParts;
  readonly #instances = new Map<string, Instance>();
  readonly #loading = new Map<string, Promise<LoadedPlugin>>();

  constructor(parts: LoadingParts) {
    this.#parts = parts;
  }

  /** Ids of the plugins whose code may run, in the list's order. */
  get running(): readonly string[] {
    return this.#parts.getSnapshot().plugins.flatMap(({ id }) => (this.#instances.has(id) ? [id] : []));
  }

  loaded(pluginId: string): LoadedPlugin | null {
    return this.#instances.get(pluginId)?.loaded ?? null;
  }

  /** Loads the plugin, once for all concurrent callers. */
  load(pluginId: string): Promise<LoadedPlugin> {
    const loaded = this.loaded(pluginId);
    if (loaded !== null) return Promise.resolve(loaded);
    let loading = this.#loading.get(pluginId);
    if (loading === undefined) {
      loading = this.#load(pluginId).finally(() => {
        if (this.#loading.get(pluginId) === loading) this.#loading.delete(pluginId);
      });
      this.#loading.set(pluginId, loading);
    }
    return loading;
  }

  /** The gate closed an instance. */
  closed(pluginId: string, instance: number): void {
    const found = this.#instances.get(pluginId);
    if (found?.instance !== instance) return;
    this.#instances.delete(pluginId);
    this.#loading.delete(pluginId);
    found.client.close();
    this.#parts.onClosed(pluginId);
  }

  closeAll(): void {
    for (const [pluginId, { instance, client }] of this.#instances) {
      this.closed(pluginId, instance);
      client.end();
    }
  }

  async #load(pluginId: string): Promise<LoadedPlugin> {
    const { env, gate, loader } = this.#parts;
    const opened = await gate.call<OpenedPlugin>('open', pluginId);
    const { instance, target, integrity } = opened;
    const port = opened.port instanceof MessagePort ? messagePort(opened.port) : (opened.port as Port);
    const client = new PluginClient(pluginId, env, port);
    const mine: Instance = { instance, client, loaded: null };
    this.#instances.set(pluginId, mine);
    // Quarantined or replaced while loading: its code may have run, but nothing is mounted.
    const assertWanted = (): void => {
      if (this.#instances.get(pluginId) === mine) return;
      throw new PluginError('SDK_PLUGIN_UNLOADED', pluginId, `${pluginId} was unloaded while it was loading`);
    };
    try {
      const module = await loader.load({ pluginId, target, integrity });
      assertWanted();
      const sdk = createPluginSdk(client, this.#parts.queryBridge);
      const components = await readExports(pluginId, module, sdk);
      assertWanted();
      const { manifest } = this.#parts.getSnapshot().plugins.find(({ id }) => id === pluginId) ?? {};
      if (manifest === undefined) throw new PluginError('PLUGIN_UNKNOWN', pluginId, `unknown plugin ${pluginId}`);
      mine.loaded = Object.freeze({ id: pluginId, version: manifest.version, manifest, sdk, ...components });
      await gate.call('loaded', instance);
      assertWanted();
      return mine.loaded;
    } catch (error) {
      if (this.#instances.get(pluginId) === mine) {
        const problem = failureOf(pluginId, error);
        const cause = gate.copies ? { ...problem, cause: packError(error) } : problem;
        await gate.call('failed', { instance, problem: cause });
      }
      throw error;
    }
  }
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
