import type { Core } from './core/index.js';
import { Hearing } from './hearing.js';
import { type HostEvent, readHostEvent } from './host_event.js';
import { type HostStreamParts, readHostStream } from './host_stream.js';
import type { EventsState, HostEnvironment } from './host_types.js';
import type { PluginStreamEvent } from './plugin/types.js';
import { TabChannel } from './tab_channel.js';
import type { Transport } from './transport.js';
import { textOf } from './wire.js';

/** Whom the events tell. */
export interface HostEventsHooks {
  readonly onEvent: (event: HostEvent) => void;
  readonly onState: (state: EventsState) => void;
  /** Some script of this origin says that the session changed: a reason to ask the server, now and then. */
  readonly onSessionHint: () => void;
}

const LOCK = 'portcullis.events';
/** How often a tab that reads no stream asks whether another one still does. */
const ASK_MS = 5_000;
/** A tab that heard of no open stream for this long reads for itself. Tabs add a part of `ASK_MS` of their own. */
const MUTE_MS = 10_000;
/** How long the other tabs have to answer, or to object. */
const SETTLE_MS = 1_000;
/** What was missed is asked for this much later, and once for all that is missed until then. Tabs add a part. */
const MISSED_MS = 3_000;

/** Gives the session's channel key, null where there is none. */
export type ObtainChannelKey = (use: (key: CryptoKey | null) => void) => void;

/**
 * The server's events, over one stream per browser where all is well: the tab that holds a Web Lock reads the
 * stream and hands each event to the others (HTTP/1.1 has six connections per host, and two streams in each of
 * three tabs would hang it). When that tab goes, another gets the lock.
 *
 * The lock and the channel belong to every script of this origin, so neither is believed. What tabs tell each
 * other is authenticated (`tab_channel.ts`). The lock only says who may begin: a tab that has heard of no open
 * stream for `MUTE_MS`, whoever holds the lock, reads for itself; when two read, the one with the lock goes on,
 * or the one with the smaller id. A tab without a channel key (the page has no boot token) reads for itself.
 * What a tab may not have heard of the others it asks the server for (`missed`).
 */
export class HostEvents {
  readonly #env: HostEnvironment;
  readonly #parts: HostStreamParts;
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
  /** Whether one said so since this tab last asked. */
  #answered = false;
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
    this.#hearing = new Hearing(env, hooks.onState);
    this.#channel = TabChannel.open(env, {
      onMessage: (from, body, at) => this.#hear(from, body, at),
      onMissed: () => this.#missed(),
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
      this.#answered = false;
      this.#channel.say({ kind: 'joined' });
      this.#queue(turn.signal);
      this.#watchLater(turn.signal, ASK_MS);
    });
  }

  /** Stops to listen; another tab takes the stream over. */
  stop(): void {
    this.#halt();
    this.#hearing.off();
  }

  /** The same person is in another session now: listens as part of that, where it listens. */
  restart(): void {
    if (this.#turn === null) return;
    this.#halt();
    this.start();
  }

  /** The page is looked at again, or woke up: timers may have slept. */
  wake(): void {
    const { signal } = this.#turn ?? {};
    if (signal !== undefined && this.#timer !== null) this.#watch(signal, true);
  }

  /** Tells the other tabs that somebody signed in or out here. */
  announceSession(): void {
    this.#channel?.hint();
  }

  close(): void {
    this.stop();
    this.#channel?.close();
  }

  #halt(): void {
    this.#turn?.abort();
    this.#turn = null;
    this.#env.clearTimeout(this.#timer);
    this.#timer = null;
    this.#env.clearTimeout(this.#missedTimer);
    this.#missedTimer = null;
    this.#channel?.use(null);
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

  #watchLater(signal: AbortSignal, ms: number): void {
    this.#env.clearTimeout(this.#timer);
    const due = this.#env.now() + ms;
    this.#timer = this.#env.setTimeout(
      () => this.#watch(signal, ms === ASK_MS && this.#env.now() - due >= SETTLE_MS),
      ms,
    );
  }

  /**
   * `late`: this tab slept, or is hidden and its timers are held back, a minute and more. What the others said
   * meanwhile may be about to be heard: it asks once more, and looks again.
   */
  #watch(signal: AbortSignal, late: boolean): void {
    let next = ASK_MS;
    if (this.#reading === null) {
      const mute = !this.#answered && this.#env.now() - this.#heardAt >= MUTE_MS + ASK_MS * this.#env.random();
      if (mute && !late) void this.#read(signal);
      else {
        this.#answered = false;
        this.#channel?.say({ kind: 'ask' });
        if (late) next = SETTLE_MS;
      }
    }
    this.#watchLater(signal, next);
  }

  /** Reads the stream until this tab stops to listen or leaves it to another; what it reads already, is it. */
  #read(turn: AbortSignal): Promise<void> {
    if (this.#reading !== null) return this.#reading.ended;
    const abort = new AbortController();
    const stop = (): void => abort.abort();
    if (turn.aborted) return Promise.resolve();
    turn.addEventListener('abort', stop, { once: true });
    const ended = readHostStream(this.#parts, abort.signal, {
      onEvent: (event) => this.#pass(event),
      onOpen: (open, dead) => this.#streamIs(open, dead),
    }).finally(() => turn.removeEventListener('abort', stop));
    this.#reading = { abort, ended };
    abort.signal.addEventListener('abort', () => {
      this.#reading = null;
      this.#open = null;
      this.#env.clearTimeout(this.#readerTimer);
    });
    return ended;
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

  #pass({ type, data }: PluginStreamEvent): void {
    if (type !== 'hello' || this.#holdsLock) this.#channel?.say({ kind: 'event', type, data });
    else {
      // Each tab would ask for the list again: only for the one that goes on reading, once nobody objected.
      this.#env.clearTimeout(this.#readerTimer);
      this.#readerTimer = this.#env.setTimeout(() => this.#sayAnew(), SETTLE_MS);
    }
    this.#tell(type, data);
  }

  /** Has the others look at the list. No hello: what it says may be untrue by now. */
  #sayAnew(): void {
    if (this.#open === true) this.#channel?.say({ kind: 'event', type: 'manifests', data: '{}' });
  }

  #hear(from: string, body: Readonly<Record<string, unknown>>, at: number): void {
    if (this.#turn === null) return;
    switch (body.kind) {
      case 'event':
        // Who reads, too, has it already.
        if (this.#open !== true) this.#tell(textOf(body.type), textOf(body.data));
        break;
      case 'joined':
        // What it may have missed since it asked for its list.
        this.#sayAnew();
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
    this.#answered = true;
    // What the other one had read already was not heard, and what was to be read here is not read.
    if (this.#open === true) this.#missed();
    this.#reading?.abort.abort();
    this.#showOpen(true);
  }

  /** Another tab may have said what this one did not hear. Who reads has it from the server. */
  #missed(): void {
    this.#missedTimer ??= this.#env.setTimeout(
      () => {
        this.#missedTimer = null;
        if (this.#open !== true) this.#onEvent({ type: 'missed' });
      },
      MISSED_MS * (1 + this.#env.random()),
    );
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
