import { ConnectionStatus } from './connection_status.js';
import type { Core } from './core/index.js';
import { type HostEvent, readHostEvent } from './host_event.js';
import { type HostStreamParts, readHostStream } from './host_stream.js';
import type { EventsState, HostEnvironment } from './host_types.js';
import type { PluginStreamEvent } from './plugin/types.js';
import { TabChannel } from './tab_channel.js';
import type { Transport } from './transport.js';
import { textOf } from './wire.js';

/** Receives what `HostEvents` reports. */
export interface HostEventsHooks {
  readonly onEvent: (event: HostEvent) => void;
  readonly onState: (state: EventsState) => void;
  /** A script of this origin claims that the session changed. Unverified: ask the server, at a limited rate. */
  readonly onSessionHint: () => void;
}

const LOCK = 'portcullis.events';
/** How often a tab without a stream asks whether another tab still reads one. */
const ASK_MS = 5_000;
/** A tab that has heard of no open stream for this long reads it itself. Each tab adds a random part of `ASK_MS`. */
const PEER_TIMEOUT_MS = 10_000;
/** How long the other tabs have to respond or to object. */
const SETTLE_MS = 1_000;
/** Delay before missed events are recovered, once for all that are missed until then. Each tab adds a random part. */
const MISSED_MS = 3_000;

/** Obtains the session's channel key; null if there is none. */
export type ObtainChannelKey = (use: (key: CryptoKey | null) => void) => void;

/**
 * The server's events, over one stream per browser when possible: the tab that holds a Web Lock reads the stream and
 * relays each event to the others (HTTP/1.1 allows six connections per host, and two streams in each of three tabs
 * would block it). When that tab closes, another one gets the lock.
 *
 * The lock and the channel are available to every script of this origin, so neither is trusted. Messages between tabs
 * are authenticated (`tab_channel.ts`). The lock only says who starts: a tab that has heard of no open stream for
 * `PEER_TIMEOUT_MS` reads the stream itself, whoever holds the lock. When two tabs read, the one with the lock
 * continues, or the one with the smaller id. A tab without a channel key (the page has no boot token) reads for
 * itself. A tab that may have missed a message asks the server instead (`missed`).
 */
export class HostEvents {
  readonly #env: HostEnvironment;
  readonly #parts: HostStreamParts;
  readonly #obtainKey: ObtainChannelKey;
  readonly #onEvent: (event: HostEvent) => void;
  readonly #status: ConnectionStatus;
  /** Null if the browser has no BroadcastChannel. */
  readonly #channel: TabChannel | null;
  /** Set while the page listens, which needs a session. */
  #listening: AbortController | null = null;
  /** Set while this tab reads the stream itself. */
  #reading: { readonly abort: AbortController; readonly ended: Promise<void> } | null = null;
  /** Whether the stream that this tab reads is open; null if it reads none. */
  #open: boolean | null = null;
  #holdsLock = false;
  /** When another tab last reported an open stream. */
  #peerOpenAt = 0;
  /** Whether a tab has reported an open stream since this tab last asked. */
  #peerAnswered = false;
  #timer: unknown = null;
  #missedTimer: unknown = null;
  #readerTimer: unknown = null;

