import type { HostEnvironment } from './host_types.js';
import { JobQueue } from './job_queue.js';
import { primitives, settle, signHmac, unguessable, verifyHmac } from './primitives.js';
import { macText, SECRET_BYTES } from './stamp_key.js';
import { fromBase64url, tabMessage } from './stamp_text.js';
import { isRecord, parseJson } from './wire.js';

const NAME = 'portcullis.events';
const MAC_CHARS = 43;
const MAX_ID_CHARS = 43;
/** The maximum age of a message, so that recorded messages cannot be replayed later. */
export const FRESH_MS = 10_000;
/** Longer messages are neither sent nor verified, because any script can send some. */
const MAX_CHARS = 65_536;
/** How many tabs' counters are kept. */
const TABS_KEPT = 64;

/** Callbacks of a channel. */
export interface TabChannelHooks {
  /** A verified message of another tab of this session, sent at time `at`, within the last `FRESH_MS`. */
  readonly onMessage: (from: string, body: Readonly<Record<string, unknown>>, at: number) => void;
  /** A message of another tab of this session may be lost, or arrived too late to count. */
  readonly onMissed: () => void;
  /** A script claims that somebody signed in or out. Unverified: ask the server, nothing more. */
  readonly onHint: () => void;
}

/**
 * Messages between the tabs of one session. Any script of this origin can read and write a BroadcastChannel, so each
 * message has a MAC over sender, sequence number and time, made with the session's channel key, which plugins do not
 * have: forged, modified, replayed and delayed messages are ignored. Without a key nothing is sent or received except
 * the one hint that needs none.
 *
 * Messages can be lost: a script that floods the channel fills the queue of messages to verify, and a suspended page
 * receives them late. A sender's numbers have no gaps, so a lost message is detected at the latest with the sender's
 * next one.
 */
export class TabChannel {
  /** The id of this tab. */
  readonly id = unguessable();
  readonly #env: HostEnvironment;
  readonly #hooks: TabChannelHooks;
  readonly #channel: BroadcastChannel;
  /** Captured now, because a plugin may replace it on the prototype. */
  readonly #postMessage: (message: unknown) => void;
  /** The last sequence number of each tab. */
  readonly #heard = new Map<string, number>();
  readonly #signing = new JobQueue();
  /** Serial, because concurrent verifications could finish in another order than the messages were sent. */
  readonly #verifying = new JobQueue();
  #key: CryptoKey | null = null;
  #seq = 0;

  constructor(env: HostEnvironment, channel: BroadcastChannel, hooks: TabChannelHooks) {
    this.#env = env;
    this.#hooks = hooks;
    this.#channel = channel;
    this.#postMessage = channel.postMessage.bind(channel);
    channel.onmessage = (message: MessageEvent<unknown>) => this.#receive(message.data);
  }

  static open(env: HostEnvironment, hooks: TabChannelHooks): TabChannel | null {
    const channel = env.createChannel?.(NAME) ?? null;
    return channel === null ? null : new TabChannel(env, channel, hooks);
  }

  /** Sets the key for sending and receiving. With null the channel is silent. */
  use(key: CryptoKey | null): void {
    if (key !== this.#key) {
      this.#signing.clear();
      this.#verifying.clear();
    }
    this.#key = key;
  }

  /** Sends a message to the other tabs of this session, in order. One that cannot be sent leaves a gap in the numbers. */
  send(body: Readonly<Record<string, unknown>>): void {
    if (this.#key === null) return;
    const text = primitives.stringify(body);
    if (text.length > MAX_CHARS || !this.#signing.add((done) => this.#sign(text, done))) this.#seq += 1;
  }

  /** Tells every tab, of any session, that somebody signed in or out here. */
  hint(): void {
    this.#post({ kind: 'session' });
  }

  close(): void {
    this.use(null);
    this.#channel.onmessage = null;
    this.#channel.close();
  }

  #sign(body: string, done: () => void): void {
    const key = this.#key as CryptoKey;
    this.#seq += 1;
    const seq = this.#seq;
    const at = this.#env.now();
    const signed = (mac: ArrayBuffer): void => {
      if (key === this.#key) this.#post({ from: this.id, seq, at, body, mac: macText(mac) });
      done();
    };
    settle(signHmac(key, tabMessage(this.id, seq, at, body)), signed, done);
  }

  #post(message: Readonly<Record<string, unknown>>): void {
    try {
      this.#postMessage(message);
    } catch {
      // The channel was closed at this moment.
    }
  }

  #receive(message: unknown): void {
    if (!isRecord(message)) return;
    const { kind, from, seq, at, body, mac } = message;
    if (kind === 'session') this.#hooks.onHint();
    // A message with this tab's own id is a replay by another script.
    if (this.#key === null || from === this.id) return;
    if (typeof from !== 'string' || typeof body !== 'string' || typeof mac !== 'string') return;
    if (typeof seq !== 'number' || typeof at !== 'number' || mac.length !== MAC_CHARS) return;
    const bytes = new primitives.Uint8Array(SECRET_BYTES);
    if (from.length > MAX_ID_CHARS || body.length > MAX_CHARS || !fromBase64url(mac, bytes, SECRET_BYTES)) return;
    const verify = (done: () => void): void => {
      const key = this.#key as CryptoKey;
      const verified = (right: boolean): void => {
        done();
        if (right && key === this.#key) this.#take(from, seq, at, body);
      };
      settle(verifyHmac(key, bytes, tabMessage(from, seq, at, body)), verified, done);
    };
    if (!this.#verifying.add(verify)) this.#hooks.onMissed();
  }

  #take(from: string, seq: number, at: number, text: string): void {
    const last = this.#heard.get(from) ?? seq - 1;
    if (!(seq > last)) return;
    this.#heard.delete(from);
    this.#heard.set(from, seq);
    if (this.#heard.size > TABS_KEPT) this.#heard.delete(this.#heard.keys().next().value as string);
    const age = this.#env.now() - at;
    const isFresh = age <= FRESH_MS && age >= -FRESH_MS;
    if (!isFresh || seq > last + 1) this.#hooks.onMissed();
    const body = parseJson(text);
    if (isFresh && isRecord(body)) this.#hooks.onMessage(from, body, at);
  }
}
