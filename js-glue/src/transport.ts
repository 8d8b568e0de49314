import { NetworkError, SessionError, TargetError } from './errors.js';
import type { HostEnvironment } from './host_types.js';
import type { PageKey } from './page_key.js';
import { eachHeader, primitives, settle } from './primitives.js';
import { type Refusal, refusalOf } from './refusal.js';
import type { PrecomputedStamp, StampKey } from './stamp_key.js';
import { HOST_CALLER } from './stamp_text.js';
import { assertExact } from './target.js';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

// Only the host sets these. A caller's value is dropped, never merged, because Headers.append would join them.
const OWNED = [
  'x-plugin-id',
  'x-plugin-stamp',
  'x-csrf-token',
  'x-request-id',
  'cookie',
  'authorization',
  'origin',
  'host',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-url',
  'x-rewrite-url',
];

/** One call. Its target is canonical, and the core has judged it if a plugin makes it. */
export interface Call {
  readonly target: string;
  readonly method?: string;
  readonly headers?: HeadersInit | undefined;
  readonly body?: BodyInit | null | undefined;
  readonly signal?: AbortSignal | null | undefined;
  readonly cache?: RequestCache | undefined;
  readonly keepalive?: boolean | undefined;
  /** Further fetch options that the caller may set. */
  readonly more?: object | undefined;
  /** The plugin that calls; absent for the host itself. */
  readonly pluginId?: string;
  /** A precomputed stamp, for a call that cannot wait for one. */
  readonly ahead?: PrecomputedStamp | null;
}

/** What the transport needs to know about the session. */
export interface TransportSession {
  readonly csrfToken: string | null;
  /** Identifies the person who is signed in, as far as this page knows; null for nobody. */
  readonly person: string | null;
  /** A call was answered with 401: checks whether the session has ended. */
  onUnauthorized(): void;
  /**
   * A call with the token `refused` was answered with CSRF_TOKEN: asks the server who is signed in. Resolves with
   * whether there is another token now. Rejects if the server does not say.
   */
  renewToken(refused: string | null): Promise<boolean>;
}

/** The credentials that one attempt of a call was sent with. */
interface Sent {
  key: StampKey | null;
  token: string | null;
}

/**
 * The only place where calls leave the page. It fixes credentials, mode and redirects, adds the caller's identity,
 * its stamp and the CSRF token. It does not judge calls. Responses are returned as they are, error statuses included.
 * Rejects with a `NetworkError`, a `TargetError` (the response was a redirect), a `SessionError` (another person is
 * signed in), or the caller's abort reason.
 *
 * A call belongs to the person who was signed in when it was made. It carries that session's CSRF token whatever its
 * method, so that the server refuses it in any other session, and it is not sent, or sent again, once this page knows
 * that another person is signed in.
 */
export class Transport {
  readonly #env: HostEnvironment;
  readonly #session: TransportSession;
  readonly #pageKey: PageKey | null;
  readonly #dropped = new Set<string>();

  constructor(env: HostEnvironment, session: TransportSession, pageKey: PageKey | null = null) {
    this.#env = env;
    this.#session = session;
    this.#pageKey = pageKey;
  }

  /** Identifies the person who is signed in, as far as this page knows. */
  get person(): string | null {
    return this.#session.person;
  }

  async send(call: Call): Promise<Response> {
    const { person } = this.#session;
    const { method } = stamped(call);
    const sent: Sent = { key: null, token: null };
    const response = await this.#once(call, person, sent);
    this.#warnDropped(call.pluginId, response.headers.get('x-portcullis-dropped'), false);
    if (response.status === 401) this.#session.onUnauthorized();
    if (person === null) return response;
    const refusal = await refusalOf(response, method);
    if (refusal === null) return response;
    const again = await this.#recover(call, refusal, sent);
    this.#assertSamePerson(person, call);
    if (refusal === 'STAMP_REPLAYED' && !again) throw await this.#lostResponse(call, response);
    // A stream body that was sent cannot be sent again.
    if (!again || call.body instanceof ReadableStream) return response;
    await response.body?.cancel();
    // A precomputed stamp is valid once.
    const second = await this.#once({ ...call, ahead: null }, person, sent);
    if (second.status === 401) this.#session.onUnauthorized();
    if ((await refusalOf(second, method)) !== 'STAMP_REPLAYED') return second;
    throw await this.#lostResponse(call, second);
  }

  /** Starts to make a stamp for a later call that cannot wait for one. Null if calls are not stamped. */
  precompute(call: Call): PrecomputedStamp | null {
    return this.#pageKey?.precompute(stamped(call)) ?? null;
  }

