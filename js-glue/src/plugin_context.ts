import type { Core, PolicyHandle } from './core/index.js';
import { PluginError } from './errors.js';
import type { HostEnvironment } from './host_types.js';
import { anySignal, primitives } from './primitives.js';
import type { HostProblem } from './problems.js';
import type { PrecomputedStamp } from './stamp_key.js';
import type { Transport } from './transport.js';

/** What a context is made of. */
export interface ContextParts {
  readonly pluginId: string;
  readonly core: Core;
  readonly env: HostEnvironment;
  readonly transport: Transport;
  readonly policy: PolicyHandle;
  readonly report?: (problem: HostProblem) => void;
}

/** State shared by the parts of one plugin instance in the gate. */
export class PluginContext {
  readonly pluginId: string;
  readonly core: Core;
  readonly env: HostEnvironment;
  readonly transport: Transport;
  readonly policy: PolicyHandle;
  /** Reports a problem to the host. */
  readonly report: (problem: HostProblem) => void;
  /** Precomputed stamps by method and target, for calls that must outlive the page. */
  readonly stamps = new Map<string, PrecomputedStamp>();
  readonly #abort = new primitives.AbortController();

  constructor(parts: ContextParts) {
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

  /** Aborts when the plugin is unloaded; the reason is the error that its calls then reject with. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Throws if the plugin is unloaded, so that code it left behind gets no results. */
  assertOpen(): void {
    if (this.closed) throw this.#abort.signal.reason;
  }

  close(): void {
    if (this.closed) return;
    this.#abort.abort(new PluginError('SDK_PLUGIN_UNLOADED', this.pluginId, `${this.pluginId} was unloaded`));
  }

  /** A signal that aborts with the plugin and with the caller's own signal, for the call and for its response body. */
  signalWith(own: AbortSignal | null | undefined): AbortSignal {
    return own ? anySignal(this.signal, own) : this.signal;
  }
}
