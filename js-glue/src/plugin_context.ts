import type { Core, PolicyHandle } from './core/index.js';
import { PluginError } from './errors.js';
import type { HostEnvironment } from './host_types.js';
import { primitives } from './primitives.js';
import type { Transport } from './transport.js';

/** What the parts of one plugin's sdk share, for one life of the plugin. */
export class PluginContext {
  readonly pluginId: string;
  readonly core: Core;
  readonly env: HostEnvironment;
  readonly transport: Transport;
  readonly policy: PolicyHandle;
  readonly #abort = new primitives.AbortController();

  constructor(parts: {
    pluginId: string;
    core: Core;
    env: HostEnvironment;
    transport: Transport;
    policy: PolicyHandle;
  }) {
    this.pluginId = parts.pluginId;
    this.core = parts.core;
    this.env = parts.env;
    this.transport = parts.transport;
    this.policy = parts.policy;
  }

  get closed(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Aborted when the plugin is unloaded, with the error that its calls then reject with. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Throws when the plugin is unloaded: code that it left behind gets nothing any more. */
  assertOpen(): void {
    if (this.closed) throw this.#abort.signal.reason;
  }

  close(): void {
    if (this.closed) return;
    this.#abort.abort(new PluginError('SDK_PLUGIN_UNLOADED', this.pluginId, `${this.pluginId} was unloaded`));
  }

  /** A signal that aborts with the plugin, and with the caller's own where there is one. */
  signalWith(own: AbortSignal | null | undefined): { signal: AbortSignal; release: () => void } {
    if (!own) return { signal: this.signal, release: () => {} };
    // Not AbortSignal.any: its result stays registered with the plugin's signal until collected.
    const joined = new primitives.AbortController();
    const fromOwn = (): void => joined.abort(own.reason);
    const fromPlugin = (): void => joined.abort(this.signal.reason);
    if (own.aborted) fromOwn();
    else if (this.signal.aborted) fromPlugin();
    own.addEventListener('abort', fromOwn, { once: true });
    this.signal.addEventListener('abort', fromPlugin, { once: true });
    return {
      signal: joined.signal,
      release: () => {
        own.removeEventListener('abort', fromOwn);
        this.signal.removeEventListener('abort', fromPlugin);
      },
    };
  }
}