  constructor(
    env: HostEnvironment,
    core: Core,
    transport: Transport,
    obtainKey: ObtainChannelKey,
    hooks: HostEventsHooks,
  ) {
    this.#env = env;
    this.#parts = { env, core, transport };
    this.#obtainKey = obtainKey;
    this.#onEvent = hooks.onEvent;
    this.#status = new ConnectionStatus(env, hooks.onState);
    this.#channel = TabChannel.open(env, {
      onMessage: (from, body, at) => this.#receive(from, body, at),
      onMissed: () => this.#missed(),
      onHint: hooks.onSessionHint,
    });
  }

  /** Starts to listen. Requires a session. */
  start(): void {
    if (this.#listening !== null) return;
    const listening = new AbortController();
    this.#listening = listening;
    this.#status.lost();
    this.#obtainKey((key) => {
      if (listening.signal.aborted) return;
      this.#channel?.use(key);
      if (key === null || this.#channel === null || this.#env.locks === null) {
        void this.#read(listening.signal);
        return;
      }
      this.#peerOpenAt = this.#env.now();
      this.#peerAnswered = false;
      this.#channel.send({ kind: 'joined' });
      this.#queue(listening.signal);
      this.#watchLater(listening.signal, ASK_MS);
    });
  }

  /** Stops listening; another tab takes over the stream. */
  stop(): void {
    this.#halt();
    this.#status.stopped();
  }

  /** Reconnects with the keys of the person's new session, if the page listens at all. */
  restart(): void {
    if (this.#listening === null) return;
    this.#halt();
    this.start();
  }

  /** The page is visible again, or was resumed: timers may have been suspended. */
  wake(): void {
    const { signal } = this.#listening ?? {};
    if (signal !== undefined && this.#timer !== null) this.#watch(signal, true);
  }

  /** Tells the other tabs that somebody signed in or out in this one. */
  announceSession(): void {
    this.#channel?.hint();
  }

  close(): void {
    this.stop();
    this.#channel?.close();
  }

  #halt(): void {
    this.#listening?.abort();
    this.#listening = null;
    this.#env.clearTimeout(this.#timer);
    this.#timer = null;
    this.#env.clearTimeout(this.#missedTimer);
    this.#missedTimer = null;
    this.#channel?.use(null);
  }

  /** Reads the stream while this tab holds the lock, and releases the lock when reading ends. */
  #queue(signal: AbortSignal): void {
    const hold = async (): Promise<void> => {
      this.#holdsLock = true;
      await this.#read(signal);
      this.#holdsLock = false;
      if (!signal.aborted) this.#queue(signal);
    };
    this.#env.locks?.request(LOCK, { signal }, hold).catch(() => {
      // The lock was stolen; this tab continues to read without it.
      this.#holdsLock = false;
    });
  }

  #watchLater(signal: AbortSignal, ms: number): void {
    this.#env.clearTimeout(this.#timer);
    const due = this.#env.now() + ms;
    this.#timer = this.#env.setTimeout(
      () => this.#watch(signal, ms === ASK_MS && this.#env.now() - due >= SETTLE_MS),
      ms,
    );
  }

  /**
   * Asks the other tabs who reads, or starts to read. `late`: this tab was suspended, or is hidden and its timers are
   * throttled to a minute or more. Messages from the meantime may be about to be delivered, so it asks once more and
   * checks again.
   */
  #watch(signal: AbortSignal, late: boolean): void {
    let next = ASK_MS;
    if (this.#reading === null) {
      const silent =
        !this.#peerAnswered && this.#env.now() - this.#peerOpenAt >= PEER_TIMEOUT_MS + ASK_MS * this.#env.random();
      if (silent && !late) void this.#read(signal);
      else {
        this.#peerAnswered = false;
        this.#channel?.send({ kind: 'ask' });
        if (late) next = SETTLE_MS;
      }
    }
    this.#watchLater(signal, next);
  }

  /** Reads the stream until this tab stops listening or yields to another one. Joins a read that is in progress. */
  #read(listening: AbortSignal): Promise<void> {
    if (this.#reading !== null) return this.#reading.ended;
    const abort = new AbortController();
    const stop = (): void => abort.abort();
    if (listening.aborted) return Promise.resolve();
    listening.addEventListener('abort', stop, { once: true });
    const ended = readHostStream(this.#parts, abort.signal, {
      onEvent: (event) => this.#relay(event),
      onOpen: (open, dead) => this.#onStream(open, dead),
    }).finally(() => listening.removeEventListener('abort', stop));
    this.#reading = { abort, ended };
    abort.signal.addEventListener('abort', () => {
      this.#reading = null;
      this.#open = null;
      this.#env.clearTimeout(this.#readerTimer);
    });
    return ended;
  }

  #onStream(open: boolean, dead: boolean): void {
    if (dead) this.#status.lost(true);
    if (this.#open === open) return;
    this.#open = open;
    this.#sendState();
    this.#showOpen(open);
  }

  #sendState(): void {
    if (this.#open !== null) this.#channel?.send({ kind: 'state', open: this.#open, holds: this.#holdsLock });
  }

  #showOpen(open: boolean): void {
    if (open) this.#status.connected();
    else this.#status.lost();
  }

  #relay({ type, data }: PluginStreamEvent): void {
    if (type !== 'hello' || this.#holdsLock) this.#channel?.send({ kind: 'event', type, data });
    else {
      // Each tab would fetch the list again, so only the tab that keeps reading announces it, once nobody objected.
      this.#env.clearTimeout(this.#readerTimer);
      this.#readerTimer = this.#env.setTimeout(() => this.#sendListChanged(), SETTLE_MS);
    }
    this.#dispatch(type, data);
  }

  /** Makes the other tabs check the list. Does not repeat the `hello`, whose content may be outdated by now. */
  #sendListChanged(): void {
    if (this.#open === true) this.#channel?.send({ kind: 'event', type: 'manifests', data: '{}' });
  }

  #receive(from: string, body: Readonly<Record<string, unknown>>, at: number): void {
    if (this.#listening === null) return;
    switch (body.kind) {
      case 'event':
        // A tab that reads the stream itself already has the event.
        if (this.#open !== true) this.#dispatch(textOf(body.type), textOf(body.data));
        break;
      case 'joined':
        // The new tab may have missed a change after it fetched its list.
        this.#sendListChanged();
        this.#sendState();
        break;
      case 'ask':
        this.#sendState();
        break;
      case 'state':
        this.#onPeerState(from, body.open === true, body.holds === true, at);
        break;
    }
  }

  #onPeerState(from: string, open: boolean, holds: boolean, at: number): void {
    if (!open) {
      if (this.#open === null) this.#showOpen(false);
      return;
    }
    if (this.#open === true && !this.#yieldsTo(from, holds)) {
      this.#sendState();
      return;
    }
    if (at > this.#peerOpenAt) this.#peerOpenAt = at;
    this.#peerAnswered = true;
    // Events that the other tab read before are lost to this one, and so are those still unread here.
    if (this.#open === true) this.#missed();
    this.#reading?.abort.abort();
    this.#showOpen(true);
  }

  /** A message of another tab may be lost. A tab that reads the stream has the event from the server anyway. */
  #missed(): void {
    this.#missedTimer ??= this.#env.setTimeout(
      () => {
        this.#missedTimer = null;
        if (this.#open !== true) this.#onEvent({ type: 'missed' });
      },
      MISSED_MS * (1 + this.#env.random()),
    );
  }

  /** Whether this tab stops when both it and `other` read the stream. */
  #yieldsTo(other: string, otherHolds: boolean): boolean {
    if (otherHolds !== this.#holdsLock) return otherHolds;
    return other < (this.#channel?.id ?? '');
  }

  #dispatch(type: string, data: string): void {
    const event = readHostEvent(type, data);
    if (event !== null) this.#onEvent(event);
  }
}
