// Hostile or compromised upstreams: one response stays one response, contains only data, and redirects nowhere else.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { converse, hostileLab, rawUpstream } from '../lib/hostile.mjs';

let upstream;
let lab;
let reply;

before(async () => {
  upstream = await rawUpstream({ answer: (request) => reply(request) });
  lab = await hostileLab({ upstream });
});
after(() => Promise.all([lab?.stop(), upstream?.close()]));
beforeEach(() => {
  reply = ({ target }) => answer([], target);
  upstream.forget();
});

const answer = (fields, body, status = '200 OK') =>
  [`HTTP/1.1 ${status}`, ...fields, `Content-Length: ${body.length}`, '', body].join('\r\n');
const get = async (target = '/api/app/x', method = 'GET') => {
  const bytes = `${method} ${target} HTTP/1.1\r\nHost: ${lab.host}\r\n${lab.credentials}Connection: close\r\n\r\n`;
  return (await converse(lab.port, bytes)).answers[0];
};

test('does not read what follows a response as the next response', async () => {
  const evil = answer(['Content-Type: text/plain'], 'EVIL');
  for (const surplus of [evil, evil.repeat(3), '\r\n', 'EVIL', 'HTTP/1.1 200 OK\r\n', '0\r\n\r\n']) {
    reply = ({ target }) => answer([], target) + (target.endsWith('first') ? surplus : '');
    await get('/api/app/first');
    for (const next of ['/api/app/a', '/api/app/b']) {
      const { status, body } = await get(next);
      assert.deepEqual([status, body], [200, next], JSON.stringify(surplus));
    }
  }
});

describe('answers 502 to a response with an ambiguous end', () => {
  const FIELDS = {
    'length and coding': ['Content-Length: 4', 'Transfer-Encoding: chunked'],
    'two lengths': ['Content-Length: 4', 'Content-Length: 5'],
    'a length in a list': ['Content-Length: 4, 5'],
    'a length with a sign': ['Content-Length: +4'],
    'an unknown coding': ['Transfer-Encoding: xchunked'],
    'chunked not last': ['Transfer-Encoding: chunked, gzip'],
    'a folded coding': ['Content-Length: 4', 'Transfer-Encoding:', ' chunked'],
    'a blank before the colon': ['Content-Length : 4'],
    'a name with a control': ['X-\x01: b', 'Content-Length: 4'],
  };
  for (const [name, fields] of Object.entries(FIELDS)) {
    test(name, async () => {
      reply = () => ['HTTP/1.1 200 OK', ...fields, '', '0\r\n\r\nEVIL'].join('\r\n');
      const first = await get();
      assert.equal(first.status, 502, first.body);
      assert.doesNotMatch(first.body, /EVIL/);
      reply = ({ target }) => answer([], target);
      assert.equal((await get('/api/app/next')).body, '/api/app/next');
    });
  }
});

test('unfolds a folded header for the client', async () => {
  reply = () => answer(['X-A: b', '\tX-C: d', ' Set-Cookie: a=b'], 'fine');
  const { status, headers } = await get();
  assert.deepEqual([status, headers['x-c'], headers['set-cookie']], [200, undefined, undefined]);
  assert.match(headers['x-a'], /^b\s+X-C: d\s+Set-Cookie: a=b$/);
});

test('drops headers that speak for this origin or this server', async () => {
  const fields = [
    ...['Set-Cookie: __Host-portcullis=evil; Path=/; Secure', 'Set-Cookie: a=b', 'Set-Cookie2: a=b'],
    ...['Clear-Site-Data: "*"', 'Service-Worker-Allowed: /', 'Content-Security-Policy: default-src *'],
    ...['X-Allowlist-Violation: 1', 'X-Plugin-Quarantined: 1', 'X-Integrity-Error: 1', 'X-Request-ID: evil'],
    ...[
      'Access-Control-Allow-Origin: *',
      'Access-Control-Allow-Credentials: true',
      'Refresh: 0;url=http://evil.example',
    ],
    ...[
      'Strict-Transport-Security: max-age=0',
      'X-Accel-Redirect: /etc/passwd',
      'X-Sendfile: /etc/passwd',
      'Alt-Svc: evil',
    ],
    ...['Cross-Origin-Resource-Policy: cross-origin', 'X-Content-Type-Options: evil', 'WWW-Authenticate: Basic'],
    ...[
      'Connection: X-Secret',
      'X-Secret: evil',
      'Link: <http://evil.example/>; rel=preload',
      'Cache-Control: public, max-age=99',
    ],
  ];
  reply = () => answer([...fields, 'Content-Type: text/html'], '<script>alert(1)</script>');
  const { headers, head, status } = await get();
  assert.equal(status, 200);
  assert.match(headers['content-security-policy'], /^sandbox/);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
  assert.match(headers['cache-control'], /private/);
  assert.doesNotMatch(headers['cache-control'], /public/);
  assert.match(headers['x-request-id'], /^[0-9a-f]{32}$/);
  assert.doesNotMatch(
    head,
    /set-cookie|clear-site-data|service-worker-allowed|allowlist|quarantined|integrity-error|access-control|refresh|passwd|alt-svc|www-auth|strict-transport|x-secret/i,
  );
});

test('lets no redirect leave this origin', async () => {
  const own = `${upstream.url}/api/app/y`;
  for (const [location, to] of [
    ['/api/app/y', '/api/app/y'],
    [own, '/api/app/y'],
    ['http://evil.example/', null],
    ['https://evil.example/', null],
    ['//evil.example/', null],
    ['/\\evil.example/', null],
    ['\\\\evil.example', null],
    ['/\t/evil.example/', null],
    ['///evil.example/', null],
    [`${upstream.url}@evil.example/`, null],
    [`${upstream.url}.evil.example/`, null],
    [`${upstream.url}//evil.example/`, null],
    ['javascript:alert(1)', null],
    ['JAVASCRIPT:alert(1)', null],
    ['data:text/html,x', null],
    ['http:evil.example', null],
    ['\x01//evil.example/', null],
  ]) {
    reply = () => answer([`Location: ${location}`], '', '302 Found');
    const { status, headers } = await get();
    assert.deepEqual([status, headers.location], to === null ? [502, undefined] : [302, to], location);
  }
  reply = () => answer(['Location: /a', 'Location: http://evil.example/'], '', '302 Found');
  assert.equal((await get()).headers.location?.includes('evil') ?? false, false, 'two of them');
});

test('never redirects by itself', async () => {
  const targets = [
    '//evil.example/',
    '///evil.example/..',
    '/https://evil.example/',
    '/%5cevil.example',
    '/.//evil.example/',
  ];
  const queries = ['/?next=//evil.example', '/auth/login?redirect=//evil.example', '/auth/logout?next=//evil.example'];
  for (const target of [...targets, ...queries]) {
    for (const method of ['GET', 'POST']) {
      const { status, headers } = await get(target, method);
      assert.ok(status < 300 || status >= 400, `${target}: ${status}`);
      assert.deepEqual([headers.location, headers.refresh], [undefined, undefined], target);
    }
  }
});

test('refuses an event stream, a protocol switch and endless interim responses from an API', async () => {
  reply = () => answer(['Content-Type: text/event-stream'], 'data: x\n\n');
  assert.equal((await get()).status, 502);
  reply = () => 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: evil\r\nConnection: Upgrade\r\n\r\n';
  assert.equal((await get()).status, 502);
  reply = () => `${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(10_000)}${answer([], 'late')}`;
  assert.ok([200, 502].includes((await get()).status));
  reply = () => `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(1 << 20)}\r\n\r\n`;
  assert.equal((await get()).status, 502);
});
