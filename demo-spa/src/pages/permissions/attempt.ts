import type { Decision, Host, PluginRecord } from 'portcullis';

/** One call to try. For an event stream the method is ignored. */
export interface Attempt {
  readonly pluginId: string;
  readonly kind: 'api' | 'stream';
  readonly method: string;
  readonly path: string;
}

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

export const FIRST_ATTEMPT: Attempt = {
  pluginId: '',
  kind: 'api',
  method: 'GET',
  path: '/api/plugins/secure-echo',
};

const SALES = 'sales-analytics';

/** Each demonstrates another decision of the core. If the tenant lacks the plugin, the current selection is kept. */
export const EXAMPLES: readonly { readonly label: string; readonly attempt: Partial<Attempt> }[] = [
  { label: 'secure-echo', attempt: api('hello', 'GET', '/api/plugins/secure-echo') },
  { label: 'sales summary', attempt: api(SALES, 'GET', '/api/sales/summary') },
  { label: 'wrong method', attempt: api(SALES, 'DELETE', '/api/sales/summary') },
  { label: 'dot segments', attempt: api(SALES, 'GET', '/api/sales/../plugins/secure-echo') },
  { label: 'encoded slash', attempt: api(SALES, 'GET', '/api/sales%2fsummary') },
  { label: 'double encoding', attempt: api(SALES, 'GET', '/api/sales/%252e%252e/secret') },
  { label: 'lookalike', attempt: api(SALES, 'GET', '/api/salesforce') },
  { label: 'order events', attempt: { pluginId: SALES, kind: 'stream', path: '/events/orders' } },
  { label: 'lookalike topic', attempt: { pluginId: SALES, kind: 'stream', path: '/events/orders-secret' } },
];

function api(pluginId: string, method: string, path: string): Attempt {
  return { pluginId, kind: 'api', method, path };
}

/** The selected plugin, or the first one if none is selected. */
export function chosenPlugin(attempt: Attempt, plugins: readonly PluginRecord[]): PluginRecord | undefined {
  return plugins.find((plugin) => plugin.id === attempt.pluginId) ?? plugins[0];
}

/** The core's decision; a text if there is none (the plugin has no valid manifest). */
export async function judge(host: Host, pluginId: string, attempt: Attempt): Promise<Decision | string> {
  try {
    return attempt.kind === 'api'
      ? await host.explain(pluginId, attempt.method, attempt.path)
      : await host.explainTopic(pluginId, attempt.path);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
