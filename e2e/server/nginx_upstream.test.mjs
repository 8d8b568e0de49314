// nginx as an upstream: the responses of a real server are forwarded unchanged, kept connections are reused, and a
// reload under load loses nothing.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { hostileLab } from '../lib/hostile.mjs';
import { ask, startLoad, until } from '../lib/load.mjs';
import { skip, startNginx } from '../lib/nginx.mjs';

const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');
const BIG = randomBytes(12 << 20);
const TEXT = 'all work and no play makes a dull example. '.repeat(2000);

let version = 'one';
const http =
  () =>
  ({ ports, home }) =>
    `
  keepalive_timeout 30s;
  client_max_body_size 0;
  types { application/json json; text/plain txt; application/octet-stream bin; }
  server {
    listen 127.0.0.1:${ports[0]};
    root ${join(home, 'www')};
    location /api/app/version { default_type application/json; return 200 '{"version":"${version}"}'; }
    location /api/app/connection { default_type application/json; return 200 '{"n":"$connection","requests":$connection_requests}'; }
    location /api/app/packed/ { gzip on; gzip_vary on; gzip_types text/plain; gzip_min_length 0; gzip_proxied any; }
    location /api/app/parts/ { ssi on; ssi_types text/plain; }
    location /api/app/stored/ { dav_methods PUT DELETE; create_full_put_path on; }
    location /api/app/old { return 301 /api/app/version; }
    location /api/app/nowhere { return 301 https://evil.example/; }
    location /api/app/seen { default_type application/json; return 200 '{"host":"$host","for":"$http_x_forwarded_for","proto":"$http_x_forwarded_proto","plugin":"$http_x_plugin_id","cookie":"$http_cookie"}'; }
  }`;

let nginx;
let lab;
let agent;

before(async () => {
  if (skip) return;
  nginx = await startNginx({
    http: http(),
    files: {
      'www/api/app/big.bin': BIG,
      'www/api/app/packed/text.txt': TEXT,
      'www/api/app/parts/text.txt': TEXT,
      'www/api/app/stored/keep.txt': 'kept',
    },
  });
  lab = await hostileLab({ upstream: nginx });
  agent = new Agent({ keepAlive: true });
});
after(async () => {
  agent?.destroy();
  await lab?.stop();
  await nginx?.stop();
});

const call = (path, { method = 'GET', headers = {}, body } = {}) =>
  ask({
    agent,
    host: '127.0.0.1',
    port: lab.port,
    path: `/api/app/${path}`,
    method,
    body,
    headers: {
      Host: lab.host,
      Cookie: lab.session.cookie,
      Origin: `http://${lab.host}`,
      'X-CSRF-Token': lab.session.csrf,
      'X-Plugin-Id': 'app',
      ...headers,
    },
  });

test('keeps connections alive and reuses them', { skip }, async () => {
  const seen = [];
  for (let n = 0; n < 6; n += 1) seen.push(JSON.parse((await call('connection')).text));
  // One thread of the server has this client's connection, and uses one connection to nginx for it.
  assert.equal(new Set(seen.map(({ n }) => n)).size, 1, JSON.stringify(seen));
  assert.deepEqual(
    seen.map(({ requests }) => requests - seen[0].requests),
    [0, 1, 2, 3, 4, 5],
  );
});

test('downloads a large file completely, and a range of it', { skip }, async () => {
  const whole = await call('big.bin');
  assert.equal(whole.status, 200);
  assert.equal(whole.headers['accept-ranges'], 'bytes');
  assert.equal(sha(whole.bytes), sha(BIG));
  const part = await call('big.bin', { headers: { Range: 'bytes=1000000-1000999' } });
  assert.equal(part.status, 206);
  assert.equal(part.headers['content-range'], `bytes 1000000-1000999/${BIG.length}`);
  assert.deepEqual(part.bytes, BIG.subarray(1000000, 1001000));
  assert.equal((await call('big.bin', { headers: { Range: 'bytes=99999999999-' } })).status, 416);
});

