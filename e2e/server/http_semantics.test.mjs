// HTTP's rules for responses (RFC 9110, RFC 9112): each status with the headers that it requires, for programs and
// for browsers.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { converse } from '../lib/hostile.mjs';
import { recorder, startLab } from '../lib/lab.mjs';

const NAVIGATION = {
  Accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
  'Sec-Fetch-Dest': 'document',
  'Sec-Fetch-Mode': 'navigate',
};
let upstream;
let lab;
let site;
let session;

before(async () => {
  site = mkdtempSync(join(tmpdir(), 'portcullis-site-'));
  writeFileSync(join(site, 'index.html'), '<!doctype html><title>host page</title>');
  upstream = await recorder({
    answer: (req, res) => {
      const status = Number(/\/(\d{3})$/.exec(req.url)?.[1] ?? 200);
      res.writeHead(status, { 'Content-Type': 'application/json', 'WWW-Authenticate': 'Basic realm="theirs"' });
      res.end('{}');
    },
  });
  lab = await startLab({
    args: ['--spa', site],
    files: {
      'plugins.yaml': {
        tenants: {
          localhost: [
            {
              id: 'app',
              version: '1.0.0',
              engine: { experience: '>=1.0.0' },
              bundle: { file: '/app/plugins/app.js' },
              permissions: { api: [{ method: 'GET', path: '/api/app/*' }], sse: [] },
            },
          ],
        },
      },
      'routes.yaml': {
        upstreams: { u: { url: upstream.url } },
        routes: [{ path: '/api/app/*', upstream: 'u' }],
      },
    },
    bundles: { 'app.js': 'export {};\n' },
  });
  session = await lab.login('viewer');
});
after(async () => {
  await lab?.stop();
  await upstream?.close();
  rmSync(site, { recursive: true, force: true });
});

const call = (target, headers = {}) => lab.send({ target, session, headers: { 'X-Plugin-Id': 'app', ...headers } });
const say = (text) => converse(lab.port, text.replaceAll('\n', '\r\n').replace('HOST', `localhost:${lab.port}`));
const refusal = async (answer) => {
  const { status, json } = await answer;
  return `${status} ${json().code}`;
};

describe('oversized request heads', () => {
  test('rejects an overlong target with 414, whichever part is too long', async () => {
    assert.equal(await refusal(call(`/api/app/${'a'.repeat(3000)}`)), '414 PATH_TOO_LONG');
    assert.equal(await refusal(call(`/api/app/x?${'b'.repeat(9000)}`)), '414 QUERY_TOO_LONG');
    assert.equal(await refusal(call(`/api/app/x?${'b'.repeat(40_000)}`)), '414 QUERY_TOO_LONG');
    assert.equal(await refusal(call(`/${'a'.repeat(40_000)}`)), '414 PATH_TOO_LONG');
    assert.equal(await refusal(call(`/api/app/${'['.repeat(700)}`)), '414 PATH_TOO_LONG', 'once it is encoded');
  });

  test('rejects an oversized header section with 431 and names its largest field', async () => {
    const { status, json } = await call('/', { Cookie: 'a'.repeat(40_000) });
    assert.equal(status, 431);
    assert.match(json().detail, /largest field is Cookie, with \d+ bytes/);
  });

  test('tells a person with too many cookies what to do', async () => {
    const { status, headers, text } = await lab.send({
      target: '/',
      headers: { ...NAVIGATION, Cookie: 'a'.repeat(40_000) },
    });
    assert.equal(status, 431);
    assert.match(headers['content-type'], /^text\/html/);
    assert.match(text, /Delete the cookies of this site/);
    assert.match(text, /largest field is Cookie/);
  });
});

