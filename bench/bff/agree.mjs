// Whether the Node BFFs do what portcullis-bff does: the same status, body and headers for each of these requests, and
// the same call at the upstream. A peer that does less would be measured for less.
//   node bench/bff/agree.mjs   says what differs
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { recorder } from '../../e2e/lib/lab.mjs';
import { exchange, requestBytes } from '../../e2e/lib/raw_http.mjs';
import { KITS, startNode } from './node_bff.mjs';
import { startOurs } from './ours.mjs';
import { PATHS, PLUGIN, TENANT } from './site.mjs';

const called = { 'X-Plugin-Id': PLUGIN };
const more = (headers) => ({ ...called, ...headers });

/** `as`: 'nobody' has no session. `bundle` and `etag` stand for what the server says they are. */
const CASES = {
  json: { target: PATHS.json, headers: called, status: 200 },
  bundle: { bundle: '', status: 200 },
  'bundle, not modified': { bundle: '', etag: true, status: 304 },
  'bundle of another hash': { bundle: '0', status: 404 },
  manifests: { target: '/api/plugins/manifests', status: 200 },
  proxy: {
    target: PATHS.proxy,
    headers: more({ Accept: '*/*', 'X-User': 'root', 'X-Request-ID': 'from-outside' }),
    status: 200,
  },
  'proxy, to be normalised': { target: '/api/./app/x/../item%73/42?year=2030', headers: called, status: 200 },
  'a slash in disguise': { target: '/api/app/items/%2f', headers: called, status: 400 },
  'another host': { target: PATHS.json, headers: more({ Host: 'nobody.example' }), status: 421 },
  'no session': { target: PATHS.json, headers: called, as: 'nobody', status: 401 },
  'no session, nothing there': { target: '/api/app/denied', headers: called, as: 'nobody', status: 401 },
  "another's cookie": {
    target: PATHS.json,
    headers: more({ Cookie: `__Host-portcullis=${'x'.repeat(43)}` }),
    status: 401,
  },
  'a service worker': { target: PATHS.json, headers: more({ 'Service-Worker': 'script' }), status: 403 },
  "another session's token": { target: PATHS.json, headers: more({ 'X-CSRF-Token': 'x' }), status: 403 },
  'no origin': { method: 'POST', target: PATHS.proxy, headers: called, status: 403 },
  "another site's origin": {
    method: 'POST',
    target: PATHS.proxy,
    headers: more({ Origin: 'http://evil.example' }),
    status: 403,
  },
  'no plugin': { target: PATHS.json, status: 403 },
  'an unknown plugin': { target: PATHS.json, headers: { 'X-Plugin-Id': 'unknown' }, status: 403 },
  'a plugin asks for manifests': { target: '/api/plugins/manifests', headers: called, status: 403 },
  'no rule': { target: PATHS.denied, headers: called, status: 403 },
  'no rule for the method': { method: 'POST', target: PATHS.proxy, headers: called, proofs: true, status: 403 },
};

/** Said by one of them only, or different each time. */
const FREE = [
  'date',
  'x-request-id',
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
  'x-portcullis-dropped',
];

async function ask({ port, session, requests }, { method, target, headers = {}, as, bundle, etag, proofs }) {
  const path = target ?? new URL(requests.bundle.url).pathname + new URL(requests.bundle.url).search + bundle;
  const host = `${TENANT}:${port}`;
  const all = { Host: host, ...(as === 'nobody' ? {} : { Cookie: session.cookie }), ...headers };
  if (etag) all['If-None-Match'] = requests['not modified'].headers['If-None-Match'];
  if (proofs) Object.assign(all, { Origin: `http://${host}`, 'X-CSRF-Token': session.csrf });
  return exchange(port, requestBytes({ method, target: path, headers: all }));
}

/**
 * An answer without what may differ. Of a problem its sentence may, and why exactly a path was rejected. Published
 * plugins write a policy without spaces, JSON with a charset, and their own kind of rate headers.
 */
function comparable({ status, headers, text }) {
  const named = Object.entries(headers)
    .filter(([name]) => !FREE.includes(name))
    .map(([name, value]) => [
      name.startsWith('ratelimit') ? 'ratelimit' : name,
      name.startsWith('ratelimit') ? 'its own' : value.replace(/json; charset=utf-8$/, 'json').replaceAll('; ', ';'),
    ]);
  const out = { status, headers: Object.fromEntries(named), hasId: headers['x-request-id'] !== undefined };
  if (!headers['content-type']?.startsWith('application/problem+json')) return { ...out, text };
  const { request_id: id, explain: _explain, detail: _detail, code, ...problem } = JSON.parse(text);
  return { ...out, problem, code: status === 400 ? 'rejected' : code, namesId: id === headers['x-request-id'] };
}

/** A call as the upstream got it; ids and ports are each server's own. */
const passed = ({ method, target, headers }) => {
  const { connection: _connection, host: _host, ...rest } = headers;
  const own = { 'x-forwarded-host': TENANT, 'x-forwarded-port': 'its own' };
  const id = rest['x-request-id'] === 'from-outside' ? 'from-outside' : typeof rest['x-request-id'];
  return { method, target, headers: { ...rest, ...own, 'x-request-id': id } };
};

/** Each of the requests is counted, beside the three that signed in and found the bundle. */
async function checkCounts(who, port) {
  const text = await (await fetch(`http://127.0.0.1:${port}/`)).text();
  const counts = [...text.matchAll(/^bff_requests_total\{.*\} (\d+)$/gm)].map(([, count]) => Number(count));
  const sum = counts.reduce((all, each) => all + each, 0);
  assert.equal(sum, Object.keys(CASES).length + 3, `${who} counts its requests:\n${text}`);
}

/** Throws at the first request that they answer differently. @returns {Promise<string[]>} the requests' names */
export async function checkAgreement() {
  const upstream = await recorder();
  const running = [];
  try {
    const work = { json: '{"currency":"EUR","orders":312}', bundleText: 'export default {};\n', upstream };
    const ours = await startOurs(work);
    running.push(ours);
    const peers = [];
    for (const kit of KITS) {
      const peer = await startNode(kit, work);
      running.push(peer);
      peers.push([`the Node BFF ${kit}`, peer]);
    }
    const answerOf = async (server, what) => {
      upstream.seen.length = 0;
      const answer = comparable(await ask(server, what));
      return { answer, calls: upstream.seen.map(passed) };
    };
    for (const [name, what] of Object.entries(CASES)) {
      const expected = await answerOf(ours, what);
      assert.equal(expected.answer.status, what.status, `${name}: portcullis-bff says ${JSON.stringify(expected)}`);
      for (const [who, peer] of peers) {
        assert.deepEqual(await answerOf(peer, what), expected, `${name}: ${who} differs from portcullis-bff`);
      }
    }
    for (const [who, { metrics }] of peers) await checkCounts(who, metrics);
    return Object.keys(CASES);
  } finally {
    for (const each of running) await each.stop();
    await upstream.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = await checkAgreement();
  process.stdout.write(`the same answers to ${names.length} requests\n`);
}
