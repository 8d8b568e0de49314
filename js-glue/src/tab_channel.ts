import type { HostEnvironment } from './host_types.js';
import { primitives, settle, signHmac, unguessable, verifyHmac } from './primitives.js';
import { fromBase64url, tabMessage, toBase64url } from './stamp_text.js';
import { isRecord, parseJson } from './wire.js';

const NAME = 'portcullis.events';
const MAC_BYTES = 32;
const MAC_CHARS = 43;
/** How old a message may be when it is heard: what was recorded is worth nothing later. */
export const FRESH_MS = 10_000;
/** Messages that are signed or verified at once. What comes on top is dropped: anybody can send some. */
const AT_ONCE = 64;
/** Tabs whose counters are known. */
const TABS_KEPT = 64;

/** Whom a channel tells. */
export interface TabChannelHooks {
  /** Another tab of this session said this, at this time, within the last `FRESH_MS`. */
  readonly onMessage: (from: string, body: Readonly<Record<string, unknown>>, at: number) => void;
  /** Some script says that somebody signed in or out: worth a question to the server, no more. */
  readonly onHint: () => void;
}

interface Saying {
  readonly text: string;
  next: Saying | null;
}

/**
 * What the tabs of one session tell each other. Any script of this origin can read and write a
 * BroadcastChannel, so each message has a MAC by the session's channel key, which plugins do not have, over
 * sender, number and time: what somebody made up, changed, repeats or kept for later is not heard. Without a key
 * nothing is said or heard but the one hint that needs none.
 */
export class TabChannel {
  /** This tab. */
  readonly id = unguessable();
  readonly #env: HostEnvironment;
  readonly #hooks: TabChannelHooks;
  readonly #channel: BroadcastChannel;
  /** Taken now: a plugin may replace it on the prototype. */
  readonly #post: (message: unknown) => void;
  readonly #heard = new Map<string, number>();
  #key: CryptoKey | null = null;
  #seq = 0;
  #verifying = 0;
  /** What waits for its MAC, in order. Not an array: whatever `push` or a setter on `Array.prototype` adds is signed. */
  #first: Saying | null = null;
  #last: Saying | null = null;
  #waiting = 0;
  #signing = false;

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
    if (key !== this.#key) this.#forget();
    this.#key = key;
  }

  /** Says it to the other tabs of this session, in order. */
  say(body: Readonly<Record<string, unknown>>): void {
    if (this.#key === null || this.#waiting === AT_ONCE) return;
    const saying: Saying = { text: primitives.stringify(body), next: null };
    if (this.#last === null) this.#first = saying;
    else this.#last.next = saying;
    this.#last = saying;
    this.#waiting += 1;
    this.#sign();
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

  #forget(): void {
    this.#first = null;
    this.#last = null;
    this.#waiting = 0;
  }

  #sign(): void {
    const key = this.#key;
    if (this.#signing || key === null) return;
    const saying = this.#first;
    if (saying === null) return;
    const body = saying.text;
    this.#first = saying.next;
    if (this.#first === null) this.#last = null;
    this.#waiting -= 1;
    this.#signing = true;
    this.#seq += 1;
    const seq = this.#seq;
    const at = this.#env.now();
    const next = (): void => {
      this.#signing = false;
      this.#sign();
    };
    const signed = (mac: ArrayBuffer): void => {
      const text = toBase64url(new primitives.Uint8Array(mac), MAC_BYTES);
      if (key === this.#key) this.#send({ from: this.id, seq, at, body, mac: text });
      next();
    };
    settle(signHmac(key, tabMessage(this.id, seq, at, body)), signed, next);
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
    const key = this.#key;
    if (key === null || this.#verifying === AT_ONCE) return;
    if (typeof from !== 'string' || typeof body !== 'string' || typeof mac !== 'string') return;
    if (typeof seq !== 'number' || typeof at !== 'number' || mac.length !== MAC_CHARS) return;
    const bytes = new primitives.Uint8Array(MAC_BYTES);
    if (!fromBase64url(mac, bytes, MAC_BYTES)) return;
    this.#verifying += 1;
    const verified = (right: boolean): void => {
      this.#verifying -= 1;
      if (right && key === this.#key) this.#take(from, seq, at, body);
    };
    settle(verifyHmac(key, bytes, tabMessage(from, seq, at, body)), verified, () => verified(false));
  }

  #take(from: string, seq: number, at: number, text: string): void {
    const last = this.#heard.get(from) ?? 0;
    const age = this.#env.now() - at;
    if (!(seq > last && age <= FRESH_MS && age >= -FRESH_MS)) return;
    this.#heard.delete(from);
    this.#heard.set(from, seq);
    if (this.#heard.size > TABS_KEPT) this.#heard.delete(this.#heard.keys().next().value as string);
    const body = parseJson(text);
    if (isRecord(body)) this.#hooks.onMessage(from, body, at);
  }
}
