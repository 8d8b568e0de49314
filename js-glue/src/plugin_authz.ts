import type { PluginEvaluation } from './plugin/types.js';
import type { PluginContext } from './plugin_context.js';
import { primitives } from './primitives.js';

/**
 * `sdk.authz.evaluate`: asks the policy through the server, which sets the subject. The core reads the reply;
 * anything that is not a clear permit, and every failure, is a denial.
 */
export async function evaluate(context: PluginContext, request: PluginEvaluation): Promise<boolean> {
  try {
    context.assertOpen();
    const { resource, action } = request;
    const body = primitives.stringify({
      resource,
      action: typeof action === 'string' ? { name: action } : action,
      context: request.context ?? {},
    });
    const response = await context.transport.send({
      target: '/access/v1/evaluation',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: context.signal,
      pluginId: context.pluginId,
    });
    const reply = context.core.authzen.apply(1, response.status, await response.text());
    return !context.closed && reply.decisions[0] === true;
  } catch {
    return false;
  }
}
