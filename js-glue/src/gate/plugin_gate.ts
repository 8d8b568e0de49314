import type { EventStreamParser, SubscriptionLedger } from '../core/index.js';
import { PluginError, StreamError } from '../errors.js';
import type { PluginEvaluation, PluginStreamEvent, PluginStreamState } from '../plugin/types.js';
import { explainCall, pluginFetch } from '../plugin_api.js';
import { evaluate } from '../plugin_authz.js';
import { type ContextParts, PluginContext } from '../plugin_context.js';
import { PluginStreams } from '../plugin_sse.js';
import { type BodyReader, bodyReader, primitives } from '../primitives.js';
import { Telemetry } from '../telemetry.js';
import { isEventStream } from '../wire.js';
import { type PackedCall, packResponse, unpackCall } from './calls.js';
import { packError } from './crossing.js';
import type { Port } from './port.js';
import { Rpc } from './rpc.js';

/** A subscription, as the page asks for it. `id` is the page's. */
export interface PackedSubscription {
  readonly id: number;
  readonly path: string;
  readonly types?: readonly string[];
  readonly silentMs?: number;
  readonly lastEventId?: string;
}

interface OpenStream {
  readonly reader: BodyReader;
  readonly parser: EventStreamParser;
}

interface QueuedEvent {
  readonly id: number;
  readonly event: PluginStreamEvent;
}

let instances = 0;

/**
 * The gate's side of one plugin instance, from opening to closing. What arrives at its port is a call of this plugin,
 * whoever holds the other end, and is judged by this plugin's rules.
 */
export class PluginGate {
  readonly instance = ++instances;
  readonly telemetry: Telemetry;
  readonly #context: PluginContext;
  readonly #streams: PluginStreams;
  readonly #rpc: Rpc;
  /** How to end each subscription of the page. */
  readonly #subscriptions = new Map<number, () => void>();
  readonly #open = new Map<number, OpenStream>();
  #nextOpen = 1;
  /** Events of one turn; they cross in one message. */
  #queue: QueuedEvent[] = [];

  constructor(parts: ContextParts & { readonly port: Port; readonly ledger: SubscriptionLedger }) {
    this.#context = new PluginContext(parts);
    this.#streams = new PluginStreams(this.#context, parts.ledger);
    this.telemetry = new Telemetry(this.#context);
    this.#rpc = new Rpc(parts.port, {
      calls: {
        fetch: async (call: PackedCall, signal: AbortSignal) =>
          packResponse(await this.#fetch(call, signal), this.#rpc.copies),
        explain: ({ method, address }: { method: string; address: string }) => {
          this.#context.assertOpen();
          return explainCall(this.#context, method, address);
        },
        evaluate: (request: PluginEvaluation) => evaluate(this.#context, request),
        stream: (call: PackedCall, signal: AbortSignal) => this.#stream(call, signal),
        next: (id: number) => this.#next(id),
      },
      events: {
        subscribe: (subscription: PackedSubscription) => this.#subscribe(subscription),
        unsubscribe: (id: number) => this.#unsubscribe(id),
        track: (json: string) => this.telemetry.add(json),
        stop: (id: number) => this.#stop(id),
      },
    });
  }

  /** Closes its streams and aborts its calls and telemetry. Afterwards its port answers nothing. */
  close(): void {
    const context = this.#context;
    if (context.closed) return;
    this.telemetry.close();
    context.close();
    this.#streams.close();
    for (const id of this.#open.keys()) this.#stop(id);
    const message = `${context.pluginId} was unloaded`;
    // Its calls were aborted just now; each is still answered with its own reason.
    this.#rpc.answered(() => {
      this.#rpc.emit('closed', message);
      this.#rpc.close(new PluginError('SDK_PLUGIN_UNLOADED', context.pluginId, message));
    });
  }

  #fetch(call: PackedCall, signal: AbortSignal): Promise<Response> {
    return pluginFetch(this.#context, { ...unpackCall(call), signal });
  }

  #subscribe({ id, path, types, silentMs, lastEventId }: PackedSubscription): void {
    const state = (state: PluginStreamState, error: Error | null): void => {
      this.#flush();
      this.#rpc.emit('state', { id, state, error: error !== null && this.#rpc.copies ? packError(error) : error });
    };
    const queue = (event: PluginStreamEvent): void => {
      if (this.#queue.push({ id, event }) === 1) primitives.queueMicrotask(() => this.#flush());
    };
    try {
      const end = this.#streams.subscribe(path, queue, {
        onState: (now, error) => {
          if (now === 'closed') this.#subscriptions.delete(id);
          state(now, error);
        },
        ...(types !== undefined && { types }),
        ...(silentMs !== undefined && { silentMs }),
        ...(lastEventId !== undefined && { lastEventId }),
      });
      this.#subscriptions.set(id, end);
    } catch (error) {
      state('closed', error as Error);
    }
  }

  #flush(): void {
    const events = this.#queue;
    if (events.length === 0) return;
    this.#queue = [];
    this.#rpc.emit('events', events);
  }

  #unsubscribe(id: number): void {
    this.#subscriptions.get(id)?.();
    this.#subscriptions.delete(id);
  }

  /** One call whose response is an event stream. Answers with the number of the stream; null for an empty response. */
  async #stream(call: PackedCall, signal: AbortSignal): Promise<unknown> {
    const response = await this.#fetch(call, signal);
    if (!response.ok) return packResponse(response, this.#rpc.copies);
    const reader = bodyReader(response);
    if (response.status === 204 || reader === null) return null;
    const type = response.headers.get('content-type') ?? '';
    if (!isEventStream(type)) {
      await reader.cancel();
      const message = `the response is not an event stream (content type: ${type || 'none'})`;
      throw new StreamError('SDK_STREAM_FAILED', message);
    }
    const id = this.#nextOpen++;
    this.#open.set(id, { reader, parser: this.#context.core.createEventStreamParser() });
    return id;
  }

  /** The events of the stream's next chunk; null at its end. */
  async #next(id: number): Promise<readonly PluginStreamEvent[] | null> {
    const open = this.#open.get(id);
    if (open === undefined) return null;
    if (open.parser.failed) {
      this.#stop(id);
      throw new StreamError('EVENT_TOO_LARGE', 'an event of the stream is larger than MAX_EVENT_BYTES');
    }
    const bytes = await open.reader.read();
    this.#context.assertOpen();
    if (bytes === null) {
      this.#stop(id);
      return null;
    }
    return open.parser.feed(bytes);
  }

  #stop(id: number): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#open.delete(id);
    open.parser.free();
    open.reader.cancel().catch(() => {});
  }
}
