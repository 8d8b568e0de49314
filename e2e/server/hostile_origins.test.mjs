// The origin of a request: tenants by their Host only; requests forged by another page; planted, shared or guessed
// sessions.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { converse, hostileLab, rawUpstream } from '../lib/hostile.mjs';

const OPERATOR = { user: 'operator', password: 'operator' };
let upstream;
let lab;

before(async () => {
  upstream = await rawUpstream();
  lab = await hostileLab({ upstream });
});
after(() => Promise.all([lab?.stop(), upstream?.close()]));
beforeEach(() => upstream.forget());

const say = async (lines, { body = '', port = lab.port } = {}) => {
  const length = body ? [`Content-Length: ${body.length}`, 'Content-Type: application/json'] : [];
  const { answers } = await converse(port, `${[...lines, ...length].join('\r\n')}\r\n\r\n${body}`, { count: 1 });
  const [{ status, headers, body: text }] = answers;
  const json = text.startsWith('{') ? JSON.parse(text) : {};
  return { status, headers, json, said: `${status} ${json.code ?? ''}`.trim() };
};

describe('the tenant is exactly the Host', () => {
  const session = (...lines) => say([...lines, `Cookie: ${lab.session.cookie}`]);
  const at = (host) => session('GET /auth/session HTTP/1.1', `Host: ${host}`);

  test('maps every spelling of a name to one tenant', async () => {
    for (const host of ['localhost', lab.host, 'LOCALHOST', 'LocalHost.', `localhost.:${lab.port}`, 'localhost:1']) {
      const { status, json } = await at(host);
      assert.deepEqual([status, json.tenant], [200, 'localhost'], host);
    }
  });
  test('refuses a session of another tenant', async () => {
    for (const host of ['acme.localhost', 'ACME.localhost.:80'])
      assert.equal((await at(host)).said, '401 SESSION_REQUIRED');
  });
  test('answers an unknown tenant with 421 and an invalid host with 400', async () => {
    const nobody = ['evil.example', 'localhost.evil.example', 'evil-localhost', 'xlocalhost', '127.0.0.1', '[::1]'];
    for (const host of nobody) assert.equal((await at(host)).said, '421 TENANT_UNKNOWN', host);
    const none = [
      ...['', 'localhost:', 'localhost:abc', 'localhost:99999', 'localhost:80:80', 'u@localhost', 'u:p@localhost:80'],
      ...['localhost, acme.localhost', 'localhost acme.localhost', 'localhost/', 'localhost/acme', 'localhost..'],
      ...['.localhost', 'local%68ost', 'localhost#', 'localhost?', 'localhost\\', '[::1', 'http://localhost', '*'],
    ];
    for (const host of none) assert.equal((await at(host)).said, '400 HOST_INVALID', host);
  });
  test('refuses two Hosts, two values in one Host, and no Host', async () => {
    const line = 'GET /auth/session HTTP/1.1';
    assert.equal((await session(line, 'Host: localhost', 'Host: acme.localhost')).said, '400 HOST_INVALID');
    assert.equal((await session(line, 'Host: localhost', 'host: localhost')).said, '400 HOST_INVALID');
    assert.equal((await session(line, 'Host:', ' localhost')).said, '400 BAD_REQUEST');
    assert.equal((await session(line)).said, '400 HOST_INVALID');
    assert.equal((await session('GET /auth/session HTTP/1.0')).said, '400 HOST_INVALID');
  });
  test('refuses an absolute target that does not match the Host', async () => {
    const absolute = (target, host = 'localhost') => session(`GET ${target} HTTP/1.1`, `Host: ${host}`);
    assert.equal((await absolute('http://localhost/auth/session')).json.tenant, 'localhost');
    assert.equal((await absolute('HTTP://LOCALHOST./auth/session')).json.tenant, 'localhost');
    for (const target of [
      'http://acme.localhost/auth/session',
      'http://evil.example/auth/session',
      'http:///auth/session',
    ]) {
      assert.equal((await absolute(target)).said, '400 HOST_INVALID', target);
    }
    for (const target of [
      'http://u@localhost/auth/session',
      'http://localhost@evil.example/',
      'https://localhost:x/',
    ]) {
      assert.equal((await absolute(target)).said, '400 HOST_INVALID', target);
    }
    assert.equal((await absolute('http://localhost/auth/session', 'acme.localhost')).said, '400 HOST_INVALID');
    for (const target of ['ftp://localhost/auth/session', 'localhost/auth/session', 'javascript:1', 'auth/session']) {
      assert.equal((await absolute(target)).status, 400, target);
    }
    assert.equal((await absolute('//localhost/auth/session')).said, '404 ROUTE_NOT_FOUND', 'it is a path of this host');
  });
  test('ignores every other field', async () => {
    const fields = ['X-Forwarded-Host: acme.localhost', 'Forwarded: host=acme.localhost', 'X-Host: acme.localhost'];
    const more = ['X-Original-Host: acme.localhost', 'X-Tenant: acme.localhost', 'X-Portcullis-Tenant: acme.localhost'];
    const { json } = await session('GET /auth/session HTTP/1.1', `Host: ${lab.host}`, ...fields, ...more);
    assert.equal(json.tenant, 'localhost');
  });
  test('reveals nothing to an unknown method or OPTIONS * without a tenant', async () => {
    for (const line of ['TRACE / HTTP/1.1', 'PROPFIND /api/app/x HTTP/1.1', 'get / HTTP/1.1', 'OPTIONS * HTTP/1.1']) {
      assert.equal((await session(line, 'Host: evil.example')).said, '421 TENANT_UNKNOWN', line);
    }
    const trace = await session('TRACE /api/app/x HTTP/1.1', `Host: ${lab.host}`, 'X-Plugin-Id: app');
    assert.equal(trace.said, '405 METHOD_NOT_ALLOWED');
    assert.equal((await session('CONNECT localhost:22 HTTP/1.1', 'Host: localhost:22')).status, 400);
    const options = await session('OPTIONS * HTTP/1.1', `Host: ${lab.host}`);
    assert.deepEqual([options.status, options.headers['content-length']], [204, undefined]);
    assert.match(options.headers.allow, /^GET, HEAD/);
    assert.equal(upstream.bytes(), '');
  });
});

