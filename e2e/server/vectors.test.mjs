// The vectors of paths, rules and topics through the server: the server does what the core decides, and the canonical
// target reaches the upstream.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cleanup } from '../lib/cleanup.mjs';
import { recorder, startLab } from '../lib/lab.mjs';

const rows = (name) =>
  JSON.parse(readFileSync(new URL(`../../spec/vectors/${name}.json`, import.meta.url), 'utf8')).rows;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

// The server handles these itself; they are not proxied.
const own = (path) => /^\/(auth|access|api\/plugins|api\/configs)(\/|$)/.test(path) || path === '/';
// Bytes that are not allowed in a request line: the HTTP parser rejects them before the path rules apply.
const onTheWire = (target) => /^[\x21-\x7e\x80-\xff]+$/.test(target) && target.startsWith('/');

// A route is a template, so a path segment that would be read as one is replaced by a parameter.
const asTemplate = (path) =>
  path
    .split('/')
    .map((segment, at) => (segment.startsWith(':') || segment.includes('*') ? `:p${at}` : segment))
    .join('/');
const routable = (path) =>
  !own(path) && !/^\/(:|[^/]*\*)/.test(path) && !/^\/api\/(:|[^/]*\*|$)/.test(path) && path.length <= 500;
/** One route per path, all to one upstream. */
const routesFor = (paths, { url, plugin, kind = 'api' }) => ({
  upstreams: { recorder: { url } },
  routes: [...new Set(paths.map(asTemplate))].map((path) => ({
    path,
    upstream: 'recorder',
    plugin,
    kind,
    ...(kind === 'api' ? { methods: METHODS } : {}),
  })),
});
const pathOf = (target) => target.split('?')[0];

test('rejects with its code, or forwards in canonical form, every path vector', async (t) => {
  const upstream = await recorder();
  const list = rows('canonical_path')
    .filter(({ in: { op, target } }) => op === 'path.canonicalize' && typeof target === 'string' && onTheWire(target))
    .filter(({ in: { target } }) => Buffer.byteLength(target) <= 8000) // longer ones exceed the request line
    .filter(({ out }) => !out.ok || routable(out.path));
  const paths = list.filter(({ out }) => out.ok).map(({ out }) => out.path);
  const lab = await startLab({
    files: {
      'plugins.yaml': { tenants: { localhost: [] } },
      'routes.yaml': routesFor(paths, { url: upstream.url, plugin: 'optional' }),
    },
  });
  cleanup(t, () => Promise.all([lab.stop(), upstream.close()]));
  const session = await lab.login('viewer');
  let rejected = 0;
  let forwarded = 0;
  for (const row of list) {
    const { target } = row.in;
    upstream.seen.length = 0;
    const response = await lab.send({ target, session });
    if (row.out.ok) {
      const expected = row.out.query === null ? row.out.path : `${row.out.path}?${row.out.query}`;
      assert.equal(response.status, 200, `${row.name}: ${response.text}`);
      assert.deepEqual(
        upstream.seen.map((request) => request.target),
        [expected],
        row.name,
      );
      forwarded++;
    } else if (row.out.code) {
      const status = row.out.code.endsWith('_TOO_LONG') ? 414 : 400;
      assert.equal(response.status, status, `${row.name}: ${target.slice(0, 200)} -> ${response.status}`);
      if (/^[\x21-\x7e]+$/.test(target)) assert.equal(response.json().code, row.out.code, row.name);
      assert.equal(upstream.seen.length, 0, row.name);
      rejected++;
    }
  }
  assert.ok(
    rejected >= 30 && forwarded >= 15,
    `enough rows went through the server: ${rejected} rejected, ${forwarded} forwarded`,
  );
});

/** Gives each row's manifest its own id and lists it in plugins.yaml. */
function asPlugins(list) {
  return list.map((row, index) => ({
    id: `p${index}`,
    version: '1.0.0',
    engine: { experience: '*' },
    bundle: { file: '/app/plugins/none.js' },
    permissions: row.permissions,
  }));
}

