import { append, lengthOf, max, min, partOf, restOf } from './captured.js';
import { type CoreInternals, freed } from './internals.js';

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
  #lengths: Uint32Array = new Uint32Array();

  /** Made by `Core.createEventStreamParser`. */
  constructor(core: CoreInternals, lastEventId: string) {
    this.#core = core;
    const length = core.memory.write(lastEventId);
    this.#handle = core.fast.pc_stream_new(max(0, length));
    this.#id = length < 0 ? '' : lastEventId;
  }

  /** Whether an event was too large. What was complete before it was given. */
  get failed(): boolean {
    return this.#failed;
  }

  /**
   * The events that these bytes complete. Engines may make their texts parts of one string: an event that is kept
   * can then hold the texts of all that came with it in the same 64 KiB, which is little where events come singly.
   */
  feed(bytes: Uint8Array): readonly StreamEvent[] {
    const { fast, memory } = this.#core;
    if (this.#handle === 0) throw freed('event stream parser');
    const events: StreamEvent[] = [];
    const chunkBytes = fast.pc_chunk_bytes();
    const length = lengthOf(bytes);
    for (let at = 0; at < length; at += chunkBytes) {
      const size = min(length - at, chunkBytes);
      memory.put(size < length ? partOf(bytes, at, at + size) : bytes, fast.pc_chunk());
      const count = fast.pc_stream_feed(this.#handle, size);
      this.#failed = count < 0;
      this.#read(this.#failed ? ~count : count, events);
      if (this.#failed) break;
    }
    return events;
  }

  /** The reconnection time that the stream asked for; null when it did not. */
  get retryMs(): number | null {
    const retry = this.#core.fast.pc_stream_retry(this.#handle);
    return retry < 0 ? null : retry;
  }

  /** What to send as `Last-Event-ID`; empty when there is none. */
  get lastEventId(): string {
    this.#core.fast.pc_stream_last_id(this.#handle);
    return this.#texts();
  }

  /** Before the first chunk of the next connection. */
  resetForReconnect(): void {
    this.#failed = false;
    this.#core.fast.pc_stream_reset(this.#handle);
  }

  /** Gives the memory back. Freeing twice is harmless; feeding after it throws a `CoreError`. */
  free(): void {
    if (this.#handle !== 0) this.#core.fast.pc_stream_free(this.#handle);
    this.#handle = 0;
  }

  #texts(): string {
    const { fast, memory } = this.#core;
    return memory.read(fast.pc_texts(), fast.pc_texts_bytes());
  }

  #read(count: number, events: StreamEvent[]): void {
    if (count === 0) return;
    const { fast, memory } = this.#core;
    const texts = this.#texts();
    // Like every view, it is empty when the memory has grown.
    if (this.#lengths[0] === undefined) this.#lengths = memory.words(fast.pc_lengths());
    const lengths = this.#lengths;
    let at = 0;
    for (let entry = 0; entry < 3 * count; entry += 3) {
      const dataAt = at + (lengths[entry] as number);
      const dataEnd = dataAt + (lengths[entry + 1] as number);
      const type = dataAt === at ? 'message' : restOf(texts, at, dataAt);
      const data = restOf(texts, dataAt, dataEnd);
      at = dataEnd;
      const idLength = lengths[entry + 2] as number;
      if (idLength !== SAME_ID) {
        at += idLength;
        this.#id = restOf(texts, dataEnd, at);
      }
      append(events, { type, data, lastEventId: this.#id });
    }
  }
}