  /** Warns once about each header that was dropped, here (`own`) or by the server (X-Portcullis-Dropped). */
  #warnDropped(pluginId: string | undefined, names: string | null, own: boolean): void {
    if (pluginId === undefined || names === null) return;
    for (const name of names.split(', ')) {
      if (this.#dropped.has(pluginId + name)) continue;
      this.#dropped.add(pluginId + name);
      this.#env.console.warn(
        `[plugin:${pluginId}] the header ${name} ${own ? 'is set by the host only and was dropped' : "was not forwarded to the upstream: the route's forward_headers does not list it"}`,
      );
    }
  }

  /** Fixes the cause of a refusal if possible. Resolves with whether to send the call again. */
  async #recover(call: Call, refusal: Refusal, { key, token }: Sent): Promise<boolean> {
    const { caller, method } = stamped(call);
    // Another tab may have signed in again, which changes the token, so ask for it once.
    if (refusal === 'CSRF_TOKEN' || refusal === 'UNSPECIFIED') return this.#session.renewToken(token);
    if (refusal === 'UNSPECIFIED_STAMP') return key !== null;
    return this.#pageKey?.recover(refusal ?? undefined, key, caller, SAFE.has(method)) ?? false;
  }

  #assertSamePerson(person: string | null, { method = 'GET', target }: Call): void {
    if (this.#session.person === person) return;
    const message = `${method} ${target} was made in another person's session and is not sent in this one`;
    throw new SessionError('SDK_SESSION_CHANGED', message);
  }

  /**
   * The stamp had been used before: the browser repeated the request by itself when its connection was reset, and the response
   * to the first one is lost.
   */
  async #lostResponse({ method = 'GET', target }: Call, response: Response): Promise<NetworkError> {
    await response.body?.cancel();
    const known = SAFE.has(method) ? '' : '; the server may or may not have processed it';
    return new NetworkError(`the connection was lost before ${method} ${target} was answered${known}`);
  }

  async #once(call: Call, person: string | null, sent: Sent): Promise<Response> {
    const { method } = stamped(call);
    const url = assertExact(call.target, this.#env.origin);
    let response: Response;
    try {
      response = await this.#fetch(url, method, call, person, sent);
    } catch (cause) {
      if (call.signal?.aborted) throw call.signal.reason;
      if (cause instanceof SessionError) throw cause;
      throw new NetworkError(`${method} ${call.target} did not reach the server`, { cause });
    }
    if (response.type === 'opaqueredirect' || isRedirect(response.status)) {
      await response.body?.cancel();
      throw new TargetError(`${method} ${call.target} was answered with a redirect, which is never followed`);
    }
    return response;
  }

  #fetch(url: string, method: string, call: Call, person: string | null, sent: Sent): Promise<Response> {
    // Neither a Headers object nor an object with a prototype: fetch would call an iterator or getter that a plugin may have
    // planted, which would receive the stamp.
    const headers: Record<string, string | null> = { __proto__: null };
    eachHeader(new primitives.Headers(call.headers), (value, name) => {
      headers[name] = value;
    });
    for (const name of OWNED) {
      if (name in headers) this.#warnDropped(call.pluginId, name, true);
      delete headers[name];
    }
    if (call.pluginId !== undefined) headers['x-plugin-id'] = call.pluginId;
    const init = {
      __proto__: null,
      ...call.more,
      method,
      headers,
      credentials: 'same-origin',
      mode: 'same-origin',
      // Not 'follow', because the redirect's target has not been judged. Not 'error', because that cannot be distinguished
      // from a network failure.
      redirect: 'manual',
    } as unknown as RequestInit;
    if (call.body !== undefined && call.body !== null) init.body = call.body;
    if (call.signal) init.signal = call.signal;
    if (call.cache !== undefined) init.cache = call.cache;
    if (call.keepalive) init.keepalive = true;
    const pageKey = call.target.startsWith('/auth/') ? null : this.#pageKey;
    return new primitives.Promise((resolve, reject) => {
      const send = (stamp: string | null, key: StampKey | null): void => {
        // The person may have changed while the call waited for its stamp.
        this.#assertSamePerson(person, call);
        if (stamp !== null) headers['x-plugin-stamp'] = stamp;
        const token = this.#session.csrfToken;
        if (token !== null) headers['x-csrf-token'] = token;
        sent.key = key;
        sent.token = token;
        settle(this.#env.fetch(url, init), resolve, reject);
      };
      const { ahead } = call;
      if (pageKey === null) send(null, null);
      else if (ahead?.value && pageKey.isFresh(ahead)) send(ahead.value, ahead.key);
      else pageKey.stamp(stamped(call), send, reject);
    });
  }
}

function stamped({ pluginId, method = 'GET', target }: Call): { caller: string; method: string; target: string } {
  return { caller: pluginId ?? HOST_CALLER, method, target };
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400 && status !== 304;
}
