// Headers that claim an identity: only the server tells the upstream who calls, and the browser's credentials end
// here.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { converse, hostileLab, rawUpstream } from '../lib/hostile.mjs';

let upstream;
let lab;

before(async () => {
  upstream = await rawUpstream();
  lab = await hostileLab({
    upstream,
    routes: [{ path: '/api/open/*', methods: ['GET', 'POST'], upstream: 'app', plugin: 'optional' }],
  });
});
after(() => Promise.all([lab?.stop(), upstream?.close()]));
beforeEach(() => upstream.forget());

/** `lines`: header lines without Host. */
async function call(lines, { line = 'GET /api/app/x HTTP/1.1', body = '' } = {}) {
  const all = [line, `Host: ${lab.host}`, ...lines, ...(body ? [`Content-Length: ${body.length}`] : [])];
  const bytes = Buffer.from(`${all.join('\r\n')}\r\n\r\n${body}`, 'latin1');
  const { answers } = await converse(lab.port, bytes, { count: 1 });
  return answers[0];
}
const signedIn = () => [`Cookie: ${lab.session.cookie}`];
const proofs = () => [`Origin: http://${lab.host}`, `X-CSRF-Token: ${lab.session.csrf}`];
const code = ({ body }) => JSON.parse(body).code;

/** All headers that an upstream gets for a call without headers of its own. */
const told = (id, request) => ({
  host: new URL(upstream.url).host,
  'x-request-id': request.headers['x-request-id'],
  'x-forwarded-for': '127.0.0.1',
  'x-forwarded-proto': 'http',
  'x-forwarded-host': lab.host,
  'x-forwarded-port': lab.host.split(':')[1],
  'x-portcullis-tenant': 'localhost',
  'x-portcullis-user': 'auth:account:lab:viewer',
  ...(id ? { 'x-portcullis-plugin': id, 'x-plugin-id': id } : {}),
  via: '1.1 portcullis',
});

describe('an invalid plugin identity counts as missing', () => {
  const ROWS = {
    'twice the same': ['X-Plugin-Id: app', 'X-Plugin-Id: app'],
    'twice, of two plugins': ['X-Plugin-Id: app', 'X-Plugin-Id: other'],
    'twice, in two spellings of the name': ['X-Plugin-Id: app', 'x-PLUGIN-id: other'],
    'once, and once empty': ['X-Plugin-Id: app', 'X-Plugin-Id:'],
    'a list': ['X-Plugin-Id: app, other'],
    'a list of one': ['X-Plugin-Id: app,'],
    'a list without blanks': ['X-Plugin-Id: app,app'],
    'upper case': ['X-Plugin-Id: App'],
    'in quotes': ['X-Plugin-Id: "app"'],
    encoded: ['X-Plugin-Id: %61pp'],
    'with parameters': ['X-Plugin-Id: app;q=1'],
    'with a blank in it': ['X-Plugin-Id: app app'],
    'with bytes above ASCII': ['X-Plugin-Id: app\xc2\xa0'],
    'a path': ['X-Plugin-Id: ../app'],
    'very long': [`X-Plugin-Id: a${'p'.repeat(5000)}`],
    empty: ['X-Plugin-Id:'],
    'under a name with underscores': ['X_Plugin_Id: app'],
    'under the name that the upstream is told it by': ['X-Portcullis-Plugin: app'],
    'named hop-by-hop, and not there': ['Connection: x-plugin-id'],
  };
  for (const [name, lines] of Object.entries(ROWS)) {
    test(name, async () => {
      const answer = await call([...signedIn(), ...lines]);
      assert.equal(answer.status, 403, answer.body);
      assert.equal(code(answer), 'PLUGIN_ID_REQUIRED');
      assert.equal(upstream.bytes(), '');
    });
  }
  test('refuses a malformed identity on a route with plugin: optional instead of dropping it', async () => {
    for (const lines of [['X-Plugin-Id: app', 'X-Plugin-Id: app'], ['X-Plugin-Id: app, other'], ['X-Plugin-Id:']]) {
      const answer = await call([...signedIn(), ...lines], { line: 'GET /api/open/x HTTP/1.1' });
      assert.equal(code(answer), 'PLUGIN_ID_REQUIRED', lines.join());
    }
    assert.equal(upstream.bytes(), '');
  });
  test('rejects a control character in it with 400', async () => {
    for (const byte of ['\0', '\x01', '\x1b', '\x7f']) {
      assert.equal((await call([...signedIn(), `X-Plugin-Id: app${byte}`])).status, 400);
    }
    assert.equal(upstream.bytes(), '');
  });
  test('ignores the case of the name and surrounding blanks', async () => {
    assert.equal((await call([...signedIn(), 'x-pLuGiN-iD:\t app \t'])).status, 200);
    assert.equal(upstream.requests[0].headers['x-plugin-id'], 'app');
  });
  test('judges and forwards the identity although Connection lists it as hop-by-hop', async () => {
    const names = 'Connection: x-plugin-id, X-Portcullis-User, x-forwarded-for, cookie, host, via';
    assert.equal((await call([...signedIn(), 'X-Plugin-Id: app', names])).status, 200);
    assert.deepEqual(upstream.requests[0].headers, told('app', upstream.requests[0]));
    upstream.forget();
    const denied = await call([...signedIn(), 'X-Plugin-Id: app', names], { line: 'GET /api/open/x HTTP/1.1' });
    assert.equal(code(denied), 'ALLOWLIST_VIOLATION');
    assert.equal(upstream.bytes(), '');
  });
});

