import { LIMITS } from './generated/spec.js';
import type { PluginContext } from './plugin_context.js';
import { primitives } from './primitives.js';

const FLUSH_MS = 5_000;
const EVENTS_KEPT = LIMITS.MAX_TELEMETRY_EVENTS * 10;
// What browsers allow all keepalive requests of a page together; one batch stays well below.
const KEEPALIVE_BYTES = 60_000;
const BODY_BYTES = Math.min(LIMITS.MAX_TELEMETRY_BYTES, KEEPALIVE_BYTES);
const ENVELOPE_BYTES = '{"events":[]}'.length;

/**
 * A plugin's telemetry: queued, sent in batches that the server takes, and flushed when the page is
 * hidden or the plugin goes. It never throws and never holds the plugin up; what cannot be sent is
 * dropped, oldest first.
 */
export class Telemetry {
  readonly #context: PluginContext;
  readonly #encoder = new TextEncoder();
  readonly #stopListening: () => void;
  #queue: { readonly json: string; readonly bytes: number }[] = [];
  #timer: unknown = null;

  constructor(context: PluginContext) {
    this.#context = context;
    this.#stopListening = context.env.onPageHide(() => this.flush(true));
  }

  readonly track = (name: string, props?: Readonly<Record<string, unknown>>): void => {
    if (this.#context.closed) return;
    let json: string;
    try {
      const at = new Date(this.#context.env.now()).toISOString();
      json = primitives.stringify({ name: String(name), at, ...(props === undefined ? {} : { props }) });
    } catch {
      return;
    }
    const bytes = this.#encoder.encode(json).length;
    if (bytes + ENVELOPE_BYTES > BODY_BYTES) return;
    this.#queue.push({ json, bytes });
    if (this.#queue.length > EVENTS_KEPT) this.#queue.shift();
    if (this.#queue.length >= LIMITS.MAX_TELEMETRY_EVENTS) this.flush();
    else this.#timer ??= this.#context.env.setTimeout(() => this.flush(), FLUSH_MS);
  };

  /** Sends what is queued. `leaving`: with keepalive, so that it outlives the page. */
  flush(leaving = false): void {
    if (this.#timer !== null) this.#context.env.clearTimeout(this.#timer);
    this.#timer = null;
    while (this.#queue.length > 0) {
      const batch = this.#take();
      this.#context.transport
        .send({
          target: '/api/plugins/telemetry',
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: `{"events":[${batch.join(',')}]}`,
          keepalive: leaving,
          pluginId: this.#context.pluginId,
        })
        .then((response) => response.body?.cancel())
        .catch(() => {});
      if (leaving) break;
    }
  }

  close(): void {
    this.flush(true);
    this.#queue = [];
    this.#stopListening();
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
