import { NetworkError } from './errors.js';
import type { HostEnvironment } from './host_types.js';
import { canSign, importHmac, primitives, settle, signHmac, statusOf, textOfResponse } from './primitives.js';
import { fromBase64url, HOST_CALLER, type PageChange, pageMessage, stampMessage, toBase64url } from './stamp_text.js';

const SECRET_BYTES = 32;
/** Half of what the server's window forgives: a stamp that was made ahead is made again by then. */
const AHEAD = 512;

/** A page key as this page holds it. Opaque outside of this file. */
export interface HeldKey {
  readonly id: string;
  readonly crypto: CryptoKey;
  counter: number;
  step: number;
  /** MACs that were made ahead: a page that is left has no time to sign. */
  release: string;
  suspend: string;
}

/** A stamp that was made ahead, for a call that leaves no time to make one. */
export interface StampAhead {
  readonly key: HeldKey;
  readonly counter: number;
  value: string | null;
}

/** Whose calls are stamped, and how. */
export interface StampedCall {
  readonly caller: string;
  readonly method: string;
  readonly target: string;
}

const ignore = (): void => {};

/**
 * Tokens that were taken out of a document and not traded yet. They belong to the page, not to the host that
 * happened to be created first: a second one (an initialiser that StrictMode runs twice) must not find the
 * page without, when it is the one that is started.
 */
const untraded = new WeakMap<Document, string>();

function findBootToken(document: Document | null): string | null {
  const meta = document?.querySelector?.<HTMLMetaElement>('meta[name="portcullis-boot"]') ?? null;
  meta?.remove();
  const token = meta?.content ?? '';
  if (document !== null && canSign && /^[\w-]+$/.test(token)) untraded.set(document, token);
  return bootTokenOf(document);
}

function bootTokenOf(document: Document | null): string | null {
  return document === null ? null : (untraded.get(document) ?? null);
}

/**
 * What makes this page's calls its own. The document's boot token is taken out of it when the host is
 * created, traded once for a key when somebody is signed in, and the key stays in here: it cannot be
 * read again, and no stamp passes through anything that a plugin could have replaced (`primitives.ts`
 * says how). A page without a token stamps nothing. With the page key comes the channel key: the same
 * for all pages of the session, for what their tabs tell each other (`tab_channel.ts`).
 *
 * A key ends with its session, and with the server. Then only the document, loaded again, has another
 * token: `onStale(true)`.
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

  constructor(env: HostEnvironment, csrfToken: () => string | null, onStale: (stale: boolean) => void) {
    this.#env = env;
    this.#csrfToken = csrfToken;
    this.#onStale = onStale;
    this.#stamps = findBootToken(env.document) !== null;
  }

  get #boot(): string | null {
    return this.#stamps ? bootTokenOf(this.#env.document) : null;
  }

  /** The token was traded, or will be taken by nobody any more. */
  #forgetBoot(): void {
    if (this.#env.document !== null) untraded.delete(this.#env.document);
  }

  /** Somebody else is signed in, or nobody. A key belongs to one session. */
  enter(signedIn: boolean): void {
    this.#turn += 1;
    this.#key = null;
    this.#channel = null;
    this.#work = null;
    this.#onStale(signedIn && this.#stamps && this.#boot === null);
  }

  /** The host is done with it. A token that it has not traded is left to another host of this page. */
  close(): void {
    this.hide(false);
    this.#key = null;
    this.#channel = null;
  }

  /** Gives the channel key, null where there is none. Trades for it where that has not happened yet. */
  channel(use: (key: CryptoKey | null) => void): void {
    if (this.#boot !== null && this.#csrfToken() !== null) this.#begin(this.#trade);
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
    if (this.#boot !== null && this.#csrfToken() !== null) this.#begin(this.#trade);
    const turn = this.#turn;
    const worked = (): void => {
      if (this.#failure !== null && turn === this.#turn) failed(this.#failure);
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
    if (used !== this.#key) return this.#key !== null;
    if (caller === HOST_CALLER) this.#lost();
    // It may be over for this plugin alone, which was quarantined.
    else await this.renew();
    return this.#key !== null;
  }

  /** Exchanges the key for a new one; stamps wait for it. */
  async renew(): Promise<void> {
    if (this.#key !== null) await this.#begin(this.#renew);
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
    this.#obtain('/api/plugins/page-key', body, {}, done, failed);
  };

  readonly #renew = (done: () => void, failed: Failed): void => {
    const target = '/api/plugins/page-key/renew';
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
      else if (status >= 500) failed(new NetworkError(`${target} was answered ${status}`));
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
          this.#forgetBoot();
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
    const sign = (change: PageChange, use: (mac: string) => void): void =>
      settle(signHmac(key.crypto, pageMessage(key.id, change, key.step)), (mac) => use(textOf(mac)), ignore);
    sign('release', (mac) => {
      key.release = mac;
    });
    sign('suspend', (mac) => {
      key.suspend = mac;
    });
  }

  #say(key: HeldKey, change: PageChange, mac: string): Promise<Response> {
    const body = `{"key_id":"${key.id}","change":"${change}","step":${key.step},"mac":"${mac}"}`;
    return this.#post('/api/plugins/page-key/state', body, {});
  }

  /** The page is left; `sleeps`: into the back/forward cache. */
  hide(sleeps: boolean): void {
    const key = this.#key;
    const mac = sleeps ? key?.suspend : key?.release;
    if (key !== null && mac) settle(this.#say(key, sleeps ? 'suspend' : 'release', mac), ignore, ignore);
  }

  /** The page is back out of the back/forward cache. */
  wake(): void {
    const key = this.#key;
    if (key === null) return;
    const resume = (done: () => void, failed: Failed): void => {
      key.step += 1;
      const answered = (response: Response): void => {
        const status = statusOf(response);
        if (status === 401 || status === 403) this.#lost();
        key.step += 1;
        this.#signAhead(key);
        done();
      };
      const signed = (mac: ArrayBuffer): void => settle(this.#say(key, 'resume', textOf(mac)), answered, failed);
      settle(signHmac(key.crypto, pageMessage(key.id, 'resume', key.step)), signed, failed);
    };
    void this.#begin(resume);
  }

  #lost(): void {
    this.#forgetBoot();
    this.#key = null;
    this.#onStale(true);
  }
}

type Failed = (error: unknown) => void;

function textOf(mac: ArrayBuffer): string {
  return toBase64url(new primitives.Uint8Array(mac), SECRET_BYTES);
}

function makeStamp(
  key: HeldKey,
  { caller, method, target }: StampedCall,
  use: (value: string) => void,
  failed: Failed,
) {
  const counter = ++key.counter;
  const signed = (mac: ArrayBuffer): void => use(`v1.${key.id}.${counter}.${textOf(mac)}`);
  settle(signHmac(key.crypto, stampMessage(key.id, caller, method, target, counter)), signed, failed);
}
