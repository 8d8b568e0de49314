import type { PluginRequestInit } from './plugin/types.js';

/** The input and options of a plugin's call, each read once. */
export interface ReadRequest {
  readonly address: string | URL;
  readonly method: string;
  readonly headers: HeadersInit | undefined;
  readonly body: BodyInit | null | undefined;
  readonly signal: AbortSignal | null | undefined;
  readonly cache: RequestCache | undefined;
  readonly more: Record<string, unknown>;
}

/** The accepted values of an option, and what to write instead. `true`: passed to the browser's fetch. */
type Rule = true | { readonly only: readonly unknown[]; readonly write: string };

const RULES: Readonly<Record<string, Rule>> = {
  keepalive: true,
  integrity: true,
  priority: true,
  credentials: {
    only: ['same-origin', 'include'],
    write:
      "the session's cookie identifies the caller: leave it out, or write 'same-origin' (axios: withCredentials: true)",
  },
  mode: { only: ['same-origin', 'cors'], write: 'calls go to this origin and their responses are read: leave it out' },
  redirect: {
    only: ['error'],
    write: "redirects are not followed, because their target has not been judged: leave it out, or write 'error'",
  },
  referrer: { only: ['', 'about:client'], write: "the page's policy sets it: leave it out" },
  referrerPolicy: { only: ['', 'same-origin'], write: "the page's policy sets it: leave it out" },
  duplex: { only: ['half'], write: "a stream is buffered before it is sent: write 'half'" },
  window: { only: [null], write: 'leave it out' },
  // Options of other clients: fetch would ignore them silently.
  timeout: { only: [], write: 'write signal: AbortSignal.timeout(milliseconds)' },
  params: { only: [], write: 'add them to the address with new URLSearchParams(...)' },
  query: { only: [], write: 'add it to the address with new URLSearchParams(...)' },
  data: { only: [], write: 'write body: JSON.stringify(...) and the content-type' },
  json: { only: [], write: 'write body: JSON.stringify(...) and the content-type' },
};

const isRequest = (input: string | URL | Request): input is Request => (input as Request).headers !== undefined;

/**
 * Reads input and init as the Fetch standard does: options in `init` override those of the Request. Throws a
 * `TypeError` for an option that can be neither honoured nor ignored; the message says what to write instead.
 */
export function readRequest(
  input: string | URL | Request,
  init: { [K in keyof PluginRequestInit]: PluginRequestInit[K] | undefined },
): ReadRequest {
  const request = isRequest(input) ? input : null;
  const { method, headers, body, signal, cache, ...rest } = init;
  const more: Record<string, unknown> = {};
  // A Request has every option, most with default values: only those that differ from a default are passed on.
  if (request?.keepalive) more.keepalive = true;
  if (request?.integrity) more.integrity = request.integrity;
  if (request?.mode === 'no-cors') refuse('mode', 'no-cors');
  if (request?.credentials === 'omit') refuse('credentials', 'omit');
  for (const [name, value] of Object.entries(rest)) {
    const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
    if (rule === undefined || value === undefined) continue;
    if (rule === true) more[name] = value;
    else if (!rule.only.includes(value)) refuse(name, value);
  }
  const read = {
    address: isRequest(input) ? input.url : input,
    method: method ?? request?.method ?? 'GET',
    headers: headers ?? request?.headers,
    body: body ?? (request !== null && hasBody(request) ? request.body : undefined),
    signal: signal === undefined ? request?.signal : signal,
    cache: cache ?? request?.cache,
    more,
  };
  if (/^(get|head)$/i.test(read.method) && read.body) {
    throw new TypeError(
      `a ${read.method} request cannot have a body: put the data into the address, or use another method`,
    );
  }
  return read;
}

// Firefox before 134 has no Request.body; there, any method other than GET and HEAD may have a body.
function hasBody(request: Request): boolean {
  return request.body === undefined ? !/^(get|head)$/i.test(request.method) : request.body !== null;
}

/**
 * Returns the body in a form that fetch can send, and send again, over any version of HTTP: a stream is buffered,
 * because over HTTP/1.1 browsers send none. A Request whose body was read rejects with the browser's `TypeError`.
 */
export async function wholeBody(
  input: string | URL | Request,
  body: BodyInit | null | undefined,
): Promise<BodyInit | null | undefined> {
  if (
    isRequest(input) &&
    typeof input.blob === 'function' &&
    hasBody(input) &&
    (body === undefined || body === input.body)
  ) {
    const blob = await input.blob();
    return blob.size === 0 && input.body === undefined ? undefined : blob;
  }
  return body instanceof ReadableStream ? new Response(body).blob() : body;
}

function refuse(name: string, value: unknown): never {
  const rule = RULES[name] as Exclude<Rule, true>;
  throw new TypeError(`${name}: ${JSON.stringify(value)} cannot be honoured; ${rule.write}`);
}
