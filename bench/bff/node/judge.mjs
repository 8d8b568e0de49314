// The order of judgement of docs/life-of-a-request.md, as far as the benchmark's requests go through it. A stage
// returns a refusal or null. Cookie and rate are the kit's. Stamps are not asked for here, as in the benchmark's
// configuration of portcullis-bff.
import { findSession, sameToken } from './sessions.mjs';

const refusal = (status, code, headers) => ({ status, code, headers });

export const PATH_REJECTED = refusal(400, 'PATH_ILLEGAL_BYTE');
const HOST_INVALID = refusal(400, 'HOST_INVALID');
const TENANT_UNKNOWN = refusal(421, 'TENANT_UNKNOWN');
const SERVICE_WORKER = refusal(403, 'SERVICE_WORKER_REFUSED');
const UPGRADE = refusal(501, 'UPGRADE_UNSUPPORTED');
const SESSION_REQUIRED = refusal(401, 'SESSION_REQUIRED', { 'www-authenticate': 'Cookie realm="portcullis"' });
const CSRF_ORIGIN = refusal(403, 'CSRF_ORIGIN');
const CSRF_TOKEN = refusal(403, 'CSRF_TOKEN');
const ID_REQUIRED = refusal(403, 'PLUGIN_ID_REQUIRED');
const PLUGIN_UNKNOWN = refusal(403, 'PLUGIN_UNKNOWN');
const VIOLATION = refusal(403, 'ALLOWLIST_VIOLATION', { 'x-allowlist-violation': '1' });
export const NOT_FOUND = refusal(404, 'ROUTE_NOT_FOUND');

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
const PLUGIN_ID = /^[a-z0-9][a-z0-9._-]{0,63}$/i;

/** What a request turned out to be; one shape from the start. */
class Judged {
  /** @param {string} kind of route, for the metrics */
  constructor(kind) {
    this.kind = kind;
  }
  host = '';
  tenant = null;
  session = null;
  pluginId = null;
  plugin = null;
  rate = null;
}

/** "localhost" of "LOCALHOST:8080". */
function hostName(host) {
  const colon = host.lastIndexOf(':');
  return (colon > host.lastIndexOf(']') ? host.slice(0, colon) : host).toLowerCase();
}

function csrf({ method, headers }, { host, session }) {
  const token = headers['x-csrf-token'];
  if (SAFE.has(method)) {
    return token !== undefined && session !== null && !sameToken(token, session) ? CSRF_TOKEN : null;
  }
  const site = headers['sec-fetch-site'];
  if (headers.origin !== `http://${host}` || (site !== undefined && site !== 'same-origin')) return CSRF_ORIGIN;
  return token === undefined || session === null || !sameToken(token, session) ? CSRF_TOKEN : null;
}

function identity(headers, judged, needs) {
  const id = headers['x-plugin-id'];
  if (id === undefined && needs === 'page') return null;
  // Node joins a duplicate header with a comma, which no id has.
  if (id === undefined || !PLUGIN_ID.test(id)) return ID_REQUIRED;
  judged.pluginId = id;
  judged.plugin = judged.tenant.plugins.get(id) ?? null;
  return judged.plugin === null ? PLUGIN_UNKNOWN : judged.plugin.against;
}

/**
 * @param {import('fastify').FastifyRequest} request gets `judged`
 * @param {Map<string, object>} tenants by the host's name
 * @param {'plugin'|'page'|'anyone'} needs a plugin's call; the page's or a plugin's; anybody's, without a session
 * @param {(request: object) => string | null} sessionIdOf
 * @returns {{status: number, code: string, headers?: object} | null} why it is refused
 */
export function judge(request, tenants, needs, kind, sessionIdOf) {
  const judged = new Judged(kind);
  request.judged = judged;
  const { method, headers, raw } = request;
  if (raw.rejected === true) return PATH_REJECTED;

  const { host } = headers;
  if (host === undefined || host === '') return HOST_INVALID;
  judged.host = host;
  judged.tenant = tenants.get(hostName(host)) ?? null;
  if (judged.tenant === null) return TENANT_UNKNOWN;

  if (headers['service-worker'] !== undefined || headers['sec-fetch-dest'] === 'serviceworker') return SERVICE_WORKER;
  if (headers.upgrade?.toLowerCase().includes('websocket')) return UPGRADE;
  if (needs === 'anyone') return null;

  const id = sessionIdOf(request);
  judged.session = id === null ? null : findSession(id, judged.tenant.id);
  if (judged.session === null) return SESSION_REQUIRED;

  const refused = csrf(request, judged) ?? identity(headers, judged, needs);
  if (refused !== null || judged.plugin === null) return refused;
  return judged.plugin.allows(method, request.url) ? null : VIOLATION;
}