describe('unsupported protocol features', () => {
  test('rejects another version with 505, an unknown method with 501, and a known unsupported one with 405', async () => {
    for (const line of ['GET / HTTP/2.0', 'GET / HTTP/3.1', 'PRI * HTTP/2.0']) {
      const { statuses, closed } = await say(`${line}\nHost: HOST\n\n`);
      assert.deepEqual([statuses, closed], [[505], true], line);
    }
    for (const method of ['PROPFIND', 'get', 'BREW', 'X'.repeat(20_000)]) {
      const { statuses } = await say(`${method} / HTTP/1.1\nHost: HOST\nConnection: close\n\n`);
      assert.deepEqual(statuses, [501], method.slice(0, 20));
    }
    for (const method of ['TRACE', 'CONNECT']) {
      const { answers } = await say(`${method} / HTTP/1.1\nHost: HOST\nConnection: close\n\n`);
      assert.equal(answers[0].status, 405);
      assert.match(answers[0].headers.allow, /^GET, HEAD, /);
    }
  });

  test('rejects a transfer coding other than chunked with 501, and one without a determinable end with 400', async () => {
    const with_ = (coding) => say(`POST / HTTP/1.1\nHost: HOST\nTransfer-Encoding: ${coding}\n\n0\n\n`);
    assert.deepEqual((await with_('gzip, chunked')).statuses, [501]);
    for (const coding of ['gzip', 'chunked, gzip', 'chunked, chunked', 'identity', 'xchunked']) {
      assert.deepEqual((await with_(coding)).statuses, [400], coding);
    }
  });

  test('rejects an expectation other than 100-continue with 417', async () => {
    const { answers } = await say('GET / HTTP/1.1\nHost: HOST\nExpect: 200-ok\n\n');
    assert.equal(answers[0].status, 417);
    const old = await say('GET / HTTP/1.0\nHost: HOST\nExpect: 200-ok\n\n');
    assert.deepEqual(old.statuses, [200]);
  });
});

