import { Backoff } from './backoff.js';
import type { Core } from './core/index.js';
import { NetworkError, PortcullisError, StreamError } from './errors.js';
import type { HostEnvironment } from './host_types.js';
import type { PluginStreamEvent, PluginStreamState } from './plugin/types.js';
import { bodyReader, fieldOf, primitives, utf8 } from './primitives.js';
import type { HostProblem } from './problems.js';
import type { StreamSlots } from './stream_slots.js';
import { StreamWatch } from './stream_watch.js';
import { httpError, isEventStream, isPassing } from './wire.js';

const RETRY_MS = 3_000;
const MIN_RETRY_MS = 100;
const MAX_RETRY_MS = 30_000;
/** Longer ids are not sent: the server limits the size of all header fields together. */
const MAX_ID_BYTES = 4_096;

/** One instance per page, because all of its streams share the connections. */
const slots = new WeakMap<HostEnvironment, Promise<StreamSlots>>();

function slotsOf(env: HostEnvironment): Promise<StreamSlots> {
  let found = slots.get(env);
  if (found === undefined) {
    found = import('./stream_slots.js').then((module) => new module.StreamSlots(env));
    // The failure is not cached, so the next attempt loads the chunk again.
    found.catch(() => slots.delete(env));
    slots.set(env, found);
  }
  return found;
}

/** Dependencies and callbacks of a connection. */
export interface StreamOptions {
  readonly core: Core;
  readonly env: HostEnvironment;
  /** Sends one request. Rejects if it cannot be sent; resolves with error statuses. */
  readonly connect: (headers: Record<string, string>, signal: AbortSignal) => Promise<Response>;
  /** Called when a response arrives; returns whether it is still wanted. */
  readonly accept?: () => boolean;
  /** True for the host's own stream, which does not wait for a connection over HTTP/1.1. */
  readonly isHost?: boolean;
  /** Reports to the host that, over HTTP/1.1, the stream has to wait for a connection. */
  readonly report?: (problem: HostProblem) => void;
  /** How long the stream may be silent, in milliseconds; default: learned from its heartbeats. */
  readonly silentMs?: number | undefined;
  /** The `Last-Event-ID` of the first connection. */
  readonly lastEventId?: string | undefined;
  readonly onEvent: (event: PluginStreamEvent) => void;
  /** `dead`: the loss was noticed late, so the stream may have been lost for a while. */
  readonly onState: (state: PluginStreamState, error: Error | null, dead: boolean) => void;
}

/**
 * Encodes an event id as a header value for fetch, which takes one character per byte; the bytes are the id's UTF-8
 * (HTML standard, "server-sent events"). Null if no header field can carry it (RFC 9110, 5.5).
 */
function headerOf(id: string): string | null {
  const bytes = utf8(id);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression looks for control characters.
  return bytes.length > MAX_ID_BYTES || /[\0-\x08\n-\x1f\x7f]/.test(id) ? null : String.fromCharCode(...bytes);
}

/** The error of a response that ends the stream permanently; null if it ended normally (204). */
async function refusal(response: Response, type: string): Promise<PortcullisError | null> {
  if (response.status === 204) return null;
  if (response.status !== 200) return httpError(response);
  await response.body?.cancel();
  return new StreamError('SDK_STREAM_FAILED', `the response is not an event stream (content type: ${type || 'none'})`);
}

/**
 * One event stream, read by fetch (EventSource cannot send headers) and kept open. It reconnects with `Last-Event-ID`
 * after the delay that the stream requested, and with longer delays while it fails, until it is closed or the server
 * refuses it: 204, a response that is not an event stream, or a permanent error status. Then `onState('closed',
 * error)` is the last call.
 */
