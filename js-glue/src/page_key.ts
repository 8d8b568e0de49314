import { bootTokenOf, findBootToken, forgetBootToken } from './boot_token.js';
import { NetworkError } from './errors.js';
import {
  type Failed,
  type HeldKey,
  macText,
  makeStamp,
  SECRET_BYTES,
  type StampAhead,
  type StampedCall,
} from './held_key.js';
import type { HostEnvironment } from './host_types.js';
import { importHmac, primitives, settle, signHmac, statusOf, textOfResponse } from './primitives.js';
import { fromBase64url, HOST_CALLER, type PageChange, pageMessage } from './stamp_text.js';
import { isPassing } from './wire.js';

const PATH = '/api/plugins/page-key';
/** Half of what the server's window forgives: a stamp that was made ahead is made again by then. */
const AHEAD = 512;

const ignore = (): void => {};

const notNow = (what: string, status: number): NetworkError => new NetworkError(`${what} was answered ${status}`);

/**
 * What makes this page's calls its own. The document's boot token is taken out of it when the host is
 * created, traded once for a key when somebody is signed in, and the key stays in here: it cannot be
 * read again, and no stamp passes through anything that a plugin could have replaced (`primitives.ts`
 * says how). A page without a token stamps nothing. With the page key comes the channel key: the same
 * for all pages of the session, for what their tabs tell each other (`tab_channel.ts`).
 *
 * A key ends with its session, and with the server. Then only the document, loaded again, has another
 * token: `onStale(true)`. What may pass (no network, a server that is busy or away) ends no key: the calls that
 * waited fail, and the next one tries again.
 */
export class PageKey {
  readonly #env: HostEnvironment;
  readonly #csrfToken: () => string | null;
  readonly #onStale: (stale: boolean) => void;
  readonly #stamps: boolean;
  #key: HeldKey | null = null;
  #channel: CryptoKey | null = null;
  /** What has to end before anything is stamped: a trade, a renewal, waking up. Never rejects. */
  #work: Promise<void> | null = null;
  /** Why the last work failed, for who waited for it. */
  #failure: unknown = null;
  /** Counts sessions: what was begun for an earlier one comes too late. */
  #turn = 0;
  /** The page slept, and the server does not know yet that it is back: until then it takes no stamps. */
  #asleep = false;

  constructor(env: HostEnvironment, csrfToken: () => string | null, onStale: (stale: boolean) => void) {
    this.#env = env;
    this.#csrfToken = csrfToken;
    this.#onStale = onStale;
    this.#stamps = findBootToken(env.document) !== null;
  }