describe('upgrades', () => {
  const upgrade = (fields) =>
    `GET /api/app/ws HTTP/1.1\nHost: HOST\nCookie: ${session.cookie}\nX-Plugin-Id: app\n${fields}\n\n`;

  test('refuses a WebSocket with an alternative, before it reaches an upstream', async () => {
    const before = upstream.seen.length;
    for (const fields of [
      'Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Connection: close\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ]) {
      const { answers } = await converse(
        lab.port,
        upgrade(fields).replaceAll('\n', '\r\n').replace('HOST', `localhost:${lab.port}`),
        { count: 1 },
      );
      assert.equal(answers[0].status, 501);
      const problem = JSON.parse(answers[0].body);
      assert.equal(problem.code, 'UPGRADE_UNSUPPORTED');
      assert.match(problem.detail, /kind: sse.*docs\/configuration\.md/);
    }
    assert.equal(upstream.seen.length, before);
  });

  test('ignores h2c', async () => {
    const { statuses } = await say(
      'GET / HTTP/1.1\nHost: HOST\nConnection: Upgrade, HTTP2-Settings, close\nUpgrade: h2c\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\n\n',
    );
    assert.deepEqual(statuses, [200]);
  });
});

describe('401', () => {
  test('has a challenge that opens no browser prompt', async () => {
    for (const target of ['/auth/session', '/api/app/x', '/api/plugins/manifests']) {
      const { status, headers } = await lab.send({ target, headers: { 'X-Plugin-Id': 'app' } });
      if (target === '/auth/session') assert.ok([401, 403].includes(status));
      else assert.equal(status, 401, target);
      if (status === 401) assert.equal(headers['www-authenticate'], 'Cookie realm="portcullis"');
    }
    const failed = await lab.send({
      method: 'POST',
      target: '/auth/login',
      headers: { 'Content-Type': 'application/json' },
      body: '{"user":"viewer","password":"no"}',
    });
    assert.deepEqual([failed.status, failed.headers['www-authenticate']], [401, 'Cookie realm="portcullis"']);
  });

  test("distinguishes an upstream's 401 from the server's own, and strips its Basic challenge", async () => {
    const { status, headers } = await call('/api/app/401');
    assert.deepEqual([status, headers['www-authenticate']], [401, 'Upstream realm="portcullis"']);
    assert.equal((await call('/api/app/403')).headers['www-authenticate'], undefined);
    assert.equal(await refusal(call('/api/app/407')), '502 UPSTREAM_INVALID');
  });
});

describe('probes', () => {
  const PROBES = ['/healthz', '/readyz', '/livez', '/metrics', '/readyz/'];

  test('are not available on the main port, not even to a browser', async () => {
    for (const target of PROBES) {
      const { status, json } = await lab.send({ target });
      assert.equal(status, 404, target);
      assert.match(json().detail, /--metrics-port/);
      assert.equal((await lab.send({ target, headers: NAVIGATION })).status, 404, target);
      assert.equal((await lab.send({ target, tenant: '10.1.2.3' })).status, 421, target);
    }
  });

  test('are available on the metrics port under any host name', async () => {
    const port = Number(new URL(lab.bff.metricsUrl).port);
    for (const target of ['/healthz', '/livez', '/readyz', '/metrics']) {
      for (const head of [
        `GET ${target} HTTP/1.1\r\nHost: 10.1.2.3:9090\r\nConnection: close`,
        `GET ${target} HTTP/1.0`,
      ]) {
        assert.deepEqual((await converse(port, `${head}\r\n\r\n`)).statuses, [200], head);
      }
    }
  });
});

describe('refusal pages', () => {
  test('sends a page without script to a navigation and a problem document to a program', async () => {
    for (const headers of [NAVIGATION, { Accept: 'text/html' }]) {
      const page = await lab.send({ target: '/', tenant: '127.0.0.1', headers });
      assert.equal(page.status, 421);
      assert.match(page.headers['content-type'], /^text\/html/);
      assert.match(page.headers['content-security-policy'], /^default-src 'none'; [^,]*$/);
      assert.match(page.text, new RegExp(`http://localhost:${lab.port}/`));
      assert.doesNotMatch(page.text, /<script|<style|<link|<img/);
    }
    for (const headers of [
      {},
      { Accept: '*/*' },
      { Accept: 'application/json' },
      { ...NAVIGATION, 'Sec-Fetch-Dest': 'empty', 'Sec-Fetch-Mode': 'cors' },
    ]) {
      const { headers: fields, json } = await lab.send({ target: '/', tenant: '127.0.0.1', headers });
      assert.equal(fields['content-type'], 'application/problem+json');
      assert.match(json().explain, new RegExp(`http://localhost:${lab.port}/`));
    }
  });

  test('does not reveal the host names to other machines', async () => {
    for (const tenant of ['other.example', '10.1.2.3']) {
      const { status, text } = await lab.send({ target: '/', tenant, headers: NAVIGATION });
      assert.equal(status, 421);
      assert.doesNotMatch(text, /localhost/);
    }
  });

  test("never sends a page to a plugin's call", async () => {
    const { headers } = await call('/api/none', { Accept: 'text/html' });
    assert.equal(headers['content-type'], 'application/problem+json');
  });
});

describe('paths', () => {
  test('explains how to encode an invalid path', async () => {
    for (const [name, code] of [
      ['group%2Fproject', 'PATH_ENCODED_SLASH'],
      ['a%5Cb', 'PATH_ENCODED_BACKSLASH'],
      ['a%3Bb', 'PATH_ENCODED_SEMICOLON'],
      ['C%23', 'PATH_ENCODED_FRAGMENT'],
      ['What%3F', 'PATH_ENCODED_QUESTION'],
      ['50%2520off', 'PATH_DOUBLE_ENCODED'],
    ]) {
      const { status, json } = await call(`/api/app/${name}`);
      const problem = json();
      assert.deepEqual([status, problem.code], [400, code]);
      assert.match(problem.explain, /query parameter/, name);
    }
  });

  test('treats characters that browsers send raw like their encoded form', async () => {
    for (const name of ['[draft]', '%5Bdraft%5d', '%5bdraft]']) {
      assert.equal((await call(`/api/app/${name}`)).status, 200);
      assert.equal(upstream.seen.at(-1).target, '/api/app/%5Bdraft%5D');
    }
    await call('/api/app/a|b^c?d[]=|');
    assert.equal(upstream.seen.at(-1).target, '/api/app/a%7Cb%5Ec?d[]=|');
  });
});

test('names the accepted media types in a 415', async () => {
  const login = (headers) => lab.send({ method: 'POST', target: '/auth/login', headers, body: '{}' });
  const type = await login({ 'Content-Type': 'text/plain' });
  assert.deepEqual([type.status, type.headers.accept], [415, 'application/json']);
  const coded = await login({ 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' });
  assert.deepEqual([coded.status, coded.headers['accept-encoding']], [415, 'identity']);
});

test('answers HEAD like GET without a body', async () => {
  for (const target of [
    '/',
    '/auth/session',
    '/api/plugins/manifests',
    '/api/configs/ui',
    '/api/app/200',
    '/none.js',
  ]) {
    const plugin = target.startsWith('/api/app') ? { 'X-Plugin-Id': 'app' } : {};
    const get = await lab.send({ target, session, headers: plugin });
    const head = await lab.send({ method: 'HEAD', target, session, headers: plugin });
    assert.equal(head.status, get.status, target);
    assert.equal(head.text, '', target);
    assert.equal(head.headers['content-type'], get.headers['content-type'], target);
    if (target !== '/api/app/200' && get.status === 200) {
      assert.equal(head.headers['content-length'], get.headers['content-length'], target);
    }
  }
});
