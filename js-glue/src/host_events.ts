import type { Core } from './core/index.js';
import { Hearing } from './hearing.js';
import type { EventsState, HostEnvironment } from './host_types.js';
import type { PluginStreamEvent } from './plugin/types.js';
import { StreamConnection } from './stream_connection.js';
import { TabChannel } from './tab_channel.js';
import type { Transport } from './transport.js';
import { isRecord, parseJson, textOf, textsOf } from './wire.js';

/** What the server tells its hosts. */
export type HostEvent =
  /** The stream (re)opened: who is quarantined now; anything may have been missed before it. */
  | { readonly type: 'hello'; readonly quarantined: readonly string[] }
  | { readonly type: 'evict'; readonly pluginId: string; readonly version: string | null; readonly reason: string }
  | { readonly type: 'restore'; readonly pluginId: string }
  | { readonly type: 'manifests' }
  | { readonly type: 'theme'; readonly theme: unknown }
  /** The session ended, or another tab signed in or out: ask who is signed in. */
  | { readonly type: 'session' };

/** Whom the events tell. */
export interface HostEventsHooks {
  readonly onEvent: (event: HostEvent) => void;
  readonly onState: (state: EventsState) => void;
  /** Some script of this origin says that the session changed: a reason to ask the server, now and then. */
  readonly onSessionHint: () => void;
}

const LOCK = 'portcullis.events';
const REOPEN_MS = 30_000;
/** Three of the server's heartbeats. */
const SILENT_MS = 45_000;
/** How often a tab that reads no stream asks whether another one still does. */
const ASK_MS = 5_000;
/** A tab that heard of no open stream for this long reads for itself. Tabs add a part of `ASK_MS` of their own. */
const MUTE_MS = 10_000;

/** Gives the session's channel key, null where there is none. */
export type ObtainChannelKey = (use: (key: CryptoKey | null) => void) => void;

/** Reads an event of the wire; null for one that this version does not know. */
export function readHostEvent(type: string, data: string): HostEvent | null {
  const body = parseJson(data);
  const fields = isRecord(body) ? body : {};
  const pluginId = textOf(fields.plugin_id);
  switch (type) {
    case 'hello':
      return { type, quarantined: textsOf(fields.quarantined) };
    case 'evict': {
      const version = textOf(fields.version) || null;
      return pluginId === '' ? null : { type, pluginId, version, reason: textOf(fields.reason) };
    }
    case 'restore':
      return pluginId === '' ? null : { type, pluginId };
    case 'manifests':
    case 'session':
      return { type };
    case 'theme':
      return { type, theme: fields.theme ?? body };
    default:
      return null;
  }
}

/**
 * The server's events, over one stream per browser where all is well: the tab that holds a Web Lock reads the
 * stream and hands each event to the others (HTTP/1.1 has six connections per host, and two streams in each of
 * three tabs would hang it). When that tab goes, another gets the lock.
 *
 * The lock and the channel belong to every script of this origin, so neither is believed. What tabs tell each
 * other is authenticated (`tab_channel.ts`). The lock only says who may begin: a tab that has heard of no open
 * stream for `MUTE_MS`, whoever holds the lock, reads for itself; when two read, the one with the lock goes on,
 * or the one with the smaller id. A tab without a channel key (the page has no boot token) reads for itself.
 */
export class HostEvents {
  readonly #env: HostEnvironment;
  readonly #core: Core;
  readonly #transport: Transport;
  readonly #obtainKey: ObtainChannelKey;
  readonly #onEvent: (event: HostEvent) => void;
  readonly #hearing: Hearing;
  /** Null where there is none. */
  readonly #channel: TabChannel | null;
  /** While it listens, as somebody who is signed in. */
  #turn: AbortController | null = null;
  /** While this tab reads the stream itself. */
  #reading: { readonly abort: AbortController; readonly ended: Promise<void> } | null = null;
  /** Whether the stream that this tab reads is open; null when it reads none. */
  #open: boolean | null = null;
  #holdsLock = false;
  /** When another tab was last known to have an open stream. */
  #heardAt = 0;
  #timer: unknown = null;

