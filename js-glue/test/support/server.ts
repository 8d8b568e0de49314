/** An in-memory server that answers one host's requests and records them. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string | null;
  readonly init: RequestInit;
}

type Answer = Response | null | Promise<Response | null>;
type Handler = (request: Seen) => Answer;

export const ORIGIN = 'https://host.test';

export const SESSION = {
  user: 'viewer',
  name: 'Vera Viewer',
  tenant: 'localhost',
  roles: ['viewer'],
  csrf_token: 'csrf-1',
  subject: { type: 'account', id: 'auth:account:lab:viewer' },
  experience_version: '1.4.0',
};

export const SRI = `sha256-${Buffer.alloc(32, 7).toString('base64')}`;

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  const type = status >= 400 ? 'application/problem+json' : 'application/json';
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': type, ...headers } });
}

export function manifest(id: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id,
    version: '1.0.0',
    engine: { experience: '>=1.0.0' },
    contributions: {
      routes: [{ path: `/${id}`, component: 'Page' }],
      widgets: [{ slot: 'dashboard.main', component: 'Widget' }],
    },
    permissions: {
      api: [
        { method: 'GET', path: '/api/sales/*' },
        { method: 'POST', path: '/api/sales/orders' },
      ],
      sse: ['/events/orders'],
    },
    bundle: { url: `/api/plugins/bundle?entry=${id}&id=${id}&v=00`, integrity: SRI },
    ...more,
  };
}

/** An event stream that a test writes to. */
export class FakeStream {
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  cancelled = false;
  readonly response: Response;

  constructor(signal?: AbortSignal | null) {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.cancelled = true;
      },
    });
    signal?.addEventListener('abort', () => {
      this.cancelled = true;
      try {
        this.#controller.error(signal.reason);
      } catch {}
    });
    this.response = new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } });
  }

  send(text: string): void {
    this.#controller.enqueue(new TextEncoder().encode(text));
  }

  event(type: string, data: unknown): void {
    this.send(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  end(): void {
    this.#controller.close();
  }
}

export class FakeServer {
  readonly seen: Seen[] = [];
  signedIn = true;
  manifests: Record<string, unknown>[] = [];
  /** Contributions that the policy denies, as `type id`. */
  readonly denied = new Set<string>();
  pdp: 'up' | 'down' | 'garbage' = 'up';
  events: FakeStream[] = [];
  /** Handlers that are tried first. */
  readonly handlers: Handler[] = [];

  readonly fetch = (async (input: RequestInfo | URL, init: RequestInit = {}) => {
    const url = new URL(String(input));
    const request: Seen = {
      method: init.method ?? 'GET',
      path: url.href.slice(url.origin.length),
      headers: new Headers(init.headers),
      body: typeof init.body === 'string' ? init.body : null,
      init,
    };
    this.seen.push(request);
    if (init.signal?.aborted) throw init.signal.reason;
    const aborted = new Promise<never>((_, reject) => {
      init.signal?.addEventListener('abort', () => reject(init.signal?.reason));
    });
    aborted.catch(() => {});
    return Promise.race([this.#answer(request), aborted]);
  }) as typeof fetch;

  requests(path: string): readonly Seen[] {
    return this.seen.filter((request) => request.path.split('?')[0] === path);
  }

  async #answer(request: Seen): Promise<Response> {
    for (const handler of this.handlers) {
      const answer = await handler(request);
      if (answer !== null) return answer;
    }
    const path = request.path.split('?')[0];
    if (path === '/auth/login') {
      if (JSON.parse(request.body ?? '{}').password !== 'viewer') return json({ code: 'LOGIN_FAILED' }, 401);
      this.signedIn = true;
      return json(SESSION);
    }
    if (!this.signedIn) return json({ code: 'SESSION_REQUIRED', status: 401 }, 401);
    switch (path) {
      case '/auth/session':
        return json(SESSION);
      case '/auth/logout':
        this.signedIn = false;
        return new Response(null, { status: 204 });
      case '/api/plugins/manifests': {
        const etag = `"${this.manifests.map((entry) => `${entry.id}${entry.version}`).join()}"`;
        if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304 });
        return json(this.manifests, 200, { etag });
      }
      case '/access/v1/evaluations': {
        if (this.pdp === 'down') return json({ code: 'PDP_UNAVAILABLE' }, 502);
        if (this.pdp === 'garbage') return json({ maybe: true });
        const { evaluations } = JSON.parse(request.body ?? '') as {
          evaluations: { resource: { type: string; id: string } }[];
        };
        return json({
          evaluations: evaluations.map(({ resource }) => ({
            decision: !this.denied.has(`${resource.type} ${resource.id}`),
          })),
        });
      }
      case '/api/plugins/events': {
        const stream = new FakeStream(request.init.signal);
        this.events.push(stream);
        return stream.response;
      }
      case '/api/configs/ui':
        return json({ name: 'Neon Flux', tokens: { 'color.accent': '#7c5cff' }, dark: {}, light: {} });
      default:
        return json({ code: 'ROUTE_NOT_FOUND' }, 404);
    }
  }
}