describe('a request forged by another page has no effect', () => {
  const forge = (...lines) =>
    say(
      ['POST /api/app/x HTTP/1.1', `Host: ${lab.host}`, `Cookie: ${lab.session.cookie}`, 'X-Plugin-Id: app', ...lines],
      { body: '{}' },
    );
  const token = () => `X-CSRF-Token: ${lab.session.csrf}`;
  const own = () => `Origin: http://${lab.host}`;

  test('requires the same origin: scheme, host and port', async () => {
    assert.equal((await forge(own(), token())).status, 200);
    upstream.forget();
    const origins = [
      ...[
        'null',
        '',
        'http://evil.example',
        `https://${lab.host}`,
        'http://localhost',
        `http://localhost:${lab.port + 1}`,
      ],
      ...[`http://acme.${lab.host}`, `http://${lab.host}.evil.example`, `http://evil.example:${lab.port}`, lab.host],
      ...[`http://u@${lab.host}`, `http://${lab.host}/`, `http://${lab.host}, http://${lab.host}`, `//${lab.host}`],
      ...[`http://127.0.0.1:${lab.port}`, `HTTP://${lab.host}`, `file://${lab.host}`, `http://${lab.host}?`],
    ];
    for (const origin of origins)
      assert.equal((await forge(`Origin: ${origin}`, token())).said, '403 CSRF_ORIGIN', origin);
    assert.equal((await forge(token())).said, '403 CSRF_ORIGIN', 'none');
    assert.equal((await forge(own(), own(), token())).said, '403 CSRF_ORIGIN', 'two');
    assert.equal((await forge(`Referer: http://${lab.host}/`, token())).said, '403 CSRF_ORIGIN', 'only a Referer');
    for (const site of ['cross-site', 'same-site', 'none', 'same-origin, cross-site']) {
      assert.equal((await forge(own(), token(), `Sec-Fetch-Site: ${site}`)).said, '403 CSRF_ORIGIN', site);
    }
    assert.equal(upstream.bytes(), '');
  });
  test('requires the session’s token exactly once', async () => {
    const other = await lab.login('viewer');
    for (const lines of [
      [],
      ['X-CSRF-Token:'],
      ['X-CSRF-Token: null'],
      [`X-CSRF-Token: ${other.csrf}`],
      [`X-CSRF-Token: ${lab.session.csrf.slice(0, -1)}`],
      [`X-CSRF-Token: ${lab.session.csrf}x`],
      [token(), token()],
      [`X-CSRF-Token: ${lab.session.csrf}, ${lab.session.csrf}`],
      [`Cookie: csrf=${lab.session.csrf}; X-CSRF-Token=${lab.session.csrf}`],
    ]) {
      assert.equal((await forge(own(), ...lines)).said, '403 CSRF_TOKEN', lines.join());
    }
    assert.equal(upstream.bytes(), '');
  });
  test('has no side effects on GET, HEAD and OPTIONS of unsafe endpoints', async () => {
    const operator = await lab.login('operator');
    const targets = ['/auth/logout', '/auth/login', '/api/plugins/refresh', '/api/plugins/quarantine/app'];
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      for (const target of [...targets, '/access/v1/evaluation', '/api/plugins/telemetry']) {
        for (const extra of ['', '?_method=POST']) {
          const override = ['X-HTTP-Method-Override: POST', 'X-HTTP-Method: POST', 'X-Method-Override: POST'];
          const lines = [`${method} ${target}${extra} HTTP/1.1`, `Host: ${lab.host}`, `Cookie: ${operator.cookie}`];
          const bytes = `${[...lines, ...override, 'Connection: close'].join('\r\n')}\r\n\r\n`;
          const { statuses } = await converse(lab.port, bytes);
          assert.equal(statuses.length, 1);
          assert.ok((method === 'OPTIONS' ? [204, 403] : [403, 405]).includes(statuses[0]), `${lines[0]}: ${statuses}`);
        }
      }
    }
    assert.equal((await lab.send({ target: '/auth/session', session: operator })).status, 200, 'still signed in');
    assert.equal(
      (await lab.send({ target: '/api/plugins/quarantine', session: operator })).text.includes('"app"'),
      false,
    );
  });
  test('refuses sign-in and sign-out from a page of another origin', async () => {
    for (const lines of [
      ['Origin: null'],
      ['Origin: http://evil.example'],
      [`Origin: https://${lab.host}`],
      ['Sec-Fetch-Site: cross-site'],
    ]) {
      const head = ['POST /auth/login HTTP/1.1', `Host: ${lab.host}`, ...lines];
      const { said, headers } = await say(head, { body: JSON.stringify(OPERATOR) });
      assert.equal(said, '403 CSRF_ORIGIN', lines[0]);
      assert.equal(headers['set-cookie'], undefined);
    }
    const out = ['POST /auth/logout HTTP/1.1', `Host: ${lab.host}`, `Cookie: ${lab.session.cookie}`, 'Origin: null'];
    assert.equal((await say([...out, token()])).said, '403 CSRF_ORIGIN');
    assert.equal((await lab.send({ target: '/auth/session', session: lab.session })).status, 200);
  });
  test('lets no other origin read a response', async () => {
    for (const target of ['/api/plugins/manifests', '/auth/session', '/', '/api/none']) {
      for (const method of ['GET', 'OPTIONS']) {
        const lines = [`${method} ${target} HTTP/1.1`, `Host: ${lab.host}`, `Cookie: ${lab.session.cookie}`];
        const preflight = ['Origin: http://evil.example', 'Access-Control-Request-Method: POST'];
        const { headers } = await say([...lines, ...preflight]);
        const granted = Object.keys(headers).filter((name) => name.startsWith('access-control-'));
        assert.deepEqual(granted, [], `${method} ${target}`);
        assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
      }
    }
  });
});
