import { NetworkError, SessionError, TargetError } from './errors.js';
import type { HeldKey, StampAhead } from './held_key.js';
import type { HostEnvironment } from './host_types.js';
import type { PageKey } from './page_key.js';
import { eachHeader, primitives, settle } from './primitives.js';
import { type Refusal, refusalOf } from './refusal.js';
import { HOST_CALLER } from './stamp_text.js';
import { assertExact } from './target.js';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

// Set by the host alone. A caller's value is dropped, never merged: Headers.append would join them.
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

/** One call whose target the core has made canonical, and judged where it is a plugin's. */
export interface Call {
  readonly target: string;
  readonly method?: string;
  readonly headers?: HeadersInit | undefined;
  readonly body?: BodyInit | null | undefined;
  readonly signal?: AbortSignal | null | undefined;
  readonly cache?: RequestCache | undefined;
  readonly keepalive?: boolean | undefined;
  /** Further options of fetch that the caller may set. */
  readonly more?: object | undefined;
  /** The plugin that calls; absent: the host itself. */
  readonly pluginId?: string;
  /** A stamp for this call, where there is no time to wait for one. */
  readonly ahead?: StampAhead | null;
}

/** What the transport has to ask about the session. */
export interface TransportSession {
  readonly csrfToken: string | null;
  /** Who is signed in, as far as this page knows: the same text for the same person. Null: nobody. */
  readonly person: string | null;
  /** A call was answered 401: finds out whether the session is gone. */
  onUnauthorized(): void;
  /**
   * A call that showed the `refused` token was answered CSRF_TOKEN: asks who is signed in now. Whether there
   * is another token since. Rejects when the server gives no verdict.
   */
  renewToken(refused: string | null): Promise<boolean>;
}

/** One sending of a call: what it showed. */
interface Sent {
  key: HeldKey | null;
  token: string | null;
}

/**
 * The one place where calls leave the page: fixes credentials, mode and redirects, says whose they are
 * and stamps that, adds the CSRF token. Does not judge. Answers are given as they are, error statuses too;
 * rejects with a `NetworkError`, a `TargetError` (the answer wanted to lead elsewhere), a `SessionError`
 * (somebody else is signed in), or the caller's abort reason.
 *
 * A call belongs to the person who was signed in when it was made. It shows that session's token, whatever
 * its method, so that the server refuses it in any other; and it is never sent, or sent again, once this
 * page knows of another person.
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

  /** Who is signed in, as far as this page knows. */
  get person(): string | null {
    return this.#session.person;
  }

  async send(call: Call): Promise<Response> {
    const { person } = this.#session;
    const { method } = stamped(call);
    const sent: Sent = { key: null, token: null };
    const response = await this.#once(call, person, sent);
    this.#tellDropped(call.pluginId, response.headers.get('x-portcullis-dropped'), false);
    if (response.status === 401) this.#session.onUnauthorized();
    if (person === null) return response;
    const refusal = await refusalOf(response, method);
    if (refusal === null) return response;
    const again = await this.#mend(call, refusal, sent);
    this.#assertStill(person, call);
    if (refusal === 'STAMP_REPLAYED' && !again) throw await this.#lostAnswer(call, response);
    // A stream of bytes that was sent is gone.
    if (!again || call.body instanceof ReadableStream) return response;
    await response.body?.cancel();
    // A stamp that was made ahead is used up.
    const second = await this.#once({ ...call, ahead: null }, person, sent);
    if (second.status === 401) this.#session.onUnauthorized();
    if ((await refusalOf(second, method)) !== 'STAMP_REPLAYED') return second;
    throw await this.#lostAnswer(call, second);
  }

  /** Makes a stamp for a call that will leave no time for it. */
  ahead(call: Call): StampAhead | null {
    return this.#pageKey?.ahead(stamped(call)) ?? null;
  }

  /** Names headers that are left out, here (`own`) or at the server (X-Portcullis-Dropped), once for each. */
  #tellDropped(pluginId: string | undefined, names: string | null, own: boolean): void {
    if (pluginId === undefined || names === null) return;
    for (const name of names.split(', ')) {
      if (this.#dropped.has(pluginId + name)) continue;
      this.#dropped.add(pluginId + name);
      this.#env.console.warn(
        `[plugin:${pluginId}] the header ${name} ${own ? "is the host's: it was left out" : 'did not reach the upstream: its route names such in forward_headers'}`,
      );
    }
  }

  /** Whether the call is worth sending again. */
  async #mend(call: Call, refusal: Refusal, { key, token }: Sent): Promise<boolean> {
    const { caller, method } = stamped(call);
    // Another tab may have signed in again, which changes the token: ask for it once.
    if (refusal === 'CSRF_TOKEN' || refusal === 'UNTOLD') return this.#session.renewToken(token);
    if (refusal === 'UNTOLD_STAMP') return key !== null;
    return this.#pageKey?.mend(refusal ?? undefined, key, caller, SAFE.has(method)) ?? false;
  }

  #assertStill(person: string | null, { method = 'GET', target }: Call): void {
    if (this.#session.person === person) return;
    const message = `${method} ${target} was asked in the session of another person, and is not sent in this one`;
    throw new SessionError('SDK_SESSION_CHANGED', message);
  }

  /**
   * The stamp was used before: the browser repeated the request by itself when its connection was reset, and
   * the answer to the first one is lost.
   */
  async #lostAnswer({ method = 'GET', target }: Call, response: Response): Promise<NetworkError> {
    await response.body?.cancel();
    const known = SAFE.has(method) ? '' : '; whether the server did it is not known';
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
      throw new TargetError(`${method} ${call.target} was answered with a redirect, which is not followed`);
    }
    return response;
  }

  #fetch(url: string, method: string, call: Call, person: string | null, sent: Sent): Promise<Response> {
    // Neither a Headers nor an object with a prototype: fetch would ask an iterator or a getter that
    // a plugin may have planted, and show it the stamp.
    const headers: Record<string, string | null> = { __proto__: null };
    eachHeader(new primitives.Headers(call.headers), (value, name) => {
      headers[name] = value;
    });
    for (const name of OWNED) {
      if (name in headers) this.#tellDropped(call.pluginId, name, true);
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
      // Not 'follow': what a redirect leads to was not judged. Not 'error': that cannot be told from
      // a network failure.
      redirect: 'manual',
    } as unknown as RequestInit;
    if (call.body !== undefined && call.body !== null) init.body = call.body;
    if (call.signal) init.signal = call.signal;
    if (call.cache !== undefined) init.cache = call.cache;
    if (call.keepalive) init.keepalive = true;
    const pageKey = call.target.startsWith('/auth/') ? null : this.#pageKey;
    return new primitives.Promise((resolve, reject) => {
      const send = (stamp: string | null, key: HeldKey | null): void => {
        // It may have waited for its stamp.
        this.#assertStill(person, call);
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
