import { type CoreInternals, codeOf, freed } from './internals.js';

/** One event, as the HTML standard dispatches it. */
export interface StreamEvent {
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
}

const SAME_ID = 0xffffffff;

/**
 * Parses an event stream as the WHATWG HTML standard says, however it is cut into chunks. An event
 * larger than LIMITS.MAX_EVENT_BYTES ends it: `failed` is true, and nothing more is read until
 * `resetForReconnect()`. Holds memory of the core until `free()`.
 */
export class EventStreamParser {
  readonly #core: CoreInternals;
  #handle: number;
  #id: string;
  #failed = false;

  /** Made by `Core.createEventStreamParser`. */
  constructor(core: CoreInternals, lastEventId: string) {
    this.#core = core;
    const length = core.memory.write(lastEventId);
    this.#handle = core.module._pc_stream_new(Math.max(0, length));
    this.#id = length < 0 ? '' : lastEventId;
  }

  /** Whether an event was too large. What was complete before it was given. */
  get failed(): boolean {
    return this.#failed;
  }

  /** The events that these bytes complete. */
  feed(bytes: Uint8Array): readonly StreamEvent[] {
    const { module } = this.#core;
    if (this.#handle === 0) throw freed('event stream parser');
    const events: StreamEvent[] = [];
    const chunkBytes = module._pc_chunk_bytes();
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      const part = bytes.subarray(at, at + chunkBytes);
      this.#core.memory.heap.set(part, module._pc_chunk());
      const code = codeOf(this.#core, module._pc_stream_feed(this.#handle, part.length));
      this.#readRecords(events);
      if (code !== 'ALLOWED') {
        this.#failed = true;
        break;
      }
    }
    return events;
  }

  /** The reconnection time that the stream asked for; null when it did not. */
  get retryMs(): number | null {
    const retry = this.#core.module._pc_stream_retry(this.#handle);
    return retry < 0 ? null : retry;
  }

  /** What to send as `Last-Event-ID`; empty when there is none. */
  get lastEventId(): string {
    const bytes = this.#core.module._pc_stream_last_id(this.#handle);
    return this.#core.memory.read(this.#core.module._pc_records(), bytes);
  }

  /** Before the first chunk of the next connection. */
  resetForReconnect(): void {
    this.#failed = false;
    this.#core.module._pc_stream_reset(this.#handle);
  }

  /** Gives the memory back. Freeing twice is harmless; feeding after it throws a `CoreError`. */
  free(): void {
    if (this.#handle !== 0) this.#core.module._pc_stream_free(this.#handle);
    this.#handle = 0;
  }

  #readRecords(events: StreamEvent[]): void {
    const { module, memory } = this.#core;
    const bytes = module._pc_records_bytes();
    if (bytes === 0) return;
    let at = module._pc_records();
    const end = at + bytes;
    const view = new DataView(memory.heap.buffer);
    while (at < end) {
      const typeBytes = view.getUint32(at, true);
      const dataBytes = view.getUint32(at + 4, true);
      const idBytes = view.getUint32(at + 8, true);
      at += 12;
      const type = typeBytes === 0 ? 'message' : memory.read(at, typeBytes);
      at += typeBytes;
      const data = memory.read(at, dataBytes);
      at += dataBytes;
      if (idBytes !== SAME_ID) {
        this.#id = memory.read(at, idBytes);
        at += idBytes;
      }
      at = (at + 3) & ~3;
      events.push({ type, data, lastEventId: this.#id });
    }
  }
}
