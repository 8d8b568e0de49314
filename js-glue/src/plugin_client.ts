import type { Decision } from './decision.js';
import { NetworkError, PluginError } from './errors.js';
import { packCall, unpackResponse, type WrittenCall } from './gate/calls.js';
import { unpackError } from './gate/crossing.js';
import type { Port } from './gate/port.js';
import { type OpenCall, Rpc } from './gate/rpc.js';
import type { HostEnvironment } from './host_types.js';
import type {
  PluginEvaluation,
  PluginRequestInit,
  PluginSse,
  PluginStreamEvent,
  PluginStreamState,
} from './plugin/types.js';
import { anySignal, primitives } from './primitives.js';
import { rare } from './rare.js';
import { httpError } from './wire.js';

interface Subscriber {
  readonly handler: (event: PluginStreamEvent) => void;
  readonly onState: ((state: PluginStreamState, error: Error | null) => void) | null;
}

/** A call whose input was read: options once each, rare inputs by the chunk for them. */
interface ReadCall extends WrittenCall {
  readonly signal: AbortSignal | null | undefined;
}

/**
 * The page's side of one plugin instance: asks the gate over the instance's port. Decides nothing: what it asks for is
 * read, judged, stamped and sent by the gate.
 */
export class PluginClient {
  readonly pluginId: string;
  readonly env: HostEnvironment;
  readonly #rpc: Rpc;
  readonly #abort = new primitives.AbortController();
  readonly #subscribers = new Map<number, Subscriber>();
  #nextSubscription = 1;

