import type { Decision } from './decision.js';
import { DeniedError } from './errors.js';
import type { PluginRequestInit } from './plugin/types.js';
import type { PluginContext } from './plugin_context.js';
import { toTarget } from './target.js';
import { httpError } from './wire.js';

/** Upper-case, as fetch makes its own methods; the core takes nothing else. */
function methodOf(init: PluginRequestInit): string {
  return String(init.method ?? 'GET').toUpperCase();
}

/** What the core says about a plugin's call, as its author wrote the address. */
export function explainCall(context: PluginContext, method: string, address: string | URL): Decision {
  return context.policy.decide(method.toUpperCase(), toTarget(address, context.env.origin));
}

/**
 * `sdk.api.fetch`: judged by the core before any byte leaves the page, then sent to exactly the
 * canonical target. Each option is read once, so that one that changes while it is read gains nothing.
 */
export async function pluginFetch(
  context: PluginContext,
  address: string | URL,
  init: PluginRequestInit = {},
): Promise<Response> {
  context.assertOpen();
  const method = methodOf(init);
  const { headers, body, signal: own, cache } = init;
  const target = toTarget(address, context.env.origin);
  const verdict = context.policy.check(method, target);
  if (!verdict.allowed || verdict.target === null) {
    throw new DeniedError(context.pluginId, context.policy.decide(method, target));
  }
  const { signal, release } = context.signalWith(own);
  try {
    const response = await context.transport.send({
      target: verdict.target,
      method,
      headers,
      body,
      cache,
      signal,
      pluginId: context.pluginId,
    });
    context.assertOpen();
    if (!response.ok && response.status !== 304) throw await httpError(response);
    return response;
  } finally {
    release();
  }
}
