import { HttpError, type ProblemDetails } from './errors.js';
import { primitives } from './primitives.js';

/** Whether a parsed JSON value is an object with keys. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Text of a field, or the fallback: the wire is read as data, never trusted to have a shape. */
export function textOf(value: unknown, fallback = ''): string {
  return typeof value === 'string' ? value : fallback;
}

/** The texts among a list's entries. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

/** Whether a Content-Type is that of an event stream, with whatever parameters. */
export const isEventStream = (type: string): boolean => /^\s*text\/event-stream\s*(;|$)/i.test(type);

/** Whether what was refused may be answered in a moment. Everything else is an answer. */
export const isPassing = (status: number): boolean => status >= 500 || [408, 425, 429].includes(status);

/** JSON or null: for bodies whose sender may be anything. */
export function parseJson(text: string): unknown {
  try {
    return primitives.parse(text);
  } catch {
    return null;
  }
}

/** The answer's problem+json (RFC 9457); null when it has none. Reads the body only when it does. */
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

/** The error that an answer with an error status is. */
export async function httpError(response: Response): Promise<HttpError> {
  return new HttpError(response, await readProblem(response));
}
