// Every row of the order of judgement, with its code; an earlier row takes precedence over a later one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { recorder, SETTINGS, startLab } from '../lib/lab.mjs';

const plugin = (id, extra = {}) => ({
  id,
  version: '1.0.0',
  engine: { experience: '>=1.0.0' },
  bundle: { file: `/app/plugins/${id}/1.0.0/index.esm.js` },
  permissions: {
    api: [
      { method: 'GET', path: '/api/sales/:year', params: { year: 'int' } },
      { method: 'POST', path: '/api/sales/orders' },
      { method: 'GET', path: '/api/plugins/secure-echo' },
    ],
    sse: ['/events/orders'],
  },
  ...extra,
});

let lab;
let upstream;
let session;

before(async () => {
  upstream = await recorder();
  lab = await startLab({
    files: {
      'settings.yaml': { ...SETTINGS, tenants: { 'acme.localhost': { aliases: ['acme.test'] } } },
      'plugins.yaml': {
        tenants: {
          localhost: [
            plugin('sales'),
            plugin('off', { enabled: false }),
            plugin('bad'),
            plugin('mute', { permissions: { api: [], sse: ['/events/other'] } }),
            plugin('slow', { rate: { per_second: 0.001, burst: 2 } }),
          ],
          'acme.localhost': [plugin('acme-only')],
        },
      },
      'routes.yaml': {
        upstreams: { sales: { url: upstream.url } },
        routes: [
          { path: '/api/sales/*', methods: ['GET', 'POST'], upstream: 'sales' },
          { path: '/api/open/*', methods: ['GET'], upstream: 'sales', plugin: 'optional' },
          { path: '/events/orders', kind: 'sse', upstream: 'sales' },
        ],
      },
    },
  });
  session = await lab.login('viewer');
  const operator = await lab.login('operator');
  const response = await lab.send({
    method: 'POST',
    target: '/api/plugins/quarantine/bad',
    session: operator,
    headers: { 'Content-Type': 'application/json' },
    body: '{"reason":"test"}',
  });
  assert.equal(response.status, 200, response.text);
});
after(() => Promise.all([lab?.stop(), upstream?.close()]));

const as = (id) => ({ 'X-Plugin-Id': id });
// In order. Each request also violates every later row that can be combined with it.
const ROWS = [
  { code: 'PATH_ENCODED_SLASH', status: 400, request: { tenant: 'nobody.example', target: '/api/sales/..%2fadmin' } },
  { code: 'TENANT_UNKNOWN', status: 421, request: { tenant: 'nobody.example', target: '/api/sales/1' } },
  { code: 'SESSION_REQUIRED', status: 401, request: { method: 'POST', target: '/api/sales/orders' } },
  {
    code: 'SESSION_REQUIRED',
    status: 401,
    otherTenant: true,
    request: { target: '/api/sales/1', tenant: 'acme.localhost' },
  },
  {
    code: 'CSRF_ORIGIN',
    status: 403,
    request: { method: 'POST', target: '/api/sales/orders', headers: { Origin: 'http://evil.example' } },
  },
  {
    code: 'CSRF_TOKEN',
    status: 403,
    request: { method: 'POST', target: '/api/sales/orders', headers: { 'X-CSRF-Token': 'wrong' } },
  },
  { code: 'PLUGIN_ID_REQUIRED', status: 403, request: { target: '/api/sales/x' } },
  {
    code: 'PLUGIN_ID_REQUIRED',
    status: 403,
    request: { target: '/api/sales/1', headers: { 'X-Plugin-Id': ['sales', 'sales'] } },
  },
  { code: 'PLUGIN_ID_REQUIRED', status: 403, request: { target: '/api/sales/1', headers: as('') } },
  { code: 'PLUGIN_UNKNOWN', status: 403, request: { target: '/api/sales/x', headers: as('nobody') } },
  { code: 'PLUGIN_UNKNOWN', status: 403, request: { target: '/api/sales/1', headers: as('acme-only') } },
  {
    code: 'PLUGIN_QUARANTINED',
    status: 403,
    marker: 'x-plugin-quarantined',
    request: { target: '/api/sales/x', headers: as('bad') },
  },
  { code: 'PLUGIN_DISABLED', status: 403, request: { target: '/api/sales/x', headers: as('off') } },
  {
    code: 'ALLOWLIST_VIOLATION',
    status: 403,
    marker: 'x-allowlist-violation',
    request: { target: '/api/sales/x', headers: as('sales') },
  },
  {
    code: 'ALLOWLIST_VIOLATION',
    status: 403,
    marker: 'x-allowlist-violation',
    request: { target: '/api/open/x', headers: as('sales') },
  },
];

