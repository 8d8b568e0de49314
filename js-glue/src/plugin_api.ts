import type { Decision } from './decision.js';
import { DeniedError } from './errors.js';
import type { PluginContext } from './plugin_context.js';
import type { PrecomputedStamp } from './stamp_key.js';
import { toTarget } from './target.js';
import type { Call } from './transport.js';

/** How many method and target pairs keep a precomputed stamp. */
const STAMPS_KEPT = 16;

/** The core's decision on a plugin's call, from the address as its author wrote it. */
export function explainCall(context: PluginContext, method: string, address: string): Decision {
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

/** A plugin's call as the gate received it. */
export interface ReceivedCall {
  readonly address: string;
  readonly method: string;
  readonly headers: [string, string][];
  readonly body?: BodyInit | null | undefined;
  readonly cache?: RequestCache;
  readonly more: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

/**
 * A plugin's call: the core judges it before anything is sent, and the request goes to exactly the canonical target.
 * Resolves with error statuses, too. Rejects as `sdk.api.fetch` does.
 */
export async function pluginFetch(context: PluginContext, call: ReceivedCall): Promise<Response> {
  context.assertOpen();
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
    signal: context.signalWith(call.signal),
    pluginId: context.pluginId,
  };
  const ahead = call.more.keepalive ? takePrecomputedStamp(context, sent) : null;
  const response = await context.transport.send({ ...sent, ahead });
  context.assertOpen();
  return response;
}
