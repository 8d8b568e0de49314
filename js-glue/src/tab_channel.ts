import { macText, SECRET_BYTES } from './held_key.js';
import type { HostEnvironment } from './host_types.js';
import { primitives, settle, signHmac, unguessable, verifyHmac } from './primitives.js';
import { fromBase64url, tabMessage } from './stamp_text.js';
import { Turns } from './turns.js';
import { isRecord, parseJson } from './wire.js';

const NAME = 'portcullis.events';
const MAC_CHARS = 43;
const MAX_ID_CHARS = 43;
/** How old a message may be when it is heard: what was recorded is worth nothing later. */
export const FRESH_MS = 10_000;
/** Longer messages are not said, and none is verified: anybody can send some. */
const MAX_CHARS = 65_536;
/** Tabs whose counters are known. */
const TABS_KEPT = 64;

/** Whom a channel tells. */
export interface TabChannelHooks {
  /** Another tab of this session said this, at this time, within the last `FRESH_MS`. */
  readonly onMessage: (from: string, body: Readonly<Record<string, unknown>>, at: number) => void;
  /** Another tab of this session may have said something that was not heard, or too late to count. */
  readonly onMissed: () => void;
  /** Some script says that somebody signed in or out: worth a question to the server, no more. */
  readonly onHint: () => void;
}

/**
 * What the tabs of one session tell each other. Any script of this origin can read and write a
 * BroadcastChannel, so each message has a MAC by the session's channel key, which plugins do not have, over
 * sender, number and time: what somebody made up, changed, repeats or kept for later is not heard. Without a key
 * nothing is said or heard but the one hint that needs none.
 *
 * Messages can be lost: a script that floods the channel fills what waits to be verified, and a page that slept hears
 * late. A sender's numbers have no gaps, so that whatever was lost is noticed, at the latest with its next message.
 */
export class TabChannel {
  /** This tab. */
  readonly id = unguessable();
  readonly #env: HostEnvironment;
  readonly #hooks: TabChannelHooks;
  readonly #channel: BroadcastChannel;
  /** Taken now: a plugin may replace it on the prototype. */
  readonly #post: (message: unknown) => void;
  /** The last number of each tab. */
  readonly #heard = new Map<string, number>();
  readonly #signing = new Turns();
  /** In turn, too: two that are verified at once may be done in another order than they were said in. */
  readonly #verifying = new Turns();
  #key: CryptoKey | null = null;
  #seq = 0;

  constructor(env: HostEnvironment, channel: BroadcastChannel, hooks: TabChannelHooks) {
    this.#env = env;
    this.#hooks = hooks;
    this.#channel = channel;
    this.#post = channel.postMessage.bind(channel);
    channel.onmessage = (message: MessageEvent<unknown>) => this.#hear(message.data);
  }

  static open(env: HostEnvironment, hooks: TabChannelHooks): TabChannel | null {
    const channel = env.createChannel?.(NAME) ?? null;
    return channel === null ? null : new TabChannel(env, channel, hooks);
  }

  /** From now on speaks and hears with this key; with none, not at all. */
  use(key: CryptoKey | null): void {
    if (key !== this.#key) {
      this.#signing.clear();
      this.#verifying.clear();
    }
    this.#key = key;
  }

  /** Says it to the other tabs of this session, in order. What cannot be said leaves a gap in the numbers. */
  say(body: Readonly<Record<string, unknown>>): void {
    if (this.#key === null) return;
    const text = primitives.stringify(body);
    if (text.length > MAX_CHARS || !this.#signing.add((done) => this.#sign(text, done))) this.#seq += 1;
  }

  /** Tells every tab, of whichever session, that somebody signed in or out here. */
  hint(): void {
    this.#send({ kind: 'session' });
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
      if (key === this.#key) this.#send({ from: this.id, seq, at, body, mac: macText(mac) });
      done();
    };
    settle(signHmac(key, tabMessage(this.id, seq, at, body)), signed, done);
  }

  #send(message: Readonly<Record<string, unknown>>): void {
    try {
      this.#post(message);
    } catch {
      // Closed in this very moment: nobody is there to hear it.
    }
  }

  #hear(message: unknown): void {
    if (!isRecord(message)) return;
    const { kind, from, seq, at, body, mac } = message;
    if (kind === 'session') this.#hooks.onHint();
    // Its own words come from scripts that repeat them.
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
