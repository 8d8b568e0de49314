import type { Core, PolicyHandle } from './core/index.js';
import { PluginError } from './errors.js';
import type { StampAhead } from './held_key.js';
import type { HostEnvironment } from './host_types.js';
import { anySignal, primitives } from './primitives.js';
import type { HostProblem } from './problems.js';
import type { Transport } from './transport.js';

/** What the parts of one plugin's sdk share, for one life of the plugin. */
export class PluginContext {
  readonly pluginId: string;
  readonly core: Core;
  readonly env: HostEnvironment;
  readonly transport: Transport;
  readonly policy: PolicyHandle;
  /** For who runs the page. */
  readonly report: (problem: HostProblem) => void;
  /** By method and target: for the next call that has to outlive the page. */
  readonly stamps = new Map<string, StampAhead>();
  readonly #abort = new primitives.AbortController();

  constructor(parts: {
    pluginId: string;
    core: Core;
    env: HostEnvironment;
    transport: Transport;
    policy: PolicyHandle;
    report?: (problem: HostProblem) => void;
  }) {
    this.pluginId = parts.pluginId;
    this.core = parts.core;
    this.env = parts.env;
    this.transport = parts.transport;
    this.policy = parts.policy;
    this.report = parts.report ?? (() => {});
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

  /** Aborts with the plugin, and with the caller's own where there is one; an answer's body as well as the call. */
  signalWith(own: AbortSignal | null | undefined): AbortSignal {
    return own ? anySignal(this.signal, own) : this.signal;
  }
}
