import { NetworkError, TargetError } from './errors.js';
import type { HostEnvironment } from './host_types.js';
import type { HeldKey, PageKey, StampAhead } from './page_key.js';
import { eachHeader, primitives, settle } from './primitives.js';
import { HOST_CALLER } from './stamp_text.js';
import { assertExact } from './target.js';
import { readProblem } from './wire.js';

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
  /** A call was answered 401: finds out whether the session is gone. */
  onUnauthorized(): void;
  /** A call was answered CSRF_TOKEN: fetches the session's token again; whether it is another one. */
  renewToken(): Promise<boolean>;
}

/**
 * The one place where calls leave the page: fixes credentials, mode and redirects, says whose they are
 * and stamps that, adds the CSRF token. Does not judge. Answers are given as they are, error statuses too;
 * rejects with a `NetworkError`, a `TargetError` (the answer wanted to lead elsewhere), or the
 * caller's abort reason.
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

  async send(call: Call): Promise<Response> {
    let used: HeldKey | null = null;
    const response = await this.#once(call, (key) => {
      used = key;
    });
    if (response.status === 401) this.#session.onUnauthorized();
    if (response.status !== 403 || this.#session.csrfToken === null || call.body instanceof ReadableStream) {
      return response;
    }
    const problem = await readProblem(response.clone());
    if (!(await this.#mend(call, problem?.code, used))) return response;
    await response.body?.cancel();
    return this.#once(call);
  }

  /** Makes a stamp for a call that will leave no time for it. */
  ahead(call: Call): StampAhead | null {
    return this.#pageKey?.ahead(stamped(call)) ?? null;
  }

  /** Once for each: a header that is left out without a word costs its author an hour. */
  #sayDropped(pluginId: string, name: string): void {
    if (this.#dropped.has(pluginId + name)) return;
    this.#dropped.add(pluginId + name);
    this.#env.console.warn(`[plugin:${pluginId}] the header ${name} is the host's: it was left out`);
  }

  async #mend(call: Call, code: string | undefined, used: HeldKey | null): Promise<boolean> {
    const { caller, method } = stamped(call);
    // Another tab may have logged in again, which changes the token: ask for it once and repeat.
    if (code === 'CSRF_TOKEN') return !SAFE.has(method) && this.#session.renewToken();
    return this.#pageKey?.mend(code, used, caller, SAFE.has(method)) ?? false;
  }

  async #once(call: Call, sent: (key: HeldKey | null) => void = () => {}): Promise<Response> {
    const { method } = stamped(call);
    const url = assertExact(call.target, this.#env.origin);
    let response: Response;
    try {
      response = await this.#fetch(url, method, call, sent);
    } catch (cause) {
      if (call.signal?.aborted) throw call.signal.reason;
      throw new NetworkError(`${method} ${call.target} did not reach the server`, { cause });
    }
    if (response.type === 'opaqueredirect' || isRedirect(response.status)) {
      await response.body?.cancel();
      throw new TargetError(`${method} ${call.target} was answered with a redirect, which is not followed`);
    }
    return response;
  }

  #fetch(url: string, method: string, call: Call, sent: (key: HeldKey | null) => void): Promise<Response> {
    // Neither a Headers nor an object with a prototype: fetch would ask an iterator or a getter that
    // a plugin may have planted, and show it the stamp.
    const headers: Record<string, string | null> = { __proto__: null };
    eachHeader(new primitives.Headers(call.headers), (value, name) => {
      headers[name] = value;
    });
    for (const name of OWNED) {
      if (call.pluginId !== undefined && name in headers) this.#sayDropped(call.pluginId, name);
      delete headers[name];
    }
    if (call.pluginId !== undefined) headers['x-plugin-id'] = call.pluginId;
    const { csrfToken } = this.#session;
    if (!SAFE.has(method) && csrfToken !== null) headers['x-csrf-token'] = csrfToken;
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
        if (stamp !== null) headers['x-plugin-stamp'] = stamp;
        sent(key);
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
