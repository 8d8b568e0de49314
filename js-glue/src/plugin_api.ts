import type { Decision } from './decision.js';
import { DeniedError } from './errors.js';
import type { PluginRequestInit } from './plugin/types.js';
import type { PluginContext } from './plugin_context.js';
import { toTarget } from './target.js';
import { httpError } from './wire.js';

/** What the core says about a plugin's call, as its author wrote the address. */
export function explainCall(context: PluginContext, method: string, address: string | URL): Decision {
  return context.policy.decide(method.toUpperCase(), toTarget(address, context.env.origin));
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
  const { method: given, headers, body, signal, cache, ...rest } = init as PluginRequestInit;
  let call = { address: input as string | URL, method: String(given ?? 'GET'), headers, body, signal, cache, more: {} };
  const isUsual =
    (input as Request | undefined)?.headers === undefined &&
    Object.keys(rest).length === 0 &&
    (!body || !(/^(get|head)$/i.test(call.method) || body instanceof ReadableStream));
  const rare = isUsual ? null : await import('./plugin_rare.js');
  if (rare !== null) call = rare.readRequest(input, { method: given, headers, body, signal, cache, ...rest });
  // Upper-case, as fetch makes its own methods; the core takes nothing else.
  const method = call.method.toUpperCase();
  const target = toTarget(call.address, context.env.origin);
  const verdict = context.policy.check(method, target);
  if (!verdict.allowed || verdict.target === null) {
    throw new DeniedError(context.pluginId, context.policy.decide(method, target));
  }
  const response = await context.transport.send({
    ...call,
    target: verdict.target,
    method,
    ...(rare === null ? {} : { body: await rare.wholeBody(input, call.body) }),
    signal: context.signalWith(call.signal),
    pluginId: context.pluginId,
  });
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
