import type { Host, ProblemDetails } from 'portcullis';

/** The server said no; `problem` is its problem+json, `requestId` finds it in the server's log. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly status: number;
  readonly problem: ProblemDetails | null;
  readonly requestId: string | null;

  constructor(status: number, problem: ProblemDetails | null, requestId: string | null) {
    super(problem?.explain ?? problem?.detail ?? problem?.title ?? `The server answered ${status}.`);
    this.status = status;
    this.problem = problem;
    this.requestId = requestId;
  }
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

/** The host's own JSON call; what is not 2xx is thrown as a `CallError`. */
export async function call<T>(host: Host, path: string, init?: RequestInit): Promise<T> {
  const response = await host.fetch(path, init);
  const body = await jsonOf(response);
  if (!response.ok) {
    throw new CallError(response.status, body as ProblemDetails | null, response.headers.get('x-request-id'));
  }
  return body as T;
}

export function post<T>(host: Host, path: string, body?: unknown): Promise<T> {
  return call<T>(host, path, {
    method: 'POST',
    ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  });
}
