import { DeniedError, type Host, HttpError, isPortcullisError, StreamError } from 'portcullis';
import type { Attempt } from './attempt.ts';

/** The result of one call. */
export interface Answer {
  readonly title: string;
  readonly tone: 'ok' | 'bad' | 'warn';
  readonly code: string | null;
  readonly facts: readonly (readonly [string, string])[];
  readonly body: string | null;
}

const VERDICT_HEADERS = [
  'x-request-id',
  'x-allowlist-violation',
  'x-stamp-violation',
  'x-plugin-quarantined',
  'retry-after',
];
const SHOWN_BYTES = 1_200;
const STREAM_WAIT_MS = 4_000;

const bodyless = (method: string): boolean => method === 'GET' || method === 'HEAD';

function failure(error: unknown): Answer {
  const code = isPortcullisError(error) ? error.code : null;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof DeniedError) {
    return {
      title: 'Denied by the SDK: nothing was sent',
      tone: 'bad',
      code,
      facts: [['Bytes sent', '0']],
      body: error.explain,
    };
  }
  return { title: 'The call failed', tone: 'bad', code, facts: [], body: message };
}

async function shown(response: Response): Promise<string> {
  const text = await response.text();
  try {
    return JSON.stringify(JSON.parse(text), null, 2).slice(0, SHOWN_BYTES);
  } catch {
    return text.slice(0, SHOWN_BYTES);
  }
}

function describe(response: Response, body: string): Answer {
  const code = /"code": "([A-Z_]+)"/.exec(body)?.[1] ?? null;
  const headers = VERDICT_HEADERS.flatMap((name) => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return {
    title: response.ok ? `The server responded with ${response.status}` : `The server refused with ${response.status}`,
    tone: response.ok ? 'ok' : 'bad',
    code,
    facts: [['Status', String(response.status)], ...headers],
    body: body === '' ? null : body,
  };
}

/** Sends the call as the plugin itself would: through its sdk. */
export async function sendAsPlugin(host: Host, pluginId: string, attempt: Attempt): Promise<Answer> {
  try {
    const { sdk } = await host.load(pluginId);
    if (attempt.kind === 'stream') return await firstEvent(sdk.sse.subscribe, attempt.path);
    const response = await sdk.api.fetch(attempt.path, {
      method: attempt.method,
      ...(bodyless(attempt.method)
        ? {}
        : { headers: { 'Content-Type': 'application/json' }, body: '{"from":"the permissions page"}' }),
    });
    return describe(response, await shown(response));
  } catch (error) {
    if (error instanceof HttpError) {
      return describe(error.response, error.problem === null ? '' : JSON.stringify(error.problem, null, 2));
    }
    return failure(error);
  }
}

type Subscribe = Awaited<ReturnType<Host['load']>>['sdk']['sse']['subscribe'];

function firstEvent(subscribe: Subscribe, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let end = (): void => {};
    const timer = setTimeout(
      () => finish({ title: 'The stream is open; no event yet', tone: 'warn', code: null, facts: [], body: null }),
      STREAM_WAIT_MS,
    );
    const finish = (answer: Answer | Error): void => {
      clearTimeout(timer);
      end();
      if (answer instanceof Error) reject(answer);
      else resolve(answer);
    };
    end = subscribe(
      path,
      (event) =>
        finish({
          title: 'The stream is open; first event',
          tone: 'ok',
          code: null,
          facts: [
            ['Event', event.type],
            ['Id', event.lastEventId],
          ],
          body: event.data,
        }),
      {
        onState: (state, error) => {
          if (state === 'closed') finish(error ?? new StreamError('SDK_STREAM_FAILED', 'The stream was closed.'));
        },
      },
    );
  });
}

/**
 * Sends the call without the SDK, as hostile code in this page could: with only a plugin's name and without a stamp,
 * which only the SDK can make. The browser resolves dot segments before it sends. The server judges the call
 * independently of the page.
 */
export async function sendRaw(pluginId: string | null, attempt: Attempt): Promise<Answer> {
  try {
    const headers = new Headers();
    if (pluginId !== null) headers.set('X-Plugin-Id', pluginId);
    const method = attempt.kind === 'stream' ? 'GET' : attempt.method;
    if (!bodyless(method)) {
      headers.set('Content-Type', 'application/json');
      headers.set('X-CSRF-Token', await csrfToken());
    }
    const stop = new AbortController();
    const response = await fetch(attempt.path, {
      method,
      headers,
      signal: stop.signal,
      ...(bodyless(method) ? {} : { body: '{"from":"the permissions page"}' }),
    });
    if (response.headers.get('content-type')?.startsWith('text/event-stream') === true) {
      stop.abort();
      return describe(response, '');
    }
    return describe(response, await shown(response));
  } catch (error) {
    return failure(error);
  }
}

/** Any script of this origin can read the token: it protects against other sites, not against this page. */
async function csrfToken(): Promise<string> {
  const session: unknown = await (await fetch('/auth/session')).json();
  return String((session as { csrf_token?: unknown }).csrf_token ?? '');
}