for (const [index, row] of ROWS.entries()) {
  test(`${index + 1}. ${row.code}: ${row.request.method ?? 'GET'} ${row.request.target}`, async () => {
    const signedIn = !['SESSION_REQUIRED', 'TENANT_UNKNOWN'].includes(row.code) || row.otherTenant;
    const response = await lab.send({ ...row.request, session: signedIn ? session : undefined });
    assert.equal(response.status, row.status, response.text);
    const problem = response.json();
    assert.equal(problem.code, row.code);
    assert.match(response.headers['content-type'], /^application\/problem\+json/);
    assert.ok(response.headers['x-request-id']);
    assert.equal(problem.request_id, response.headers['x-request-id']);
    for (const marker of ['x-plugin-quarantined', 'x-allowlist-violation', 'x-integrity-error']) {
      assert.equal(response.headers[marker], marker === row.marker ? '1' : undefined, marker);
    }
    if (row.code === 'PLUGIN_DISABLED') {
      assert.equal(problem.plugin_id, 'off');
      assert.equal(problem.tenant, 'localhost');
    }
    if (row.code === 'ALLOWLIST_VIOLATION') assert.match(problem.explain, /is not allowed/);
  });
}

test('denies an undeclared topic with TOPIC_NOT_ALLOWED and the same marker header', async () => {
  const response = await lab.send({ target: '/events/orders', session, headers: as('mute') });
  assert.equal(response.status, 403);
  assert.equal(response.json().code, 'TOPIC_NOT_ALLOWED');
  assert.equal(response.headers['x-allowlist-violation'], '1');
});

test('applies the rate limit last: 429 with Retry-After', async () => {
  const answers = [];
  for (let i = 0; i < 4; i++) answers.push(await lab.send({ target: '/api/sales/1', session, headers: as('slow') }));
  const last = answers.at(-1);
  assert.equal(last.status, 429);
  assert.equal(last.json().code, 'RATE_LIMITED');
  assert.ok(Number(last.headers['retry-after']) >= 1);
  const denied = await lab.send({ target: '/api/sales/x', session, headers: as('slow') });
  assert.equal(denied.json().code, 'ALLOWLIST_VIOLATION', 'a call that no rule allows is denied, not rated');
});

test('forwards an allowed call with the canonical target, the plugin and the user, and without cookies', async () => {
  upstream.seen.length = 0;
  const response = await lab.send({
    target: '/api//sales/%31?q=%2e',
    session,
    headers: { ...as('sales'), 'X-Original-URL': '/admin', 'X-HTTP-Method-Override': 'DELETE' },
  });
  assert.equal(response.status, 200, response.text);
  const [request] = upstream.seen;
  assert.equal(request.target, '/api/sales/1?q=%2e');
  for (const name of ['cookie', 'x-original-url', 'x-http-method-override', 'x-csrf-token'])
    assert.equal(request.headers[name], undefined, name);
});

test('answers an unlisted path with 404 in a session, and with 401 without one', async () => {
  assert.equal((await lab.send({ target: '/api/nothing', session })).status, 404);
  assert.equal((await lab.send({ target: '/api/nothing' })).status, 401);
});

test("accepts the host's own call on a route with plugin: optional", async () => {
  assert.equal((await lab.send({ target: '/api/open/x', session })).status, 200);
});