  get #boot(): string | null {
    return this.#stamps ? bootTokenOf(this.#env.document) : null;
  }

  /** Somebody else is signed in, or nobody. A key belongs to one session. */
  enter(signedIn: boolean): void {
    this.#turn += 1;
    this.#key = null;
    this.#channel = null;
    this.#work = null;
    this.#asleep = false;
    this.#onStale(signedIn && this.#stamps && this.#boot === null);
  }

  /** The host is done with it. A token that it has not traded is left to another host of this page. */
  close(): void {
    this.hide(false);
    this.#key = null;
    this.#channel = null;
    this.#asleep = false;
  }

  /** Gives the channel key, null where there is none. Trades for it where that has not happened yet. */
  channel(use: (key: CryptoKey | null) => void): void {
    this.#prepare();
    const done = (): void => use(this.#channel);
    if (this.#work === null) done();
    else settle(this.#work, done, done);
  }

  /** Gives the header's value, null where there is no key. Not as a promise: see `settle`. */
  stamp(call: StampedCall, use: (value: string | null, key: HeldKey | null) => void, failed: Failed): void {
    const sign = (): void => {
      const key = this.#key;
      if (key === null) use(null, null);
      else makeStamp(key, call, (value) => use(value, key), failed);
    };
    this.#prepare();
    const turn = this.#turn;
    const worked = (): void => {
      if (this.#failure !== null && turn === this.#turn) failed(this.#failure);
      else if (this.#asleep) this.stamp(call, use, failed);
      else sign();
    };
    if (this.#work === null) sign();
    else settle(this.#work, worked, failed);
  }

  /** Makes a stamp for later. Null when there is no key. */
  ahead(call: StampedCall): StampAhead | null {
    const key = this.#key;
    if (key === null) return null;
    const made: StampAhead = { key, counter: key.counter, value: null };
    const done = (value: string): void => {
      made.value = value;
    };
    makeStamp(key, call, done, ignore);
    return made;
  }

  /** Whether it will still be taken. */
  isFresh(made: StampAhead): boolean {
    return made.key === this.#key && made.key.counter - made.counter < AHEAD;
  }

  /** A stamp made with `used` was refused. Whether to send the call again, with another one. */
  async mend(code: string | undefined, used: HeldKey | null, caller: string, safe: boolean): Promise<boolean> {
    // The browser may have sent a call twice by itself; what changes something is not sent once more.
    if (code === 'STAMP_REPLAYED') return safe;
    if (code === 'STAMP_REQUIRED' && used === null) this.#onStale(true);
    if (code !== 'STAMP_INVALID' || used === null) return false;
    if (used !== this.#key || this.#asleep) return this.#key !== null;
    if (caller === HOST_CALLER) this.#lost();
    // It may be over for this plugin alone, which was quarantined.
    else await this.renew();
    return this.#key !== null;
  }

  /** Exchanges the key for a new one; stamps wait for it. */
  async renew(): Promise<void> {
    if (this.#key !== null) await this.#begin(this.#renew);
  }

  /** Begins what has to be done before a stamp can be made, if there is anything. */
  #prepare(): void {
    if (this.#boot !== null && this.#csrfToken() !== null) this.#begin(this.#trade);
    else if (this.#asleep) this.#begin(this.#resume);
  }

  #begin(work: (done: () => void, failed: Failed) => void): Promise<void> {
    this.#work ??= new primitives.Promise<void>((resolve) => {
      const turn = this.#turn;
      const end = (failure: unknown): void => {
        if (turn === this.#turn) {
          this.#failure = failure;
          this.#work = null;
        }
        resolve();
      };
      work(() => end(null), end);
    });
    return this.#work;
  }

  readonly #trade = (done: () => void, failed: Failed): void => {
    // Not JSON.stringify: it asks the object for a toJSON.
    const body = `{"boot":"${this.#boot}"}`;
    this.#obtain(PATH, body, {}, done, failed);
  };

  readonly #renew = (done: () => void, failed: Failed): void => {
    const target = `${PATH}/renew`;
    const stamped = (value: string): void => this.#obtain(target, undefined, { 'x-plugin-stamp': value }, done, failed);
    makeStamp(this.#key as HeldKey, { caller: HOST_CALLER, method: 'POST', target }, stamped, failed);
  };

  #obtain(target: string, body: string | undefined, more: object, done: () => void, failed: Failed): void {
    const turn = this.#turn;
    const isLate = (): boolean => turn !== this.#turn;
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
      // Another session's cookie came along: the token is still good, and the call that waits finds out.
      if (status !== 401 && code !== 'CSRF_TOKEN' && !isLate()) this.#lost();
      done();
    };
    const read = (text: string): void => {
      const given = primitives.parse(text) as { key_id: string; key: string; channel?: string };
      const { key_id: id } = given;
      const bytes = new primitives.Uint8Array(SECRET_BYTES);
      if (!fromBase64url(given.key, bytes, SECRET_BYTES)) throw new NetworkError(`${target} gave no key`);
      const shared = new primitives.Uint8Array(SECRET_BYTES);
      const hasChannel = typeof given.channel === 'string' && fromBase64url(given.channel, shared, SECRET_BYTES);
      const take = (crypto: CryptoKey, channel: CryptoKey | null): void => {
        if (!isLate()) {
          forgetBootToken(this.#env.document);
          this.#key = { id, crypto, counter: 0, step: 1, release: '', suspend: '' };
          this.#channel = channel;
          this.#signAhead(this.#key);
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

  #signAhead(key: HeldKey): void {
    const sign = (change: 'release' | 'suspend'): void => {
      const signed = (mac: ArrayBuffer): void => {
        key[change] = macText(mac);
      };
      settle(signHmac(key.crypto, pageMessage(key.id, change, key.step)), signed, ignore);
    };
    sign('release');
    sign('suspend');
  }

  #say(key: HeldKey, change: PageChange, mac: string): Promise<Response> {
    const body = `{"key_id":"${key.id}","change":"${change}","step":${key.step},"mac":"${mac}"}`;
    return this.#post(`${PATH}/state`, body, {});
  }

  /** The page is left; `sleeps`: into the back/forward cache. */
  hide(sleeps: boolean): void {
    const key = this.#key;
    const change = sleeps ? 'suspend' : 'release';
    if (key?.[change]) settle(this.#say(key, change, key[change]), ignore, ignore);
  }

  /** The page is back out of the back/forward cache. */
  wake(): void {
    if (this.#key === null) return;
    this.#asleep = true;
    this.#prepare();
  }

  readonly #resume = (done: () => void, failed: Failed): void => {
    const key = this.#key as HeldKey;
    const turn = this.#turn;
    const answered = (response: Response): void => {
      const status = statusOf(response);
      if (turn === this.#turn) {
        this.#asleep = isPassing(status);
        if (status === 401 || status === 403) this.#lost();
      }
      if (this.#asleep) failed(notNow(`${PATH}/state`, status));
      else done();
    };
    key.step += 1;
    const signed = (mac: ArrayBuffer): void => {
      settle(this.#say(key, 'resume', macText(mac)), answered, failed);
      // Whatever becomes of it: the server takes each step once.
      key.step += 1;
      this.#signAhead(key);
    };
    settle(signHmac(key.crypto, pageMessage(key.id, 'resume', key.step)), signed, failed);
  };

  #lost(): void {
    forgetBootToken(this.#env.document);
    this.#key = null;
    this.#asleep = false;
    this.#onStale(true);
  }
}