  constructor(
    env: HostEnvironment,
    core: Core,
    transport: Transport,
    obtainKey: ObtainChannelKey,
    hooks: HostEventsHooks,
  ) {
    this.#env = env;
    this.#core = core;
    this.#transport = transport;
    this.#obtainKey = obtainKey;
    this.#onEvent = hooks.onEvent;
    this.#hearing = new Hearing(env, hooks.onState);
    this.#channel = TabChannel.open(env, {
      onMessage: (from, body, at) => this.#hear(from, body, at),
      onHint: hooks.onSessionHint,
    });
  }

  /** Starts to listen, as somebody who is signed in. */
  start(): void {
    if (this.#turn !== null) return;
    const turn = new AbortController();
    this.#turn = turn;
    this.#hearing.lost();
    this.#obtainKey((key) => {
      if (turn.signal.aborted) return;
      this.#channel?.use(key);
      if (key === null || this.#channel === null || this.#env.locks === null) {
        void this.#read(turn.signal);
        return;
      }
      this.#heardAt = this.#env.now();
      this.#channel.say({ kind: 'joined' });
      this.#queue(turn.signal);
      this.#watchLater(turn.signal);
    });
  }

  /** Stops to listen; another tab takes the stream over. */
  stop(): void {
    this.#turn?.abort();
    this.#turn = null;
    this.#env.clearTimeout(this.#timer);
    this.#channel?.use(null);
    this.#hearing.off();
  }

  /** The page is looked at again, or woke up: timers may have slept. */
  wake(): void {
    const { signal } = this.#turn ?? {};
    if (signal !== undefined && this.#timer !== null) this.#watch(signal);
  }

  /** Tells the other tabs that somebody signed in or out here. */
  announceSession(): void {
    this.#channel?.hint();
  }

  close(): void {
    this.stop();
    this.#channel?.close();
  }

  /** Reads when the lock is this tab's, and gives it back when it reads no more. */
  #queue(signal: AbortSignal): void {
    const hold = async (): Promise<void> => {
      this.#holdsLock = true;
      await this.#read(signal);
      this.#holdsLock = false;
      if (!signal.aborted) this.#queue(signal);
    };
    this.#env.locks?.request(LOCK, { signal }, hold).catch(() => {
      // Stolen: it reads on without.
      this.#holdsLock = false;
    });
  }

  #watchLater(signal: AbortSignal): void {
    this.#env.clearTimeout(this.#timer);
    this.#timer = this.#env.setTimeout(() => this.#watch(signal), ASK_MS);
  }

  #watch(signal: AbortSignal): void {
    if (this.#reading === null) {
      const mute = this.#env.now() - this.#heardAt;
      if (mute >= MUTE_MS + ASK_MS * this.#env.random()) void this.#read(signal);
      else this.#channel?.say({ kind: 'ask' });
    }
    this.#watchLater(signal);
  }

  /** Reads the stream until this tab stops to listen or leaves it to another; what it reads already, is it. */
  #read(turn: AbortSignal): Promise<void> {
    if (this.#reading !== null) return this.#reading.ended;
    const abort = new AbortController();
    const stop = (): void => abort.abort();
    if (turn.aborted) return Promise.resolve();
    turn.addEventListener('abort', stop, { once: true });
    const ended = this.#keepReading(abort.signal).finally(() => turn.removeEventListener('abort', stop));
    this.#reading = { abort, ended };
    abort.signal.addEventListener('abort', () => {
      this.#reading = null;
      this.#open = null;
    });
    return ended;
  }

  // A stream that ended for good (a server that has no such endpoint now, but may have after its next roll-out)
  // is tried again.
  async #keepReading(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#listen(signal);
      if (signal.aborted) return;
      await new Promise<void>((resolve) => {
        const timer = this.#env.setTimeout(resolve, REOPEN_MS);
        const stop = (): void => {
          this.#env.clearTimeout(timer);
          resolve();
        };
        signal.addEventListener('abort', stop, { once: true });
      });
    }
  }

  #listen(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const connection = new StreamConnection({
        core: this.#core,
        env: this.#env,
        connect: (headers, streamSignal) =>
          this.#transport.send({
            target: '/api/plugins/events',
            headers,
            signal: streamSignal,
            cache: 'no-store',
          }),
        onEvent: (event) => this.#pass(event),
        first: true,
        silentMs: SILENT_MS,
        onState: (state, _, dead) => {
          if (!signal.aborted) this.#streamIs(state === 'open', dead);
          if (state === 'closed') resolve();
        },
      });
      signal.addEventListener('abort', () => connection.close(), { once: true });
      connection.open();
    });
  }

  #streamIs(open: boolean, dead: boolean): void {
    if (dead) this.#hearing.lost(true);
    if (this.#open === open) return;
    this.#open = open;
    this.#sayState();
    this.#showOpen(open);
  }

  #sayState(): void {
    if (this.#open !== null) this.#channel?.say({ kind: 'state', open: this.#open, holds: this.#holdsLock });
  }

  #showOpen(open: boolean): void {
    if (open) this.#hearing.heard();
    else this.#hearing.lost();
  }

  #pass(event: PluginStreamEvent): void {
    this.#channel?.say({ kind: 'event', type: event.type, data: event.data });
    this.#tell(event.type, event.data);
  }

  #hear(from: string, body: Readonly<Record<string, unknown>>, at: number): void {
    if (this.#turn === null) return;
    switch (body.kind) {
      case 'event':
        // Who reads, too, has it already.
        if (this.#open !== true) this.#tell(textOf(body.type), textOf(body.data));
        break;
      case 'joined':
        // What it may have missed since it asked for its list; the hello of back then may be untrue by now.
        if (this.#open === true) this.#channel?.say({ kind: 'event', type: 'manifests', data: '{}' });
        this.#sayState();
        break;
      case 'ask':
        this.#sayState();
        break;
      case 'state':
        this.#hearState(from, body.open === true, body.holds === true, at);
        break;
    }
  }

  #hearState(from: string, open: boolean, holds: boolean, at: number): void {
    if (!open) {
      if (this.#open === null) this.#showOpen(false);
      return;
    }
    if (this.#open === true && !this.#isBehind(from, holds)) {
      this.#sayState();
      return;
    }
    if (at > this.#heardAt) this.#heardAt = at;
    this.#reading?.abort.abort();
    this.#showOpen(true);
  }

  /** Of two that read, whether this tab is the one to stop. */
  #isBehind(other: string, otherHolds: boolean): boolean {
    if (otherHolds !== this.#holdsLock) return otherHolds;
    return other < (this.#channel?.id ?? '');
  }

  #tell(type: string, data: string): void {
    const event = readHostEvent(type, data);
    if (event !== null) this.#onEvent(event);
  }
}
