import { LIMITS } from './generated/spec.js';
import type { HostEnvironment } from './host_types.js';
import type { PluginContext } from './plugin_context.js';
import { utf8 } from './primitives.js';
import type { PrecomputedStamp } from './stamp_key.js';
import type { Call } from './transport.js';

const FLUSH_MS = 5_000;
const EVENTS_KEPT = LIMITS.MAX_TELEMETRY_EVENTS * 10;
// Browsers allow 64 KiB for all keepalive requests of a page together; one batch stays below that.
const KEEPALIVE_BYTES = 60_000;
const BODY_BYTES = Math.min(LIMITS.MAX_TELEMETRY_BYTES, KEEPALIVE_BYTES);
const ENVELOPE_BYTES = '{"events":[]}'.length;
/** How long signing out waits for the last batches, in milliseconds. */
const HOLD_MS = 2_000;

/**
 * A plugin's telemetry: queued, sent in batches of the size that the server accepts, and flushed when the page is
 * hidden, the plugin is unloaded or the person signs out. It never throws and never delays the plugin. When the queue
 * is full, the oldest events are dropped.
 */
export class Telemetry {
  readonly #context: PluginContext;
  readonly #stopListening: () => void;
  #queue: { readonly json: string; readonly bytes: number }[] = [];
  #timer: unknown = null;
  /** The stamp of the batch that is sent when the page is left, because there is no time to make one then. */
  #ahead: PrecomputedStamp | null = null;
  readonly #sending = new Set<Promise<void>>();
  /** True while nothing may be sent: the session is ending, or has ended. */
  #held = false;

  constructor(context: PluginContext) {
    this.#context = context;
    this.#stopListening = context.env.onPageHide(() => void this.flush(true));
  }

  /** Queues an event, given as JSON. What is too large for a batch is dropped. */
  readonly add = (json: string): void => {
    if (this.#context.closed || typeof json !== 'string') return;
    const bytes = utf8(json).length;
    if (bytes + ENVELOPE_BYTES > BODY_BYTES) return;
    this.#queue.push({ json, bytes });
    this.#ahead ??= this.#context.transport.precompute(this.#call);
    if (this.#queue.length > EVENTS_KEPT) this.#queue.shift();
    if (this.#queue.length >= LIMITS.MAX_TELEMETRY_EVENTS) void this.flush();
    else this.#flushLater();
  };

  /**
   * Sends the queued events; resolves when every pending request has been answered. `leaving`: sends one batch with
   * keepalive, so that it outlives the page.
   */
  async flush(leaving = false): Promise<void> {
    if (this.#timer !== null) this.#context.env.clearTimeout(this.#timer);
    this.#timer = null;
    while (!this.#held && this.#queue.length > 0) {
      this.#send(this.#take(), leaving);
      if (leaving) break;
    }
    await Promise.all(this.#sending);
  }

  /** Sends the queued events and only queues later ones. Resolves as `flush` does. */
  hold(): Promise<void> {
    const sent = this.flush();
    this.#held = true;
    return sent;
  }

  /** Signing out failed: sends again. */
  release(): void {
    this.#held = false;
    if (this.#queue.length > 0) this.#flushLater();
  }

  /** The session ended: drops the queue and sends nothing more. */
  drop(): void {
    this.#held = true;
    this.#queue = [];
  }

  close(): void {
    void this.flush(true);
    this.#queue = [];
    this.#stopListening();
  }

  #flushLater(): void {
    if (this.#held) return;
    this.#timer ??= this.#context.env.setTimeout(() => void this.flush(), FLUSH_MS);
  }

  get #call(): Call {
    const headers = { 'content-type': 'application/json' };
    return { target: '/api/plugins/telemetry', method: 'POST', headers, pluginId: this.#context.pluginId };
  }

  #send(batch: readonly string[], leaving: boolean): void {
    const ahead = this.#ahead;
    this.#ahead = null;
    const sent = this.#context.transport
      .send({ ...this.#call, body: `{"events":[${batch.join(',')}]}`, keepalive: leaving, ahead })
      .then((response) => response.body?.cancel())
      .catch(() => {})
      .finally(() => this.#sending.delete(sent));
    this.#sending.add(sent);
  }

  #take(): string[] {
    let bytes = ENVELOPE_BYTES;
    let count = 0;
    for (const event of this.#queue) {
      bytes += event.bytes + 1;
      if (count === LIMITS.MAX_TELEMETRY_EVENTS || (count > 0 && bytes > BODY_BYTES)) break;
      count += 1;
    }
    return this.#queue.splice(0, count).map((event) => event.json);
  }
}

/**
 * Sends the queued events before the session ends, and holds back later ones, which would be answered with a 401.
 * Waits for the responses, but at most 2 seconds, so that a slow server cannot delay signing out. Resolves with a
 * function to call if the session stays.
 */
export async function holdTelemetry(env: HostEnvironment, all: readonly Telemetry[]): Promise<() => void> {
  let timer: unknown = null;
  const late = new Promise<void>((resolve) => {
    timer = env.setTimeout(resolve, HOLD_MS);
  });
  await Promise.race([Promise.all(all.map((telemetry) => telemetry.hold())), late]);
  env.clearTimeout(timer);
  return () => {
    for (const telemetry of all) telemetry.release();
  };
}