const SPOOFED = [
  ...['X-Forwarded-For: 6.6.6.6', 'X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: https', 'X-Forwarded-Port: 1'],
  ...[
    'X-Forwarded-Server: evil',
    'X-Forwarded-Prefix: /evil',
    'X-Forwarded-User: root',
    'X-Forwarded-Email: root@evil',
  ],
  ...['Forwarded: for=6.6.6.6;host=evil.example;proto=https', 'X-Real-IP: 6.6.6.6', 'X-Client-IP: 6.6.6.6'],
  ...['True-Client-IP: 6.6.6.6', 'CF-Connecting-IP: 6.6.6.6', 'X-Cluster-Client-IP: 6.6.6.6', 'X-Host: evil.example'],
  ...['X-Portcullis-User: root', 'X-PORTCULLIS-TENANT: acme.localhost', 'x-portcullis-plugin: other'],
  ...['X-Portcullis-Roles: operator', 'X_Portcullis_User: root'],
  ...['Authorization: Bearer root', 'Proxy-Authorization: Basic cm9vdA==', 'Cookie2: root'],
  ...[
    'Remote-User: root',
    'X-Remote-User: root',
    'X-Authenticated-User: root',
    'X-Auth-Token: root',
    'X-User-Id: root',
  ],
  ...['X-WebAuth-User: root', 'X-SSL-Client-Cert: root', 'X-Client-Cert: root', 'SSL_CLIENT_S_DN: root', 'From: root'],
  ...['X-HTTP-Method-Override: DELETE', 'X-HTTP-Method: DELETE', 'X-Method-Override: DELETE', 'X-Original-Method: PUT'],
  ...['X-Original-URL: /api/secret/x', 'X-Rewrite-URL: /api/secret/x', 'X-Original-URI: /api/secret/x'],
  ...['X-Original-Host: evil.example', 'Destination: http://evil.example/', 'X-Accel-Redirect: /secret'],
  ...['TE: trailers', 'Trailer: X-Plugin-Id', 'Keep-Alive: timeout=9', 'Proxy-Connection: keep-alive', 'Via: 1.1 evil'],
  ...['Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA', 'Max-Forwards: 0', 'Referer: http://evil.example/'],
  ...['Baggage: user=root', 'Sec-Fetch-User: ?1', 'Sec-WebSocket-Protocol: root', 'X-Anything: root'],
];

