import type { Host, ProblemDetails } from 'portcullis';

/**
 * An error response of the server. `problem` is its problem document; `requestId` identifies it in the server's log.
 */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly status: number;
  readonly problem: ProblemDetails | null;
  readonly requestId: string | null;

  constructor(status: number, problem: ProblemDetails | null, requestId: string | null) {
    super(problem?.explain ?? problem?.detail ?? problem?.title ?? `The server responded with ${status}.`);
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

/** A JSON call of the host itself. Throws a `CallError` if the status is not 2xx. */
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
