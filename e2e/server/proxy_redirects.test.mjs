// An upstream's redirects: its own names and the ones that it was told map to this origin; everything else is refused
// with an explanation.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { recorder, SETTINGS, startLab } from '../lib/lab.mjs';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const PLUGIN = {
  id: 'hello',
  version: '1.0.0',
  engine: { experience: '>=1.0.0' },
  bundle: { file: '/app/plugins/hello.js' },
  permissions: {
    api: METHODS.flatMap((method) =>
      ['/api/plain/*', '/api/based/*', '/api/short/*'].map((path) => ({ method, path })),
    ),
    sse: [],
  },
};

let upstream;
let lab;
let session;
let reply;

before(async () => {
  upstream = await recorder({ answer: (req, res) => reply(req, res) });
  lab = await startLab({
    files: {
      'settings.yaml': {
        ...SETTINGS,
        trusted_proxies: ['127.0.0.1'],
        tenants: { localhost: { aliases: ['acme.test'] } },
      },
      'plugins.yaml': { tenants: { localhost: [PLUGIN] } },
      'routes.yaml': {
        upstreams: {
          plain: { url: upstream.url, origins: ['https://sales.example.com'] },
          based: { url: `${upstream.url}/base` },
        },
        routes: [
          { path: '/api/plain/*', upstream: 'plain' },
          { path: '/api/based/*', upstream: 'based' },
          { path: '/api/short/*', upstream: 'plain', strip_prefix: '/api/short' },
        ],
      },
    },
    bundles: { 'hello.js': 'export const widgets = {};\n' },
  });
  session = await lab.login('viewer');
});
after(() => Promise.all([lab?.stop(), upstream?.close()]));

const send = (target, { method = 'GET', headers = {}, ...rest } = {}) =>
  lab.send({ session, method, target, headers: { 'X-Plugin-Id': 'hello', ...headers }, ...rest });
const redirects = (location, status = 302) => {
  reply = (_, res) => res.writeHead(status, { Location: location, 'Content-Length': 0 }).end();
};
/** Where a browser that requested `target` is redirected. */
const followed = (target, location) => new URL(location, `http://localhost${target}`).pathname;

test('maps redirects of an upstream that uses X-Forwarded-Host and -Proto', async () => {
  reply = (req, res) => {
    const { 'x-forwarded-proto': proto, 'x-forwarded-host': host } = req.headers;
    res.writeHead(req.method === 'POST' ? 201 : 302, {
      Location: `${proto}://${host}/api/plain/7`,
      'Content-Length': 0,
    });
    res.end();
  };
  assert.equal((await send('/api/plain/new', { method: 'POST' })).headers.location, '/api/plain/7');
  assert.equal((await send('/api/plain/new')).headers.location, '/api/plain/7');
  const tls = { Host: 'acme.test', 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '203.0.113.7' };
  const away = await send('/api/plain/new', { headers: tls });
  assert.deepEqual([away.status, away.headers.location], [302, '/api/plain/7']);
  const { headers } = upstream.seen.at(-1);
  assert.deepEqual(
    [headers['x-forwarded-host'], headers['x-forwarded-proto'], headers['x-forwarded-port']],
    ['acme.test', 'https', '443'],
  );
});

describe('restores a removed prefix', () => {
  for (const [location, path] of [
    ['/orders/7', '/api/short/orders/7'],
    ['7', '/api/short/orders/7'],
    ['../other', '/api/short/other'],
    ['/api/short/orders/7', '/api/short/orders/7'],
    ['?page=2', '/api/short/orders/new'],
  ]) {
    for (const status of [201, 301, 303, 307, 308]) {
      test(`${status} ${location}`, async () => {
        redirects(location, status);
        const answer = await send('/api/short/orders/new');
        assert.equal(answer.status, status, answer.text);
        assert.equal(followed('/api/short/orders/new', answer.headers.location), path);
        assert.equal(upstream.seen.at(-1).target, '/orders/new');
        assert.equal(upstream.seen.at(-1).headers['x-forwarded-prefix'], '/api/short');
      });
    }
  }
});

test('removes an added base from Location, Content-Location and Link', async () => {
  reply = (_, res) =>
    res
      .writeHead(201, {
        Location: '/base/api/based/7',
        'Content-Location': `${upstream.url}/base/api/based/7`,
        Link: `<${upstream.url}/base/api/based?page=2>; rel="next", <https://docs.example/>; rel=help`,
        'Content-Length': 0,
      })
      .end();
  const { headers } = await send('/api/based/new', { method: 'POST' });
  assert.equal(headers.location, '/api/based/7');
  assert.equal(headers['content-location'], '/api/based/7');
  assert.equal(headers.link, '</api/based?page=2>; rel="next", <https://docs.example/>; rel=help');
  assert.equal(upstream.seen.at(-1).headers['x-forwarded-prefix'], undefined);
});

test('accepts other names of an upstream', async () => {
  redirects('https://sales.example.com/api/plain/7');
  assert.equal((await send('/api/plain/x')).headers.location, '/api/plain/7');
});

describe('refuses another origin and names it', () => {
  for (const [location, said] of [
    ['https://evil.example/x?secret', 'https://evil.example'],
    ['//evil.example/x', 'http://evil.example'],
    ['https://sales.example.com:8443/', 'https://sales.example.com:8443'],
    ['http://user:password@evil.example/', 'http://evil.example'],
    ['javascript:alert(1)', 'javascript:'],
    ['/\\evil.example', 'not a valid URL'],
  ]) {
    test(location, async () => {
      redirects(location);
      const answer = await send('/api/plain/x');
      assert.equal(answer.status, 502);
      const { code, detail } = answer.json();
      assert.equal(code, 'UPSTREAM_INVALID');
      assert.ok(detail.includes(said), detail);
      assert.doesNotMatch(detail, /password|secret/);
      redirects(location, 201);
      const created = await send('/api/plain/x', { method: 'POST' });
      assert.deepEqual([created.status, created.headers.location], [201, undefined]);
    });
  }
  test('names both origins and the setting', async () => {
    redirects('https://login.example/');
    const { detail } = (await send('/api/plain/x')).json();
    for (const part of ['https://login.example', `http://localhost:${lab.port}`, '`origins`', 'routes.yaml']) {
      assert.ok(detail.includes(part), detail);
    }
  });
});

test('explains to a cross-origin POST both origins and the setting that keeps the Host', async () => {
  const answer = await send('/api/plain/x', { method: 'POST', headers: { Origin: 'http://localhost:5173' } });
  assert.equal(answer.status, 403);
  const { code, explain } = answer.json();
  assert.equal(code, 'CSRF_ORIGIN');
  for (const part of ['http://localhost:5173', `http://localhost:${lab.port}`, 'changeOrigin: false']) {
    assert.ok(explain.includes(part), explain);
  }
  const login = await lab.send({
    method: 'POST',
    target: '/auth/login',
    headers: { Origin: 'https://elsewhere.example', 'Content-Type': 'application/json' },
    body: '{}',
  });
  assert.ok(login.json().explain.includes('https://elsewhere.example'), login.text);
});
