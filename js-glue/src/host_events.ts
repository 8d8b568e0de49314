import type { Core } from './core/index.js';
import { Hearing } from './hearing.js';
import type { EventsState, HostEnvironment } from './host_types.js';
import type { PluginStreamEvent } from './plugin/types.js';
import { StreamConnection } from './stream_connection.js';
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
}

const NAME = 'portcullis.events';
const REOPEN_MS = 30_000;
/** Three of the server's heartbeats. */
const SILENT_MS = 45_000;

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
 * The server's events, over one stream per browser: the tab that holds a Web Lock reads the stream
 * and hands each event to the others by BroadcastChannel (HTTP/1.1 has six connections per host, and
 * two streams in each of three tabs would hang it). When that tab goes, another gets the lock. Where
 * there are no locks each tab has its own stream. The reading tab also says whether its stream is
 * open, when that changes and to who joins: the others hear the server as long as it does.
 *
 * Any script of this origin can write to the channel. That gains it nothing but noise: an event is
 * only a reason to ask the server, except for `evict`, which takes away; a state is only shown.
 */
export class HostEvents {
  readonly #env: HostEnvironment;
  readonly #core: Core;
  readonly #transport: Transport;
  readonly #onEvent: (event: HostEvent) => void;
  readonly #hearing: Hearing;
  readonly #channel: BroadcastChannel | null;
  #turn: AbortController | null = null;
  /** Whether the stream that this tab reads is open; null when it reads none. */
  #open: boolean | null = null;

  constructor(env: HostEnvironment, core: Core, transport: Transport, hooks: HostEventsHooks) {
    this.#env = env;
    this.#core = core;
    this.#transport = transport;
    this.#onEvent = hooks.onEvent;
    this.#hearing = new Hearing(env, hooks.onState);
    this.#channel = env.createChannel?.(NAME) ?? null;
    if (this.#channel !== null) {
      this.#channel.onmessage = (message: MessageEvent<unknown>) => this.#hear(message.data);
    }
  }

  /** Starts to listen, as somebody who is signed in. */
  start(): void {
    if (this.#turn !== null) return;
    const turn = new AbortController();
    this.#turn = turn;
    this.#hearing.lost();
    const { locks } = this.#env;
    if (locks === null || this.#channel === null) {
      void this.#lead(turn.signal);
      return;
    }
    this.#say({ kind: 'joined' });
    locks.request(NAME, { signal: turn.signal }, () => this.#lead(turn.signal)).catch(() => {});
  }

  /** Stops to listen; another tab takes the stream over. */
  stop(): void {
    this.#turn?.abort();
    this.#turn = null;
    this.#open = null;
    this.#hearing.off();
  }

  /** Tells the other tabs that somebody signed in or out here. */
  announceSession(): void {
    this.#say({ kind: 'event', type: 'session', data: '{}' });
  }

  close(): void {
    this.stop();
    if (this.#channel !== null) {
      this.#channel.onmessage = null;
      this.#channel.close();
    }
  }

  // Resolves, and so gives the lock back, when this tab stops to listen. A stream that ended for good
  // (a server that has no such endpoint now, but may have after its next roll-out) is tried again.
  async #lead(signal: AbortSignal): Promise<void> {
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
    this.#say({ kind: 'state', open });
    this.#showOpen(open);
  }

  #showOpen(open: boolean): void {
    if (open) this.#hearing.heard();
    else this.#hearing.lost();
  }

  #pass(event: PluginStreamEvent): void {
    this.#say({ kind: 'event', type: event.type, data: event.data });
    this.#tell(event.type, event.data);
  }

  #hear(message: unknown): void {
    if (!isRecord(message)) return;
    switch (message.kind) {
      case 'event':
        this.#tell(textOf(message.type), textOf(message.data));
        break;
      case 'joined':
        // What it may have missed since it asked for its list; the hello of back then may be untrue by now.
        if (this.#open === true) this.#say({ kind: 'event', type: 'manifests', data: '{}' });
        if (this.#open !== null) this.#say({ kind: 'state', open: this.#open });
        break;
      case 'state':
        // Of the tab that reads; who reads, too, knows better, and who stopped listening shows nothing.
        if (this.#turn !== null && this.#open === null) this.#showOpen(message.open === true);
        break;
    }
  }

  #say(message: Readonly<Record<string, unknown>>): void {
    try {
      this.#channel?.postMessage(message);
    } catch {
      // Closed in this very moment: nobody is there to hear it.
    }
  }

  #tell(type: string, data: string): void {
    const event = readHostEvent(type, data);
    if (event !== null) this.#onEvent(event);
  }
}