test('forwards or denies with its code every allow-list and decision vector', async (t) => {
  const list = [...rows('allow_list'), ...rows('decision')]
    .filter(
      ({ in: request, out }) =>
        request.op === 'decide' &&
        typeof request.manifest === 'object' &&
        out.code !== 'MANIFEST_INVALID' &&
        !out.error,
    )
    .filter(
      ({ in: request }) =>
        METHODS.includes(request.method) && onTheWire(request.target) && Buffer.byteLength(request.target) < 4000,
    )
    .filter(({ out }) => !out.target || routable(pathOf(out.target)))
    .map((row) => ({ ...row, permissions: { api: row.in.manifest.permissions?.api ?? [], sse: [] } }));
  const upstream = await recorder();
  const lab = await startLab({
    files: {
      'plugins.yaml': { tenants: { localhost: asPlugins(list) } },
      'routes.yaml': routesFor(
        list.filter(({ out }) => out.target).map(({ out }) => pathOf(out.target)),
        { url: upstream.url, plugin: 'required' },
      ),
    },
  });
  cleanup(t, () => Promise.all([lab.stop(), upstream.close()]));
  const session = await lab.login('viewer');
  let allowed = 0;
  for (const [index, row] of list.entries()) {
    upstream.seen.length = 0;
    const response = await lab.send({
      method: row.in.method,
      target: row.in.target,
      session,
      headers: { 'X-Plugin-Id': `p${index}` },
    });
    if (row.out.allowed) {
      assert.equal(response.status, 200, `${row.name}: ${response.text}`);
      assert.deepEqual(
        upstream.seen.map((request) => [request.method, request.target]),
        [[row.in.method, row.out.target]],
        row.name,
      );
      allowed++;
      continue;
    }
    assert.equal(upstream.seen.length, 0, row.name);
    const tooLong = row.out.code.endsWith('_TOO_LONG');
    const expected = row.out.code === 'ALLOWLIST_VIOLATION' ? 403 : tooLong ? 414 : 400;
    assert.equal(response.status, expected, row.name);
    if (row.in.method === 'HEAD') continue;
    assert.equal(response.json().code, row.out.code, row.name);
    if (expected === 403) {
      assert.equal(response.headers['x-allowlist-violation'], '1', row.name);
      assert.equal(response.json().explain, row.out.explain, row.name);
    }
  }
  assert.ok(
    allowed >= 15 && list.length >= 40,
    `enough rows went through the server: ${allowed} of ${list.length} allowed`,
  );
});

test('opens or denies every topic vector', async (t) => {
  const list = rows('topics')
    .filter(({ in: request, out }) => request.op === 'topic.allowed' && !out.error && Array.isArray(request.prefixes))
    .filter(
      ({ in: request }) =>
        onTheWire(request.topic) && Buffer.byteLength(request.topic) < 4000 && routable(pathOf(request.topic)),
    )
    .filter(({ in: request }) => !/%|\/\/|\/\.\.?(\/|$)/.test(request.topic)) // the routes below are the unchanged topics
    .filter(({ out }) => ['ALLOWED', 'TOPIC_NOT_ALLOWED'].includes(out.code))
    // The console ignores an invalid prefix; a manifest with one is rejected as a whole.
    .filter(({ in: request }) =>
      request.prefixes.every((prefix) => /^\/[a-zA-Z0-9/_.~-]+$/.test(prefix) && !/\/\/|\/\.\.?(\/|$)/.test(prefix)),
    )
    .filter(({ in: request }) => request.prefixes.every((prefix) => !/^\/(auth|access|api)(\/|$)/.test(prefix)))
    .map((row) => ({ ...row, permissions: { api: [], sse: [...new Set(row.in.prefixes)] } }));
  const upstream = await recorder({ contentType: 'text/event-stream' });
  const lab = await startLab({
    files: {
      'plugins.yaml': { tenants: { localhost: asPlugins(list) } },
      'routes.yaml': routesFor(
        list.map(({ in: request }) => pathOf(request.topic)),
        { url: upstream.url, plugin: 'required', kind: 'sse' },
      ),
    },
  });
  cleanup(t, () => Promise.all([lab.stop(), upstream.close()]));
  const session = await lab.login('viewer');
  for (const [index, row] of list.entries()) {
    const response = await lab.send({
      target: row.in.topic,
      session,
      headers: { 'X-Plugin-Id': `p${index}`, Accept: 'text/event-stream' },
    });
    assert.equal(response.status, row.out.allowed ? 200 : 403, `${row.name}: ${response.text}`);
    if (!row.out.allowed) assert.equal(response.json().code, 'TOPIC_NOT_ALLOWED', row.name);
    else assert.match(response.headers['content-type'], /^text\/event-stream/, row.name);
  }
  assert.ok(list.length >= 12, `enough rows went through the server: ${list.length}`);
});