test('forwards no identity that a client claims', async () => {
  const lines = [...signedIn(), 'X-Plugin-Id: app', ...SPOOFED, 'Connection: keep-alive, Upgrade, HTTP2-Settings'];
  assert.equal((await call(lines)).status, 200);
  const [request] = upstream.requests;
  assert.deepEqual(request.headers, told('app', request));
  assert.equal(request.fields.length, Object.keys(request.headers).length, 'each once');
  assert.equal(`${request.method} ${request.target}`, 'GET /api/app/x');
  assert.doesNotMatch(upstream.bytes(), /root|evil|6\.6\.6\.6|secret|DELETE/);
});

test('drops each identity header alone, twice, in lower and in upper case', async () => {
  for (const line of SPOOFED) {
    const [name, value] = line.split(': ');
    const both = [`${name.toLowerCase()}: ${value}`, `${name.toUpperCase()}:${value}`];
    upstream.forget();
    const { status, body } = await call([...both, ...signedIn(), 'X-Plugin-Id: app']);
    assert.equal(status, 200, `${line}: ${body}`);
    assert.deepEqual(upstream.requests[0].headers, told('app', upstream.requests[0]), line);
  }
});

test("does not forward the session's token, and refuses another one", async () => {
  const token = (value) => call([...signedIn(), 'X-Plugin-Id: app', `X-CSRF-Token: ${value}`]);
  assert.equal((await token(lab.session.csrf)).status, 200);
  assert.deepEqual(upstream.requests[0].headers, told('app', upstream.requests[0]));
  upstream.forget();
  assert.equal(code(await token('root')), 'CSRF_TOKEN');
  assert.equal(upstream.bytes(), '');
});

test('names no plugin to the upstream when none calls', async () => {
  const lines = [...signedIn(), 'X-Portcullis-Plugin: app', 'X_Plugin_Id: app'];
  assert.equal((await call(lines, { line: 'GET /api/open/x HTTP/1.1' })).status, 200);
  assert.deepEqual(upstream.requests[0].headers, told(null, upstream.requests[0]));
});

test('ignores method overrides in the judgement and in the call', async () => {
  const overrides = SPOOFED.filter((line) => /method/i.test(line));
  const lines = [...signedIn(), ...proofs(), 'X-Plugin-Id: app', 'Content-Type: text/plain', ...overrides];
  assert.equal(
    (await call(lines, { line: 'POST /api/app/x?_method=DELETE HTTP/1.1', body: '_method=DELETE' })).status,
    200,
  );
  assert.equal(`${upstream.requests[0].method} ${upstream.requests[0].target}`, 'POST /api/app/x?_method=DELETE');
  assert.doesNotMatch(upstream.requests[0].head, /override|http-method/i);
  // And a POST is not treated as the GET that would need no CSRF token.
  upstream.forget();
  const get = ['X-HTTP-Method-Override: GET', 'X-HTTP-Method: GET'];
  const answer = await call([...signedIn(), 'X-Plugin-Id: app', ...get], {
    line: 'POST /api/app/x HTTP/1.1',
    body: 'a',
  });
  assert.equal(code(answer), 'CSRF_ORIGIN');
  assert.equal(upstream.bytes(), '');
});

test('never forwards cookies, however they are sent', async () => {
  const ways = [
    [`Cookie: ${lab.session.cookie}`],
    [`Cookie: a=b; ${lab.session.cookie}; c=d`],
    ['Cookie: a=b', `cookie: ${lab.session.cookie}`],
    [`COOKIE:${lab.session.cookie}`, 'Connection: cookie'],
    [`Cookie: ${lab.session.cookie}`, 'Connection: close, Cookie', 'Cookie2: $Version=1'],
  ];
  for (const lines of ways) {
    upstream.forget();
    assert.equal((await call([...lines, 'X-Plugin-Id: app'])).status, 200, lines.join());
    assert.doesNotMatch(upstream.bytes(), /cookie|__Host|a=b/i, lines.join());
  }
});

test('rejects a duplicate singleton header with 400', async () => {
  for (const name of ['Content-Type', 'Range', 'If-Modified-Since', 'User-Agent', 'Idempotency-Key']) {
    assert.equal((await call([...signedIn(), 'X-Plugin-Id: app', `${name}: a`, `${name}: b`])).status, 400, name);
  }
  assert.equal(upstream.bytes(), '');
});