export class StreamConnection {
  readonly #options: StreamOptions;
  readonly #backoff: Backoff;
  readonly #watch: StreamWatch;
  /** Aborts the current attempt. */
  #abort = new primitives.AbortController();
  #dead = false;
  #timer: unknown = null;
  #wake: (() => void) | null = null;
  #state: PluginStreamState = 'connecting';

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#backoff = new Backoff({ baseMs: RETRY_MS, maxMs: MAX_RETRY_MS, random: options.env.random });
    const dead = (why: string): void => {
      this.#dead = true;
      this.#abort.abort(new NetworkError(`the event stream is dead: ${why}`));
    };
    this.#watch = new StreamWatch(options.env, options.silentMs ?? null, dead, () => this.#wake?.());
  }

  /** Another subscriber sets a shorter limit of silence, in milliseconds. */
  watch(silentMs: number | undefined): void {
    if (silentMs !== undefined) this.#watch.limit(silentMs);
  }

  get state(): PluginStreamState {
    return this.#state;
  }

  /** Connects, and reconnects until it is closed. */
  open(): void {
    void this.#run();
  }

  /** Closes the stream. A response that is still pending is discarded. */
  close(): void {
    this.#end(null);
    this.#watch.stop();
    this.#options.env.clearTimeout(this.#timer);
    this.#wake?.();
  }

  async #run(): Promise<void> {
    const parser = this.#options.core.createEventStreamParser(this.#options.lastEventId);
    try {
      while (this.#state !== 'closed') {
        let failure: Error | null = null;
        let waitMs = 0;
        let release: (() => void) | undefined;
        this.#abort = new primitives.AbortController();
        const { signal } = this.#abort;
        try {
          if (this.#options.env.http1) release = await this.#connection(signal);
          this.#watch.start();
          this.#set('connecting', null);
          const headers: Record<string, string> = { accept: 'text/event-stream' };
          const id = headerOf(parser.lastEventId);
          if (id) headers['last-event-id'] = id;
          else if (id === null) {
            this.#options.env.console.warn(
              'portcullis: an event id cannot be sent in a header, so the stream restarts from the beginning',
            );
          }
          const response = await this.#options.connect(headers, signal);
          if (this.#state === ('closed' as PluginStreamState) || this.#options.accept?.() === false) {
            await response.body?.cancel();
            this.#set('closed', null);
            return;
          }
          const type = fieldOf(response, 'content-type') ?? '';
          if (isPassing(response.status)) {
            waitMs = Math.min(MAX_RETRY_MS, 1_000 * (Number(fieldOf(response, 'retry-after')) || 0));
            failure = await httpError(response);
          } else if (response.status !== 200 || !isEventStream(type)) return this.#end(await refusal(response, type));
          else {
            this.#set('open', null);
            this.#watch.opened();
            parser.resetForReconnect();
            await this.#read(response, parser);
          }
        } catch (error) {
          if (this.#state === ('closed' as PluginStreamState)) return;
          if (error instanceof PortcullisError && error.code !== 'SDK_NETWORK_ERROR') return this.#end(error);
          failure = error instanceof Error ? error : new NetworkError(String(error));
        } finally {
          this.#watch.stop();
          release?.();
        }
        if (this.#state === ('closed' as PluginStreamState)) return;
        const retry = Math.min(MAX_RETRY_MS, Math.max(MIN_RETRY_MS, parser.retryMs ?? RETRY_MS));
        const delay = Math.max(this.#backoff.next(retry), waitMs);
        this.#set('waiting', failure);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          this.#timer = this.#options.env.setTimeout(resolve, delay);
        });
        this.#options.env.clearTimeout(this.#timer);
        this.#wake = null;
      }
    } finally {
      this.#watch.close();
      parser.free();
    }
  }

  async #connection(signal: AbortSignal): Promise<(() => void) | undefined> {
    const { env, isHost, report } = this.#options;
    const shared = slotsOf(env);
    // The host's stream continues even if the chunk fails to load: missing its events is worse than exceeding the limit.
    if (isHost) return shared.then((all) => all.acquireForHost()).catch(() => undefined);
    const attempt = this.#abort;
    return (await shared).acquire({
      signal,
      queued: (why) => this.#set('waiting', new StreamError('SDK_STREAM_QUEUED', why)),
      report,
      lost: (why) => attempt.abort(new NetworkError(why)),
    });
  }

  async #read(response: Response, parser: ReturnType<Core['createEventStreamParser']>): Promise<void> {
    const reader = bodyReader(response);
    if (reader === null) return;
    for (;;) {
      const value = await reader.read();
      if (value === null || this.#state === 'closed') break;
      // Only received bytes prove that the server works; one that accepts and closes is still failing.
      this.#backoff.reset();
      const events = parser.feed(value);
      this.#watch.heard(value, events.length);
      for (const event of events) {
        if (this.#state === ('closed' as PluginStreamState)) break;
        this.#options.onEvent(event);
      }
      if (parser.failed) {
        throw new StreamError('EVENT_TOO_LARGE', 'an event of the stream is larger than MAX_EVENT_BYTES');
      }
    }
    if (this.#state === 'closed') await reader.cancel().catch(() => {});
  }

  #end(error: PortcullisError | null): void {
    this.#set('closed', error);
    this.#abort.abort();
  }

  #set(state: PluginStreamState, error: Error | null): void {
    if (this.#state === 'closed' || (this.#state === state && error === null && state !== 'connecting')) return;
    this.#state = state;
    const dead = this.#dead;
    this.#dead = false;
    this.#options.onState(state, error, dead);
  }
}
