import { HttpError, type ProblemDetails } from './errors.js';
import { primitives } from './primitives.js';

/** Whether a parsed JSON value is an object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The string value of a field, or the fallback. Wire data is never trusted to have a shape. */
export function textOf(value: unknown, fallback = ''): string {
  return typeof value === 'string' ? value : fallback;
}

/** The string entries of a list; empty if the value is not a list. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

/** Whether a Content-Type is `text/event-stream`, with any parameters. */
export const isEventStream = (type: string): boolean => /^\s*text\/event-stream\s*(;|$)/i.test(type);

/** Whether an error status is temporary, so that a retry may succeed. Any other status is final. */
export const isPassing = (status: number): boolean => status >= 500 || [408, 425, 429].includes(status);

/** Parses JSON; null if it is invalid. For bodies from an untrusted sender. */
export function parseJson(text: string): unknown {
  try {
    return primitives.parse(text);
  } catch {
    return null;
  }
}

/** The response's problem document (RFC 9457); null if it has none. Reads the body only if its type is JSON. */
export async function readProblem(response: Response): Promise<ProblemDetails | null> {
  const type = response.headers.get('content-type') ?? '';
  if (!/^application\/(problem\+)?json\b/i.test(type)) return null;
  try {
    const body = parseJson(await response.text());
    return isRecord(body) ? body : null;
  } catch {
    return null;
  }
}

/** The error for a response with an error status. */
export async function httpError(response: Response): Promise<HttpError> {
  return new HttpError(response, await readProblem(response));
}
