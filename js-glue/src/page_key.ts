import { NetworkError } from './errors.js';
import type { HostEnvironment } from './host_types.js';
import { importHmac, primitives, settle, signHmac, statusOf, textOfResponse } from './primitives.js';
import {
  type Failed,
  macText,
  makeStamp,
  type PrecomputedStamp,
  SECRET_BYTES,
  type StampedCall,
  type StampKey,
} from './stamp_key.js';
import { fromBase64url, HOST_CALLER, type PageChange, pageMessage } from './stamp_text.js';
import { isPassing } from './wire.js';

const PATH = '/api/plugins/page-key';
/** Half of the counter window that the server accepts; an older precomputed stamp is made again. */
const MAX_COUNTER_LAG = 512;

const ignore = (): void => {};

const notNow = (what: string, status: number): NetworkError => new NetworkError(`${what} failed with status ${status}`);

/** The document's boot token. */
export interface BootToken {
  /** Null if calls are not stamped; '' if they are, but the document has no token, or none any more. */
  readonly token: string | null;
  /** The token was exchanged, or never will be. */
  readonly spent: () => void;
}

/**
 * Stamps this page's calls. The document's boot token is removed when the host is created and exchanged once for a
 * key, in the session that the document was requested in. The key never leaves this object: it cannot be extracted,
 * and no stamp passes through code that a plugin could have replaced (see `primitives.ts`). A page without a token
 * stamps nothing. The page key comes with the channel key, which all pages of the session share, for messages between
 * their tabs (`tab_channel.ts`).
 *
 * A key is valid until its session ends or the server stops. After that, and in a session that began after the document
 * was requested, only a reload brings a token: `onStale(true)`. Temporary failures (no network, a server that is busy
 * or restarting) do not invalidate the key: calls that waited fail, and the next one tries again.
 */
export class PageKey {
  readonly #env: HostEnvironment;
  readonly #csrfToken: () => string | null;
  readonly #onStale: (stale: boolean) => void;
  /** Whether the server issues tokens and this page can use one. */
  readonly #stamps: boolean;
  readonly #spent: () => void;
  /** The boot token, until it is exchanged or known to be useless. */
  #boot: string | null;
  #key: StampKey | null = null;
  #channel: CryptoKey | null = null;
  /** The operation that must finish before anything is stamped: an exchange, a renewal or a resume. Never rejects. */
  #work: Promise<void> | null = null;
  /** Why the last operation failed, for the calls that waited for it. */
  #failure: unknown = null;
  /** Counts sessions, so that results of an operation from an earlier one are ignored. */
  #epoch = 0;
  /**
   * The page was in the back/forward cache and the server does not know that it is back; it accepts no stamps until
   * then.
   */
  #asleep = false;

  constructor(
    env: HostEnvironment,
    boot: BootToken,
    csrfToken: () => string | null,
    onStale: (stale: boolean) => void,
  ) {
    this.#env = env;
    this.#csrfToken = csrfToken;
    this.#onStale = onStale;
    this.#boot = boot.token || null;
    this.#spent = boot.spent;
    this.#stamps = boot.token !== null;
  }

  /** Another person is signed in, or nobody. A key belongs to one session. */
  startSession(signedIn: boolean): void {
    this.#epoch += 1;
    this.#key = null;
    this.#channel = null;
    this.#work = null;
    this.#asleep = false;
    this.#onStale(signedIn && this.#stamps && this.#boot === null);
  }

  /** The host no longer uses the key. A token that was not exchanged stays available to another host of this page. */
  close(): void {
    this.hide(false);
    this.#key = null;
    this.#channel = null;
    this.#asleep = false;
  }

