import { ContentError, HttpError, NetworkError, PortcullisError } from '../errors.js';
import type { PluginQueryOptions } from '../plugin/types.js';
import type { BridgedPlugin } from '../query_bridge.js';

const RETRIES = 3;

// Retrying changes neither a denial nor a response that is not JSON.
function worthRetrying(error: unknown): boolean {
  if (error instanceof HttpError) return error.status >= 500 || error.status === 429;
  if (error instanceof NetworkError) return true;
  return !(error instanceof PortcullisError || error instanceof SyntaxError);
}

/** Returns TanStack Query's retry function. The author's `retry` option is the maximum. */
export function retryOf<T>({ retry }: PluginQueryOptions<T>): (failures: number, error: unknown) => boolean {
  const limit = typeof retry === 'number' ? retry : RETRIES;
  return (failures, error) => retry !== false && failures < limit && worthRetrying(error);
}

/**
 * Returns the query function for TanStack Query. That rejects `undefined` as data, so an empty response gives `null`.
 */
export function queryFunction<T>(
  plugin: BridgedPlugin,
  query: string | ((context: { signal: AbortSignal }) => Promise<T>),
): (context: { signal: AbortSignal }) => Promise<T> {
  return async ({ signal }) => {
    plugin.assertOpen();
    if (typeof query === 'function') return (await query({ signal })) ?? (null as T);
    return (await readJson(await plugin.fetch(query, { signal }), query)) as T;
  };
}

async function readJson(response: Response, path: string): Promise<unknown> {
  const text = await response.text();
  // 204 and 205 have no body (RFC 9110, 15.3.5 and 15.3.6), and many servers send an empty 200 for "nothing".
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch (cause) {
    const type = response.headers.get('content-type') ?? 'no type';
    const message = `the response to ${path} is not JSON (${type}); pass useQuery a function that reads it`;
    throw new ContentError(message, { cause });
  }
}
