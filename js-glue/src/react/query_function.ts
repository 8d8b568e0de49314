import { ContentError, HttpError, NetworkError, PortcullisError } from '../errors.js';
import type { PluginQueryOptions } from '../plugin/types.js';
import type { BridgedPlugin } from '../query_bridge.js';

const RETRIES = 3;

// A denial stays one however often it is asked again, and so does a text that is no JSON.
function worthRetrying(error: unknown): boolean {
  if (error instanceof HttpError) return error.status >= 500 || error.status === 429;
  if (error instanceof NetworkError) return true;
  return !(error instanceof PortcullisError || error instanceof SyntaxError);
}

/** Whether to ask once more; what the author said is the most that is tried. */
export function retryOf<T>({ retry }: PluginQueryOptions<T>): (failures: number, error: unknown) => boolean {
  const limit = typeof retry === 'number' ? retry : RETRIES;
  return (failures, error) => retry !== false && failures < limit && worthRetrying(error);
}

/** The query as TanStack Query asks it. Data is never `undefined`, which that refuses: an empty answer is `null`. */
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
  // 204 and 205 have no body (RFC 9110, 15.3.5 and 15.3.6), and many servers say "nothing" with an empty 200.
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch (cause) {
    const type = response.headers.get('content-type') ?? 'no type';
    const message = `the answer to ${path} is not JSON (${type}); give useQuery a function that reads it`;
    throw new ContentError(message, { cause });
  }
}
