// The Node BFF put together from the packages that Fastify's documentation names, as most are: @fastify/cookie, helmet,
// rate-limit and reply-from, prom-client, async hooks. Judge, rules and sessions are those of the other one.
import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import replyFrom from '@fastify/reply-from';
import { Counter, Histogram, register } from 'prom-client';
import { refuse, SECURITY } from './answers.mjs';
import { judge } from './judge.mjs';
import { answeredHeaders, sentHeaders } from './proxied_headers.mjs';
import { COOKIE } from './sessions.mjs';

const labelNames = ['tenant', 'plugin_id', 'route_kind', 'code'];
const requests = new Counter({ name: 'bff_requests_total', help: 'Answered requests.', labelNames });
const durations = new Histogram({ name: 'bff_request_duration_seconds', help: 'Until the last byte.', labelNames });
const denials = new Counter({ name: 'bff_denials_total', help: 'Refusals.', labelNames: ['reason'] });

/** helmet's options for the policy of answers.mjs. */
function helmetOptions() {
  const directives = {};
  for (const directive of SECURITY['content-security-policy'].split('; ')) {
    const [name, ...sources] = directive.split(' ');
    directives[name] = sources;
  }
  const off = ['originAgentCluster', 'strictTransportSecurity', 'xDnsPrefetchControl', 'xDownloadOptions'];
  off.push('xFrameOptions', 'xPermittedCrossDomainPolicies', 'xXssProtection');
  return {
    contentSecurityPolicy: { useDefaults: false, directives },
    crossOriginOpenerPolicy: { policy: SECURITY['cross-origin-opener-policy'] },
    referrerPolicy: { policy: SECURITY['referrer-policy'] },
    ...Object.fromEntries(off.map((name) => [name, false])),
  };
}

const sessionIdOf = (request) => request.cookies[COOKIE] ?? null;
const labelsOf = ({ tenant, plugin, kind }, code) => ({
  tenant: tenant?.id ?? '',
  plugin_id: plugin?.id ?? '',
  route_kind: kind,
  code,
});

/** reply-from wants an object. */
function sentObject(request) {
  const list = sentHeaders(request);
  const out = {};
  for (let at = 0; at < list.length; at += 2) out[list[at]] = list[at + 1];
  return out;
}

/** @type {import('./server.mjs').Kit} */
export const ofPlugins = {
  options: { genReqId: ({ headers }) => headers['x-request-id'] ?? randomUUID() },

  async register(app, { rate }) {
    await app.register(cookie);
    await app.register(helmet, helmetOptions());
    await app.register(rateLimit, {
      hook: 'preHandler',
      max: rate.burst,
      timeWindow: (rate.burst / rate.per_second) * 1000,
      keyGenerator: ({ judged }) => `${judged.tenant.id}/${judged.pluginId}`,
      allowList: ({ judged }) => judged.plugin === null,
      enableDraftSpec: true,
    });
    app.addHook('onRequest', async (request, reply) => {
      reply.header('x-request-id', request.id).header('vary', SECURITY.vary);
      reply.header('permissions-policy', SECURITY['permissions-policy']);
    });
    app.decorateReply('start', function () {
      return this;
    });
    app.addHook('onResponse', async ({ judged }, reply) => {
      if (judged === null) return;
      const labels = labelsOf(judged, reply.statusCode);
      requests.inc(labels);
      durations.observe(labels, reply.elapsedTime / 1000);
    });
  },

  gate: (tenants, needs, kind) => async (request, reply) => {
    const refusal = judge(request, tenants, needs, kind, sessionIdOf);
    if (refusal === null) return;
    denials.inc({ reason: refusal.code });
    return refuse(reply, refusal);
  },

  json: (text) => {
    const value = JSON.parse(text);
    return (reply) => reply.send(value);
  },

  async proxy(url, routes) {
    await routes.register(replyFrom, {
      base: url,
      undici: { connections: 64, keepAliveTimeout: 600_000, keepAliveMaxTimeout: 600_000 },
    });
    const rewritten = {
      rewriteRequestHeaders: sentObject,
      rewriteHeaders: (headers) => answeredHeaders(headers, url),
    };
    return (request, reply) => reply.from(request.url, rewritten);
  },

  metrics: () => register.metrics(),
};
