import type { Decision, Host, PluginRecord } from 'portcullis';

/** One call that a person wants to try. For an event stream the method plays no part. */
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

/** Each shows another answer of the core. The plugin is kept where the tenant does not have this one. */
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

/** The plugin that is asked about: the chosen one, or the first while none is. */
export function chosenPlugin(attempt: Attempt, plugins: readonly PluginRecord[]): PluginRecord | undefined {
  return plugins.find((plugin) => plugin.id === attempt.pluginId) ?? plugins[0];
}

/** What the core says; a text when it cannot be asked (the plugin has no valid manifest). */
export function judge(host: Host, pluginId: string, attempt: Attempt): Decision | string {
  try {
    return attempt.kind === 'api'
      ? host.explain(pluginId, attempt.method, attempt.path)
      : host.explainTopic(pluginId, attempt.path);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
