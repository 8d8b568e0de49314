import type { Decision } from './decision.js';
import { DeniedError } from './errors.js';
import type { StampAhead } from './held_key.js';
import type { PluginRequestInit } from './plugin/types.js';
import type { PluginContext } from './plugin_context.js';
import type { ReadRequest } from './plugin_request.js';
import { rare } from './rare.js';
import { toTarget } from './target.js';
import type { Call } from './transport.js';
import { httpError } from './wire.js';

/** Kinds of calls that have a stamp made ahead. */
const STAMPS_KEPT = 16;

/** What the core says about a plugin's call, as its author wrote the address. */
export function explainCall(context: PluginContext, method: string, address: string | URL): Decision {
  return context.policy.decide(method.toUpperCase(), toTarget(address, context.env.origin));
}

/**
 * The stamp that was made ahead for a call like this one, and another one for the next: a page that is left has no time
 * to make any.
 */
function stampAhead({ stamps, transport }: PluginContext, call: Call): StampAhead | null {
  const kind = `${call.method} ${call.target}`;
  const made = stamps.get(kind) ?? null;
  const next = transport.ahead(call);
  stamps.delete(kind);
  if (next !== null) stamps.set(kind, next);
  if (stamps.size > STAMPS_KEPT) stamps.delete(stamps.keys().next().value as string);
  return made;
}

/**
 * `sdk.api.rawFetch`: judged by the core before any byte leaves the page, then sent to exactly the canonical target.
 * Each option is read once, so that one that changes while it is read gains nothing. What is rarely given (a
 * `Request`, a stream, an option besides the usual ones) is read by code that is loaded for it.
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
  // Upper-case, as fetch makes its own methods; the core takes nothing else.
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
  const ahead = call.more.keepalive ? stampAhead(context, sent) : null;
  const response = await context.transport.send({ ...sent, ahead });
  context.assertOpen();
  return response;
}

/** `sdk.api.fetch`: the same, and an error status is an error. */
export async function pluginFetchOk(...args: Parameters<typeof pluginFetch>): Promise<Response> {
  const response = await pluginFetch(...args);
  if (response.ok || response.status === 304) return response;
  const error = await httpError(response);
  args[0].assertOpen();
  throw error;
}
