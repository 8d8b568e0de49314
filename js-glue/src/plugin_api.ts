import type { Decision } from './decision.js';
import { DeniedError } from './errors.js';
import type { PluginRequestInit } from './plugin/types.js';
import type { PluginContext } from './plugin_context.js';
import type { ReadRequest } from './plugin_request.js';
import { rare } from './rare.js';
import type { PrecomputedStamp } from './stamp_key.js';
import { toTarget } from './target.js';
import type { Call } from './transport.js';
import { httpError } from './wire.js';

/** How many method and target pairs keep a precomputed stamp. */
const STAMPS_KEPT = 16;

/** The core's decision on a plugin's call, from the address as its author wrote it. */
export function explainCall(context: PluginContext, method: string, address: string | URL): Decision {
  return context.policy.decide(method.toUpperCase(), toTarget(address, context.env.origin));
}

/**
 * Returns the precomputed stamp for a call like this one and starts another for the next: in `pagehide` there is no
 * time to make one.
 */
function takePrecomputedStamp({ stamps, transport }: PluginContext, call: Call): PrecomputedStamp | null {
  const kind = `${call.method} ${call.target}`;
  const made = stamps.get(kind) ?? null;
  const next = transport.precompute(call);
  stamps.delete(kind);
  if (next !== null) stamps.set(kind, next);
  if (stamps.size > STAMPS_KEPT) stamps.delete(stamps.keys().next().value as string);
  return made;
}

/**
 * `sdk.api.fetch` without the status check: the core judges the call before anything is sent, and the request goes to
 * exactly the canonical target. Each option is read once, so a getter cannot return different values to the check and
 * to the request. Rare inputs (a `Request`, a stream, unusual options) are read by a chunk that is loaded on demand.
 */
export async function pluginFetch(
  context: PluginContext,
  input: string | URL | Request,
  init: PluginRequestInit | RequestInit = {},
): Promise<Response> {
  context.assertOpen();
  const { method: given, headers, body, signal, cache, keepalive, ...rest } = init as PluginRequestInit;
  let call: ReadRequest = {
    address: input as string | URL,
    method: String(given ?? 'GET'),
    headers,
    body,
    signal,
    cache,
    more: keepalive ? { keepalive } : {},
  };
  const isUsual =
    (input as Request | undefined)?.headers === undefined &&
    Object.keys(rest).length === 0 &&
    (!body || !(/^(get|head)$/i.test(call.method) || body instanceof ReadableStream));
  const chunk = isUsual ? null : await rare();
  if (chunk !== null)
    call = chunk.readRequest(input, { method: given, headers, body, signal, cache, keepalive, ...rest });
  // fetch upper-cases its standard methods, and the core accepts only upper case.
  const method = call.method.toUpperCase();
  const target = toTarget(call.address, context.env.origin);
  const verdict = context.policy.check(method, target);
  if (!verdict.allowed || verdict.target === null) {
    throw new DeniedError(context.pluginId, context.policy.decide(method, target));
  }
  const sent: Call = {
    ...call,
    target: verdict.target,
    method,
    ...(chunk === null ? {} : { body: await chunk.wholeBody(input, call.body) }),
    signal: context.signalWith(call.signal),
    pluginId: context.pluginId,
  };
  const ahead = call.more.keepalive ? takePrecomputedStamp(context, sent) : null;
  const response = await context.transport.send({ ...sent, ahead });
  context.assertOpen();
  return response;
}

/** `sdk.api.fetch`: `pluginFetch` that rejects on an error status. */
export async function pluginFetchOk(...args: Parameters<typeof pluginFetch>): Promise<Response> {
  const response = await pluginFetch(...args);
  if (response.ok || response.status === 304) return response;
  const error = await httpError(response);
  args[0].assertOpen();
  throw error;
}
