import { NetworkError, TargetError } from './errors.js';
import type { HostEnvironment } from './host_types.js';
import { primitives } from './primitives.js';
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
  readonly keepalive?: boolean;
  /** The plugin that calls; absent: the host itself. */
  readonly pluginId?: string;
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
 * The one place where calls leave the page: fixes credentials, mode and redirects, stamps the
 * plugin's id and the CSRF token. Does not judge. Answers are given as they are, error statuses too;
 * rejects with a `NetworkError`, a `TargetError` (the answer wanted to lead elsewhere), or the
 * caller's abort reason.
 */
export class Transport {
  readonly #env: HostEnvironment;
  readonly #session: TransportSession;

  constructor(env: HostEnvironment, session: TransportSession) {
    this.#env = env;
    this.#session = session;
  }

  async send(call: Call): Promise<Response> {
    const response = await this.#once(call);
    if (response.status === 401) this.#session.onUnauthorized();
    if (response.status !== 403 || this.#session.csrfToken === null || !repeatable(call)) return response;
    // Another tab may have logged in again, which changes the token: ask for it once and repeat.
    const problem = await readProblem(response.clone());
    if (problem?.code !== 'CSRF_TOKEN' || !(await this.#session.renewToken())) return response;
    await response.body?.cancel();
    return this.#once(call);
  }

  async #once(call: Call): Promise<Response> {
    const method = call.method ?? 'GET';
    const headers = new primitives.Headers(call.headers);
    for (const name of OWNED) headers.delete(name);
    if (call.pluginId !== undefined) headers.set('x-plugin-id', call.pluginId);
    if (!SAFE.has(method) && this.#session.csrfToken !== null) {
      headers.set('x-csrf-token', this.#session.csrfToken);
    }
    const url = assertExact(call.target, this.#env.origin);
    const init: RequestInit = {
      method,
      headers,
      credentials: 'same-origin',
      mode: 'same-origin',
      // Not 'follow': what a redirect leads to was not judged. Not 'error': that cannot be told from
      // a network failure.
      redirect: 'manual',
    };
    if (call.body !== undefined && call.body !== null) init.body = call.body;
    if (call.signal) init.signal = call.signal;
    if (call.cache !== undefined) init.cache = call.cache;
    if (call.keepalive) init.keepalive = true;
    let response: Response;
    try {
      response = await this.#env.fetch(url, init);
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
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400 && status !== 304;
}

function repeatable(call: Call): boolean {
  if (SAFE.has(call.method ?? 'GET')) return false;
  return !(call.body instanceof ReadableStream);
}
