// A BFF as a team would write it in Node, with what portcullis-bff does for the requests of the benchmark: the same
// order of judgement, session, rules, rate and headers. fastify routes, find-my-way matches the plugin's rules, undici
// calls the upstream. One process. The kit says how: by hand, or of published plugins.
//   node bench/bff/node/server.mjs CONFIG.json   prints {"port", "metrics"} when it serves
/**
 * @typedef {object} Kit what the two BFFs do differently
 * @property {object} options Fastify's, more of them
 * @property {(app, config) => void | Promise<void>} register hooks, and `reply.start()`: what every answer has
 * @property {(tenants, needs, kind) => Function} gate the hook that judges a route's requests; see judge()
 * @property {(text: string) => (reply) => unknown} json answers with this JSON
 * @property {(url: string, routes) => Function | Promise<Function>} proxy the handler that calls an upstream
 * @property {() => string | Promise<string>} metrics in Prometheus' text format
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import Fastify from 'fastify';
import { normalise } from '../../normalise.mjs';
import { refuse, VARY_ENCODING } from './answers.mjs';
import { byHand } from './by_hand.mjs';
import { NOT_FOUND } from './judge.mjs';
import { ofPlugins } from './of_plugins.mjs';
import { createSession } from './sessions.mjs';
import { compileTenants } from './site.mjs';

const config = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const tenants = compileTenants(config);
const kit = { 'by hand': byHand, 'of plugins': ofPlugins }[config.kit];
for (const { manifests } of tenants.values()) manifests.answer = kit.json(manifests.json);

/** The one form of a target, before it is routed. One that has none is marked, and judge() refuses it. */
function canonical(raw) {
  const { url } = raw;
  const path = normalise(url);
  if (path === null) {
    raw.rejected = true;
    return '/';
  }
  const cut = url.indexOf('?');
  return cut < 0 ? path : path + url.slice(cut);
}

const app = Fastify({
  logger: false,
  ...kit.options,
  rewriteUrl: canonical,
  keepAliveTimeout: 600_000,
  routerOptions: { caseSensitive: true, ignoreTrailingSlash: false },
});
app.decorateRequest('judged', null);

await kit.register(app, config);
const gate = (needs, kind) => kit.gate(tenants, needs, kind);

const REFUSED = { 400: 'BAD_REQUEST', 429: 'RATE_LIMITED' };
app.setErrorHandler(({ statusCode }, request, reply) => {
  request.judged ??= { tenant: null, pluginId: null, rate: null };
  const status = statusCode in REFUSED ? statusCode : 500;
  return refuse(reply, { status, code: REFUSED[status] ?? 'INTERNAL' });
});

/** Whether the client has this content; lists and weak validators are read, too. */
function isKnown({ headers }, etag) {
  const given = headers['if-none-match'];
  if (given === undefined) return false;
  if (given === etag) return true;
  return given.split(',').some((each) => ['*', etag].includes(each.trim().replace(/^W\//, '')));
}

app.route({
  method: 'GET',
  url: '/api/plugins/manifests',
  onRequest: gate('page', 'manifests'),
  handler(request, reply) {
    const { answer, etag } = request.judged.tenant.manifests;
    reply.start().header('vary', VARY_ENCODING).header('etag', etag).header('cache-control', 'private, no-cache');
    if (isKnown(request, etag)) return reply.code(304).send();
    return answer(reply);
  },
});

function encodingOf({ headers }) {
  const accepted = headers['accept-encoding'];
  if (accepted === undefined) return 'identity';
  const takes = (coding) => new RegExp(`\\b${coding}\\b(?!;q=0(?:\\.0*)?\\b)`).test(accepted);
  return ['br', 'gzip'].find(takes) ?? 'identity';
}

app.route({
  method: 'GET',
  url: '/api/plugins/bundle',
  onRequest: gate('page', 'bundle'),
  handler(request, reply) {
    const { entry, id, v } = request.query;
    if (typeof id !== 'string' || id === '' || entry !== id || Array.isArray(v)) {
      return refuse(reply, { status: 400, code: 'BUNDLE_ENTRY_MISMATCH' });
    }
    const plugin = request.judged.tenant.plugins.get(id);
    if (plugin === undefined) return refuse(reply, { status: 403, code: 'PLUGIN_UNKNOWN' });
    Object.assign(request.judged, { pluginId: id, plugin });
    if (plugin.against !== null) return refuse(reply, plugin.against);
    const { bundle } = plugin;
    if (v !== undefined && v !== bundle.hex) return refuse(reply, { status: 404, code: 'BUNDLE_NOT_FOUND' });
    reply.start().headers(bundle.headers);
    reply.header('cache-control', v === undefined ? 'private, no-cache' : 'private, max-age=31536000, immutable');
    if (isKnown(request, bundle.etag)) return reply.code(304).send();
    const encoding = encodingOf(request);
    if (encoding !== 'identity') reply.header('content-encoding', encoding);
    return reply.header('content-type', 'text/javascript; charset=utf-8').send(bundle[encoding]);
  },
});

app.route({
  method: 'POST',
  url: '/auth/login',
  onRequest: gate('anyone', 'auth'),
  handler(request, reply) {
    const { user, password } = request.body ?? {};
    if (typeof user !== 'string' || config.users[user] !== password) {
      return refuse(reply, { status: 401, code: 'LOGIN_FAILED' });
    }
    const { session, cookie } = createSession(request.judged.tenant.id, user);
    reply.start().header('cache-control', 'no-store').header('set-cookie', cookie);
    return reply.send({ csrf_token: session.csrf });
  },
});

/** A fixture answers in an upstream's place. */
const fixture = (answers) => (request, reply) => {
  const answer = answers.get(request.url);
  if (answer === undefined) return refuse(reply, NOT_FOUND);
  reply.start().header('cache-control', 'no-store');
  return answer(reply);
};

app.register(async (routes) => {
  // Bodies go on to the upstream unread.
  routes.removeAllContentTypeParsers();
  routes.addContentTypeParser('*', (_request, body, done) => done(null, body));
  for (const { path, methods, upstream, fixture: name } of config.routes) {
    const handler = upstream
      ? await kit.proxy(config.upstreams[upstream].url, routes)
      : fixture(
          new Map(config.fixtures[name].responses.map((each) => [each.path, kit.json(JSON.stringify(each.json))])),
        );
    routes.route({ method: methods, url: path, onRequest: gate('plugin', 'api'), handler });
  }
});

app.setNotFoundHandler({ preHandler: gate('plugin', 'nothing') }, (_request, reply) => refuse(reply, NOT_FOUND));

await app.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
const metrics = createServer(async (_request, response) => response.end(await kit.metrics())).listen(0, '127.0.0.1');
await once(metrics, 'listening');
const ports = { port: app.server.address().port, metrics: metrics.address().port };
process.stdout.write(`${JSON.stringify(ports)}\n`);