test('answers HEAD with the length and no body, and a matching validator with 304', { skip }, async () => {
  const head = await call('big.bin', { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers['content-length'], head.bytes.length], [200, `${BIG.length}`, 0]);
  const { headers } = await call('packed/text.txt');
  const same = await call('packed/text.txt', { headers: { 'If-None-Match': headers.etag } });
  assert.equal(same.status, 304);
  assert.equal(same.bytes.length, 0);
});

test('passes on gzip and chunked bodies unchanged', { skip }, async () => {
  const packed = await call('packed/text.txt', { headers: { 'Accept-Encoding': 'gzip' } });
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.equal(packed.headers['transfer-encoding'], 'chunked');
  assert.match(packed.headers.vary, /Accept-Encoding/i);
  assert.ok(packed.bytes.length < TEXT.length / 10);
  assert.equal(gunzipSync(packed.bytes).toString(), TEXT);
  const plain = await call('packed/text.txt', { headers: { 'Accept-Encoding': 'identity' } });
  assert.equal(plain.headers['content-encoding'], undefined);
  assert.equal(plain.text, TEXT);
  const parts = await call('parts/text.txt');
  assert.equal(parts.headers['transfer-encoding'], 'chunked');
  assert.equal(parts.text, TEXT);
});

test('uploads a large body completely, with a length and chunked', { skip }, async () => {
  for (const [name, headers] of [
    ['sized.bin', { 'Content-Length': BIG.length }],
    ['chunked.bin', { 'Transfer-Encoding': 'chunked' }],
  ]) {
    const put = await call(`stored/${name}`, { method: 'PUT', body: BIG, headers });
    assert.equal(put.status, 201, put.text);
    assert.equal(sha(readFileSync(join(nginx.home, 'www/api/app/stored', name))), sha(BIG), name);
  }
  assert.equal((await call('stored/sized.bin', { method: 'DELETE' })).status, 204);
  assert.equal((await call('stored/sized.bin')).status, 404);
});

test("forwards the caller's identity, but not the session", { skip }, async () => {
  const seen = JSON.parse((await call('seen')).text);
  assert.deepEqual(seen, { host: '127.0.0.1', for: '127.0.0.1', proto: 'http', plugin: 'app', cookie: '' });
});

test('passes on a redirect within the origin and refuses one to another', { skip }, async () => {
  const moved = await call('old');
  assert.equal(moved.status, 301);
  assert.equal(moved.headers.location, '/api/app/version');
  const away = await call('nowhere');
  assert.equal(away.status, 502);
  assert.equal(JSON.parse(away.text).code, 'UPSTREAM_INVALID');
});

test('loses nothing while nginx reloads', { skip }, async () => {
  const agents = Array.from({ length: 6 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  const seen = new Set();
  const clients = agents.map((own) => async () => {
    const answer = await ask({
      agent: own,
      host: '127.0.0.1',
      port: lab.port,
      path: '/api/app/version',
      headers: { Host: lab.host, Cookie: lab.session.cookie, 'X-Plugin-Id': 'app' },
    });
    assert.equal(answer.status, 200, answer.text);
    seen.add(JSON.parse(answer.text).version);
  });
  // Idempotent requests with a body too. (A POST is never sent twice; it is lost if nginx closes at that moment.)
  let stored = 0;
  clients.push(async () => {
    const put = await call(`stored/reload-${stored++}.txt`, { method: 'PUT', body: 'x' });
    assert.equal(put.status, 201, put.text);
  });
  const load = startLoad(clients);
  for (const next of ['two', 'three', 'four']) {
    version = next;
    nginx.reload(http());
    await until(() => seen.has(next), `an answer of version ${next}`);
    await load.more(100);
  }
  await load.stop();
  for (const own of agents) own.destroy();
});