  constructor(pluginId: string, env: HostEnvironment, port: Port) {
    this.pluginId = pluginId;
    this.env = env;
    this.#rpc = new Rpc(port, {
      events: {
        events: (events: readonly { id: number; event: PluginStreamEvent }[]) => {
          for (const { id, event } of events) this.#deliver(id, event);
        },
        state: ({ id, state, error }: { id: number; state: PluginStreamState; error: unknown }) =>
          this.#onState(id, state, error === null || error instanceof Error ? error : unpackError(error)),
        closed: (message: string) => {
          this.close(message);
          this.end();
        },
      },
    });
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

  /**
   * The plugin was unloaded: its subscribers are told, and it can call no more. The gate answers the calls that are on
   * their way, each with its own reason; `end` rejects those that it has not answered.
   */
  close(message = `${this.pluginId} was unloaded`): void {
    if (this.closed) return;
    this.#abort.abort(new PluginError('SDK_PLUGIN_UNLOADED', this.pluginId, message));
    for (const id of [...this.#subscribers.keys()]) this.#onState(id, 'closed', null);
  }

  /** The gate answers nothing any more. */
  end(): void {
    this.close();
    this.#rpc.close(this.#abort.signal.reason);
  }

  /** `sdk.api.rawFetch`. */
  async fetch(input: string | URL | Request, init: PluginRequestInit | RequestInit = {}): Promise<Response> {
    const { signal: own, ...written } = await this.#read(input, init);
    const signal = own ? anySignal(this.signal, own) : this.signal;
    let call: OpenCall | null = null;
    const open = (handle: OpenCall): void => {
      call = handle;
    };
    const packed = await this.#rpc.call('fetch', packCall(written), { signal: own, open });
    this.assertOpen();
    return unpackResponse(packed, call as unknown as OpenCall, signal);
  }

  /** `sdk.api.fetch`: rejects on an error status. */
  async fetchOk(input: string | URL | Request, init: PluginRequestInit = {}): Promise<Response> {
    const response = await this.fetch(input, init);
    if (response.ok || response.status === 304) return response;
    const error = await httpError(response);
    this.assertOpen();
    throw error;
  }

  explain(method: string, address: string): Promise<Decision> {
    return this.#rpc.call('explain', { method: String(method), address: String(address) });
  }

  async evaluate(request: PluginEvaluation): Promise<boolean> {
    try {
      return (await this.#rpc.call('evaluate', request)) === true && !this.closed;
    } catch {
      return false;
    }
  }

  track(name: string, props?: Readonly<Record<string, unknown>>): void {
    if (this.closed) return;
    try {
      const at = new Date(this.env.now()).toISOString();
      const event = { name: String(name), at, ...(props === undefined ? {} : { props }) };
      this.#rpc.emit('track', primitives.stringify(event));
    } catch {
      // What cannot be sent is dropped.
    }
  }

  readonly subscribe: PluginSse['subscribe'] = (path, handler, options = {}) => {
    this.assertOpen();
    const id = this.#nextSubscription++;
    const { types, onState = null, silentMs, lastEventId } = options;
    this.#subscribers.set(id, { handler, onState });
    this.#rpc.emit('subscribe', {
      id,
      path: String(path),
      ...(types !== undefined && { types: [...types] }),
      ...(silentMs !== undefined && { silentMs }),
      ...(lastEventId !== undefined && { lastEventId }),
    });
    return () => {
      // Removed first: no further event reaches this handler, not even one that is on its way.
      if (this.#subscribers.delete(id)) this.#rpc.emit('unsubscribe', id);
    };
  };

  /** `sdk.api.stream`. */
  async *stream(input: string | URL | Request, init: PluginRequestInit = {}): AsyncGenerator<PluginStreamEvent> {
    const headers = new primitives.Headers(init.headers ?? (input as Partial<Request>).headers);
    if (!headers.has('accept')) headers.set('accept', 'text/event-stream');
    const { signal: own, ...written } = await this.#read(input, { ...init, headers });
    const signal = own ? anySignal(this.signal, own) : this.signal;
    const opened = await this.#rpc.call('stream', packCall(written), { signal: own });
    this.assertOpen();
    if (opened === null) return;
    if (typeof opened !== 'number') throw await httpError(unpackResponse(opened, NO_CALL, signal));
    try {
      for (;;) {
        const events = await this.#rpc.call<readonly PluginStreamEvent[] | null>('next', opened, { signal: own });
        if (events === null) return;
        for (const event of events) {
          // The loop's body may have taken a long time with the previous event.
          this.assertOpen();
          if (own?.aborted) throw own.reason;
          yield event;
        }
      }
    } finally {
      this.#rpc.emit('stop', opened);
    }
  }

  /** Reads input and options, each once, so that a getter cannot return different values to two readers. */
  async #read(input: string | URL | Request, init: PluginRequestInit | RequestInit): Promise<ReadCall> {
    this.assertOpen();
    const { method: given, headers, body, signal, cache, keepalive, ...rest } = init as PluginRequestInit;
    const method = String(given ?? 'GET');
    const isUsual =
      (input as Request | undefined)?.headers === undefined &&
      Object.keys(rest).length === 0 &&
      (!body || !(/^(get|head)$/i.test(method) || body instanceof ReadableStream));
    if (isUsual) {
      const more = keepalive ? { keepalive } : {};
      return { address: input as string | URL, method, headers, body, signal, cache, more };
    }
    const chunk = await rare();
    const call = chunk.readRequest(input, { method: given, headers, body, signal, cache, keepalive, ...rest });
    return { ...call, body: await chunk.wholeBody(input, call.body) };
  }

  #deliver(id: number, event: PluginStreamEvent): void {
    const subscriber = this.#subscribers.get(id);
    if (subscriber !== undefined) this.#tell(() => subscriber.handler(event));
  }

  #onState(id: number, state: PluginStreamState, error: Error | null): void {
    const subscriber = this.#subscribers.get(id);
    if (subscriber === undefined) return;
    if (state === 'closed') this.#subscribers.delete(id);
    const { onState } = subscriber;
    if (onState !== null) this.#tell(() => onState(state, error));
    else if (state === 'closed' && error !== null && !(error instanceof NetworkError)) {
      this.env.console.error(`[plugin:${this.pluginId}]`, error);
    }
  }

  // An exception in one subscriber must not keep the event from the others.
  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.env.console.error(`[plugin:${this.pluginId}]`, error);
    }
  }
}

const NO_CALL: OpenCall = { abort: () => {}, end: () => {} };
