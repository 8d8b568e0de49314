import type { SubscriptionLedger } from './core/index.js';
import { DeniedError, StreamError } from './errors.js';
import type { PluginSse, PluginStreamEvent, PluginStreamState } from './plugin/types.js';
import type { PluginContext } from './plugin_context.js';
import { StreamConnection } from './stream_connection.js';
import { toTarget } from './target.js';

const LEAST_SILENT_MS = 1_000;

interface Subscriber {
  readonly handler: (event: PluginStreamEvent) => void;
  readonly types: ReadonlySet<string> | null;
  readonly onState: ((state: PluginStreamState, error: Error | null) => void) | null;
}

/**
 * The event streams of one plugin instance. The core judges each topic before anything is sent. The core's ledger
 * decides which subscribers share a stream, and that a stream which opens after its plugin was unloaded is closed.
 */
export class PluginStreams {
  readonly #context: PluginContext;
  readonly #ledger: SubscriptionLedger;
  readonly #instance: number;
  readonly #connections = new Map<number, StreamConnection>();
  readonly #subscribers = new Map<number, Subscriber>();

  constructor(context: PluginContext, ledger: SubscriptionLedger) {
    this.#context = context;
    this.#ledger = ledger;
    this.#instance = ledger.openPlugin(context.pluginId);
  }

  readonly subscribe: PluginSse['subscribe'] = (path, handler, options = {}) => {
    const context = this.#context;
    context.assertOpen();
    const target = toTarget(path, context.env.origin);
    const verdict = context.policy.checkTopic(target);
    if (!verdict.allowed || verdict.target === null) {
      throw new DeniedError(context.pluginId, context.policy.decideTopic(target));
    }
    const opened = this.#ledger.open(this.#instance, verdict.target);
    if (opened.code !== 'ALLOWED') {
      throw new StreamError(
        'SUBSCRIPTION_LIMIT',
        `${context.pluginId} has reached its limit of subscriptions (${opened.code})`,
      );
    }
    const subscriber: Subscriber = {
      handler,
      types: options.types === undefined ? null : new Set(options.types),
      onState: options.onState ?? null,
    };
    this.#subscribers.set(opened.subscription, subscriber);
    const silentMs = options.silentMs === undefined ? undefined : Math.max(LEAST_SILENT_MS, options.silentMs);
    if (opened.mustConnect) this.#connect(opened.stream, verdict.target, silentMs, options.lastEventId);
    else {
      const connection = this.#connections.get(opened.stream);
      connection?.watch(silentMs);
      this.#tell(() => subscriber.onState?.(connection?.state ?? 'connecting', null));
    }
    return () => this.#unsubscribe(opened.subscription);
  };

  /** Closes every stream of the plugin and notifies the subscribers. */
  close(): void {
    const released = this.#ledger.closePlugin(this.#instance);
    for (const stream of [...released.openStreams, ...released.pendingStreams]) {
      this.#connections.get(stream)?.close();
      this.#connections.delete(stream);
    }
    for (const id of released.subscriptions) this.#drop(id, null);
  }

  #connect(stream: number, target: string, silentMs?: number, lastEventId?: string): void {
    const { core, env, transport, pluginId, report } = this.#context;
    const connection = new StreamConnection({
      core,
      env,
      connect: (headers, signal) => transport.send({ target, headers, signal, pluginId, cache: 'no-store' }),
      report,
      silentMs,
      lastEventId,
      accept: () => this.#ledger.resolve(stream),
      onEvent: (event) => {
        for (const id of this.#ledger.subscribers(stream)) {
          const subscriber = this.#subscribers.get(id);
          if (subscriber === undefined || subscriber.types?.has(event.type) === false) continue;
          this.#tell(() => subscriber.handler(event));
        }
      },
      onState: (state, error) => {
        if (state === 'closed') {
          this.#connections.delete(stream);
          for (const id of this.#ledger.endStream(stream)) this.#drop(id, error);
          return;
        }
        for (const id of this.#ledger.subscribers(stream)) {
          const subscriber = this.#subscribers.get(id);
          if (subscriber !== undefined) this.#tell(() => subscriber.onState?.(state, error));
        }
      },
    });
    this.#connections.set(stream, connection);
    connection.open();
  }

  #unsubscribe(id: number): void {
    // Removed first: no further event reaches this handler, not even from the current chunk.
    this.#subscribers.delete(id);
    const closed = this.#ledger.close(id);
    if (!closed.mustClose) return;
    this.#connections.get(closed.stream)?.close();
    this.#connections.delete(closed.stream);
  }

  #drop(id: number, error: Error | null): void {
    const subscriber = this.#subscribers.get(id);
    this.#subscribers.delete(id);
    if (subscriber !== undefined) this.#tell(() => subscriber.onState?.('closed', error));
  }

  // An exception in one subscriber must not keep the event from the others.
  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#context.env.console.error(`[plugin:${this.#context.pluginId}]`, error);
    }
  }
}
