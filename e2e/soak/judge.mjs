// The expected verdict for a request in one state, computed independently of the server: the order of judgement
// implemented a second time, rules of plain paths matched in a few lines of JavaScript, everything else by the
// WebAssembly core. Where both can decide, they must agree.
import { manifestOf, TENANTS } from './world.mjs';

const PLAIN = /^(\/[a-z0-9-]+)+$/;
const INT = /^(0|[1-9][0-9]{0,17})$/;
const SAFE = ['GET', 'HEAD', 'OPTIONS'];

/** Whether a template of this soak (literals, `:id`, a final `*`) matches a plain path. */
function templateMatches(template, path) {
  const want = template.split('/').slice(1);
  const have = path.split('/').slice(1);
  if (want.at(-1) === '*' ? have.length < want.length : have.length !== want.length) return false;
  return want.every((part, at) => {
    if (part === '*' && at === want.length - 1) return true;
    return part === ':id' ? INT.test(have[at]) : part === have[at];
  });
}

const takes = (rule, method) => rule === method || (rule === 'GET' && method === 'HEAD');

/** The route of a path in routes.yaml, or null. */
export function routeOf(path) {
  const [, first, second] = path.split('/');
  if (path === '/events/ticks') return { sse: true, by: 'fixture', methods: ['GET'] };
  const rest = path.split('/').length > 3 && path.split('/')[3] !== '';
  if (!rest || !['api', 'events'].includes(first)) return null;
  const sse = first === 'events';
  if (['steady', 'shaky'].includes(second)) return { sse, by: second, methods: sse ? ['GET'] : null };
  if (sse) return null;
  if (second === 'open') return { by: 'steady', methods: ['GET'], optional: true };
  if (second === 'fixed') return { by: 'fixture', methods: ['GET'] };
  return null;
}

const HOST_PATH = /^\/(auth|access|api\/plugins|api\/configs)\//;
/** The host's own endpoints that accept a plugin, and whether a rule is needed. */
const PLUGIN_ENDPOINTS = { '/api/plugins/secure-echo': true, '/api/plugins/telemetry': false };

export class Judge {
  #core;
  #policies = new Map();
  constructor(core) {
    this.#core = core;
  }

  #policy(tenant, plugin) {
    const { bundle: _, ...manifest } = manifestOf(plugin);
    const key = JSON.stringify([tenant, manifest]);
    let policy = this.#policies.get(key);
    if (!policy) {
      const compiled = this.#core.compile(manifest);
      if (!compiled.ok) throw new Error(`the soak's own manifest is wrong: ${JSON.stringify(compiled.problems)}`);
      policy = compiled.policy;
      this.#policies.set(key, policy);
    }
    return policy;
  }

  /** Whether a rule of the plugin allows it. */
  #ruled(tenant, plugin, method, path, sse) {
    const policy = this.#policy(tenant, plugin);
    const core = (sse ? policy.checkTopic(path) : policy.check(method, path)).allowed;
    if (!PLAIN.test(path)) return core;
    const own = sse
      ? plugin.sse.some((prefix) => path === prefix || path.startsWith(`${prefix}/`))
      : plugin.api.some((rule) => takes(rule.method, method) && templateMatches(rule.path, path));
    if (own !== core) throw new Error(`two judges, two verdicts: ${plugin.id} ${method} ${path}`);
    return own;
  }

  /**
   * Returns `{ allowed, code, status, path, target, plugin, route }` for a request of the soak: its tenant, method,
   * target, identity (null, an id, or several), `signedIn` (its session is alive), `csrf` ("good", "token",
   * "origin").
   */
  verdict(state, { tenant, method, target, identity, signedIn, csrf = 'good' }) {
    const no = (status, code, more = {}) => ({ allowed: false, status, code, ...more });
    const canonical = this.#core.canonicalize(target);
    if (!canonical.ok) return no(/_TOO_LONG$/.test(canonical.code) ? 414 : 400, canonical.code);
    if (!TENANTS.includes(tenant)) return no(421, 'TENANT_UNKNOWN');
    if (!signedIn) return no(401, 'SESSION_REQUIRED');
    if (!SAFE.includes(method) && csrf !== 'good') return no(403, csrf === 'token' ? 'CSRF_TOKEN' : 'CSRF_ORIGIN');
    const { path } = canonical;
    const route = routeOf(path);
    const ownRule = PLUGIN_ENDPOINTS[path];
    const listed = state.tenants.get(tenant);
    if (Array.isArray(identity)) return no(403, 'PLUGIN_ID_REQUIRED');
    let plugin = null;
    if (identity === null) {
      const fits = !route?.methods || route.methods.some((allowed) => takes(allowed, method));
      const needed = ownRule !== undefined || (route && fits && !route.optional);
      if (needed) return no(403, 'PLUGIN_ID_REQUIRED');
    } else {
      plugin = listed.get(identity);
      if (!plugin) return no(403, 'PLUGIN_UNKNOWN');
      if (plugin.quarantined) return no(403, 'PLUGIN_QUARANTINED');
      if (!plugin.enabled) return no(403, 'PLUGIN_DISABLED');
      const sse = Boolean(route?.sse);
      if (ownRule !== false && !this.#ruled(tenant, plugin, method, path, sse)) {
        return no(403, sse ? 'TOPIC_NOT_ALLOWED' : 'ALLOWLIST_VIOLATION');
      }
    }
    if (!HOST_PATH.test(path)) {
      if (!route) return no(404, 'ROUTE_NOT_FOUND');
      if (route.methods && !route.methods.some((allowed) => takes(allowed, method))) {
        return no(405, 'METHOD_NOT_ALLOWED');
      }
    }
    return { allowed: true, status: 200, path, target: canonical.target, plugin, route };
  }
}
