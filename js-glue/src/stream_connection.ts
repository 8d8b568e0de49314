import { Backoff } from './backoff.js';
import type { Core } from './core/index.js';
import { NetworkError, PortcullisError, StreamError } from './errors.js';
import type { HostEnvironment } from './host_types.js';
import type { PluginStreamEvent, PluginStreamState } from './plugin/types.js';
import { primitives, utf8 } from './primitives.js';
import type { HostProblem } from './problems.js';
import type { StreamSlots } from './stream_slots.js';
import { StreamWatch } from './stream_watch.js';
import { httpError, isEventStream, isPassing } from './wire.js';

const RETRY_MS = 3_000;
const MIN_RETRY_MS = 100;
const MAX_RETRY_MS = 30_000;
/** A longer id is not sent: the server's limit is for all header fields together. */
const MAX_ID_BYTES = 4_096;

/** One for each page: its streams share the connections. */
const slots = new WeakMap<HostEnvironment, Promise<StreamSlots>>();

function slotsOf(env: HostEnvironment): Promise<StreamSlots> {
  let found = slots.get(env);
  if (found === undefined) {
    found = import('./stream_slots.js').then((module) => new module.StreamSlots(env));
    // Not for ever: the next attempt asks for the chunk again.
    found.catch(() => slots.delete(env));
    slots.set(env, found);
  }
  return found;
}

/** What a connection needs, and whom it tells. */
export interface StreamOptions {
  readonly core: Core;
  readonly env: HostEnvironment;
  /** Starts one request. Rejects when it cannot; error statuses resolve. */
  readonly connect: (headers: Record<string, string>, signal: AbortSignal) => Promise<Response>;
  /** Called when an answer is there: whether somebody still wants it. */
  readonly accept?: () => boolean;
  /** The host's own: over HTTP/1.1 it waits for no connection. */
  readonly first?: boolean;
  /** For who runs the page: over HTTP/1.1 it may have to wait for a connection. */
  readonly report?: (problem: HostProblem) => void;
  /** How long it may be silent; absent: learnt from its heartbeats. */
  readonly silentMs?: number | undefined;
  /** What the first connection asks to go on behind. */
  readonly lastEventId?: string | undefined;
  readonly onEvent: (event: PluginStreamEvent) => void;
  /** `dead`: it was noticed only now that the stream had been lost for a while. */
  readonly onState: (state: PluginStreamState, error: Error | null, dead: boolean) => void;
}

/**
 * The id as fetch takes it: a header's value is bytes there, one to a character, and an id's are its UTF-8 (HTML
 * standard, "server-sent events"). Null for one that no header field can carry (RFC 9110, 5.5).
 */
function headerOf(id: string): string | null {
  const bytes = utf8(id);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  return bytes.length > MAX_ID_BYTES || /[\0-\x08\n-\x1f\x7f]/.test(id) ? null : String.fromCharCode(...bytes);
}

/** Why an answer ends the stream for good; null: it ended as it should. */
async function refusal(response: Response, type: string): Promise<PortcullisError | null> {
  if (response.status === 204) return null;
  if (response.status !== 200) return httpError(response);
  await response.body?.cancel();
  return new StreamError('SDK_STREAM_FAILED', `the answer is no event stream but ${type || 'of no type'}`);
}

/**
 * One event stream read by fetch (EventSource cannot send headers), kept open: it reconnects with
 * `Last-Event-ID` after the time that the stream asked for, longer while it fails, until it is
 * closed or the server says no: 204, an answer that is no event stream, a status that is not
 * passing. Then `onState('closed', error)` is the last call.
 */
export class StreamConnection {
  readonly #options: StreamOptions;
  readonly #backoff: Backoff;
  readonly #watch: StreamWatch;
  /** Of the attempt that there is now. */
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

  /** Somebody wants to know of a silence earlier. */
  watch(silentMs: number | undefined): void {
    if (silentMs !== undefined) this.#watch.limit(silentMs);
  }

  get state(): PluginStreamState {
    return this.#state;
  }

  /** Connects, and keeps doing so. */
  open(): void {
    void this.#run();
  }

  /** Ends it; an answer that is still on its way is dropped when it comes. */
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
            this.#options.env.console.warn('portcullis: an event id that no header can carry: the stream starts anew');
          }
          const response = await this.#options.connect(headers, signal);
          if (this.#state === ('closed' as PluginStreamState) || this.#options.accept?.() === false) {
            await response.body?.cancel();
            this.#set('closed', null);
            return;
          }
          const type = response.headers.get('content-type') ?? '';
          if (isPassing(response.status)) {
            waitMs = Math.min(MAX_RETRY_MS, 1_000 * (Number(response.headers.get('retry-after')) || 0));
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
    const { env, first, report } = this.#options;
    const shared = slotsOf(env);
    // Without the chunk, too: what it hears is worth more than what may hang beside it.
    if (first) return shared.then((all) => all.takeFirst()).catch(() => undefined);
    const attempt = this.#abort;
    return (await shared).acquire({
      signal,
      queued: (why) => this.#set('waiting', new StreamError('SDK_STREAM_QUEUED', why)),
      report,
      lost: (why) => attempt.abort(new NetworkError(why)),
    });
  }

  async #read(response: Response, parser: ReturnType<Core['createEventStreamParser']>): Promise<void> {
    const reader = response.body?.getReader();
    if (reader === undefined) return;
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.#state === 'closed') break;
      // Only bytes prove that the server is well; one that accepts and drops is still failing.
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