  /**
   * Passes the channel key to `use`, null if there is none. Exchanges the boot token first if that has not happened.
   */
  channel(use: (key: CryptoKey | null) => void): void {
    this.#prepare();
    const done = (): void => use(this.#channel);
    if (this.#work === null) done();
    else settle(this.#work, done, done);
  }

  /** Passes the header's value to `use`, null if there is no key. A callback instead of a promise: see `settle`. */
  stamp(call: StampedCall, use: (value: string | null, key: StampKey | null) => void, failed: Failed): void {
    const sign = (): void => {
      const key = this.#key;
      if (key === null) use(null, null);
      else makeStamp(key, call, (value) => use(value, key), failed);
    };
    this.#prepare();
    const epoch = this.#epoch;
    const worked = (): void => {
      if (this.#failure !== null && epoch === this.#epoch) failed(this.#failure);
      else if (this.#asleep) this.stamp(call, use, failed);
      else sign();
    };
    if (this.#work === null) sign();
    else settle(this.#work, worked, failed);
  }

  /** Starts to make a stamp for a later call. Returns null if there is no key. */
  precompute(call: StampedCall): PrecomputedStamp | null {
    const key = this.#key;
    if (key === null) return null;
    const made: PrecomputedStamp = { key, counter: key.counter, value: null };
    const done = (value: string): void => {
      made.value = value;
    };
    makeStamp(key, call, done, ignore);
    return made;
  }

  /** Whether the server will still accept the precomputed stamp. */
  isFresh(made: PrecomputedStamp): boolean {
    return made.key === this.#key && made.key.counter - made.counter < MAX_COUNTER_LAG;
  }

  /** The server refused a stamp made with `used`. Resolves with whether to send the call again with a new stamp. */
  async recover(code: string | undefined, used: StampKey | null, caller: string, safe: boolean): Promise<boolean> {
    // The browser may have sent the request twice by itself; an unsafe method must not be repeated.
    if (code === 'STAMP_REPLAYED') return safe;
    if (code === 'STAMP_REQUIRED' && used === null) this.#onStale(true);
    if (code !== 'STAMP_INVALID' || used === null) return false;
    if (used !== this.#key || this.#asleep) return this.#key !== null;
    if (caller === HOST_CALLER) this.#lost();
    // The key may be invalid for this plugin alone, because it was quarantined.
    else await this.renew();
    return this.#key !== null;
  }

  /** Replaces the key with a new one; stamps wait for it. */
  async renew(): Promise<void> {
    if (this.#key !== null) await this.#begin(this.#renew);
  }

  /** Starts the operation that is needed before a stamp can be made, if any. */
  #prepare(): void {
    if (this.#boot !== null && this.#csrfToken() !== null) this.#begin(this.#exchange);
    else if (this.#asleep) this.#begin(this.#resume);
  }

  #begin(work: (done: () => void, failed: Failed) => void): Promise<void> {
    this.#work ??= new primitives.Promise<void>((resolve) => {
      const epoch = this.#epoch;
      const end = (failure: unknown): void => {
        if (epoch === this.#epoch) {
          this.#failure = failure;
          this.#work = null;
        }
        resolve();
      };
      work(() => end(null), end);
    });
    return this.#work;
  }

  readonly #exchange = (done: () => void, failed: Failed): void => {
    // Not JSON.stringify, which would call a planted toJSON.
    const body = `{"boot":"${this.#boot}"}`;
    this.#obtain(PATH, body, {}, done, failed);
  };

  readonly #renew = (done: () => void, failed: Failed): void => {
    const target = `${PATH}/renew`;
    const stamped = (value: string): void => this.#obtain(target, undefined, { 'x-plugin-stamp': value }, done, failed);
    makeStamp(this.#key as StampKey, { caller: HOST_CALLER, method: 'POST', target }, stamped, failed);
  };

  #obtain(target: string, body: string | undefined, more: object, done: () => void, failed: Failed): void {
    const epoch = this.#epoch;
    const isLate = (): boolean => epoch !== this.#epoch;
    let status = 0;
    const answered = (response: Response): void => {
      status = statusOf(response);
      if (status === 200) settle(textOfResponse(response), read, failed);
      else if (isPassing(status)) failed(notNow(target, status));
      else if (status === 403) settle(textOfResponse(response), refused, failed);
      else refused('');
    };
    const refused = (text: string): void => {
      const { code } = (text === '' ? {} : primitives.parse(text)) as { code?: string };
      // The cookie was another session's: the waiting call will find out.
      if (status !== 401 && code !== 'CSRF_TOKEN' && !isLate()) this.#lost();
      done();
    };
    const read = (text: string): void => {
      const given = primitives.parse(text) as { key_id: string; key: string; channel?: string };
      const { key_id: id } = given;
      const bytes = new primitives.Uint8Array(SECRET_BYTES);
      if (!fromBase64url(given.key, bytes, SECRET_BYTES)) throw new NetworkError(`${target} returned no key`);
      const shared = new primitives.Uint8Array(SECRET_BYTES);
      const hasChannel = typeof given.channel === 'string' && fromBase64url(given.channel, shared, SECRET_BYTES);
      const take = (crypto: CryptoKey, channel: CryptoKey | null): void => {
        if (!isLate()) {
          this.#forget();
          this.#key = { id, crypto, counter: 0, step: 1, release: '', suspend: '' };
          this.#channel = channel;
          this.#presign(this.#key);
        }
        done();
      };
      const imported = (crypto: CryptoKey): void => {
        if (!hasChannel) take(crypto, null);
        else settle(importHmac(shared, ['sign', 'verify']), (channel) => take(crypto, channel), failed);
      };
      settle(importHmac(bytes), imported, failed);
    };
    settle(this.#post(target, body, more), answered, failed);
  }

  #post(target: string, body: string | undefined, more: object): Promise<Response> {
    const init = {
      __proto__: null,
      method: 'POST',
      headers: {
        __proto__: null,
        'content-type': 'application/json',
        'x-csrf-token': this.#csrfToken() ?? '',
        ...more,
      },
      body,
      credentials: 'same-origin',
      mode: 'same-origin',
      redirect: 'error',
      keepalive: true,
    };
    return this.#env.fetch(this.#env.origin + target, init as unknown as RequestInit);
  }

  #presign(key: StampKey): void {
    const sign = (change: 'release' | 'suspend'): void => {
      const signed = (mac: ArrayBuffer): void => {
        key[change] = macText(mac);
      };
      settle(signHmac(key.crypto, pageMessage(key.id, change, key.step)), signed, ignore);
    };
    sign('release');
    sign('suspend');
  }

  #say(key: StampKey, change: PageChange, mac: string): Promise<Response> {
    const body = `{"key_id":"${key.id}","change":"${change}","step":${key.step},"mac":"${mac}"}`;
    return this.#post(`${PATH}/state`, body, {});
  }

  /** The page is being left. `sleeps`: it enters the back/forward cache. */
  hide(sleeps: boolean): void {
    const key = this.#key;
    const change = sleeps ? 'suspend' : 'release';
    if (key?.[change]) settle(this.#say(key, change, key[change]), ignore, ignore);
  }

  /** The page was restored from the back/forward cache. */
  wake(): void {
    if (this.#key === null) return;
    this.#asleep = true;
    this.#prepare();
  }

  readonly #resume = (done: () => void, failed: Failed): void => {
    const key = this.#key as StampKey;
    const epoch = this.#epoch;
    const answered = (response: Response): void => {
      const status = statusOf(response);
      if (epoch === this.#epoch) {
        this.#asleep = isPassing(status);
        if (status === 401 || status === 403) this.#lost();
      }
      if (this.#asleep) failed(notNow(`${PATH}/state`, status));
      else done();
    };
    key.step += 1;
    const signed = (mac: ArrayBuffer): void => {
      settle(this.#say(key, 'resume', macText(mac)), answered, failed);
      // Whatever the outcome: the server accepts each step once.
      key.step += 1;
      this.#presign(key);
    };
    settle(signHmac(key.crypto, pageMessage(key.id, 'resume', key.step)), signed, failed);
  };

  #forget(): void {
    if (this.#boot !== null) this.#spent();
    this.#boot = null;
  }

  #lost(): void {
    this.#forget();
    this.#key = null;
    this.#asleep = false;
    this.#onStale(true);
  }
}
