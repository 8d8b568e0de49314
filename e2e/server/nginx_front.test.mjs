// nginx in front of the server, as in docs/operating.md: TLS and HTTP/2 end there, and the server knows the client.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cleanup } from '../lib/cleanup.mjs';
import { hostileLab, plugin, rawUpstream } from '../lib/hostile.mjs';
import { SETTINGS } from '../lib/lab.mjs';
import { ask, until } from '../lib/load.mjs';
import { documentedFront, selfSigned, skip, startNginx } from '../lib/nginx.mjs';

let upstream;
let lab;
let nginx;
let tls;
let agent;

before(async () => {
  if (skip) return;
  tls = selfSigned();
  upstream = await rawUpstream();
  const app = plugin('app');
  app.permissions.sse = ['/events/ticks'];
  lab = await hostileLab({
    upstream,
    settings: { trusted_proxies: ['127.0.0.1/32'] },
    routes: [{ path: '/events/ticks', kind: 'sse', fixture: 'ticks' }],
    files: {
      'plugins.yaml': { tenants: { localhost: [app] } },
      'fixtures.yaml': {
        fixtures: { ticks: { stream: { repeat: true, events: [{ data: 'tick {{n}}', id: '{{n}}', delay_ms: 30 }] } } },
      },
    },
  });
  nginx = await startNginx({
    files: { 'cert.pem': tls.cert, 'key.pem': tls.key },
    http: ({ ports, home }) =>
      documentedFront({
        servers: [lab.port],
        listen: ports[0],
        cert: join(home, 'cert.pem'),
        key: join(home, 'key.pem'),
      }),
  });
  agent = new Agent({ keepAlive: true, ca: tls.cert, servername: 'localhost' });
});
after(async () => {
  agent?.destroy();
  await nginx?.stop();
  await lab?.stop();
  await upstream?.close();
});

const host = () => `localhost:${nginx.port}`;
const origin = () => `https://${host()}`;
const call = (path, { headers = {}, ...more } = {}) =>
  ask({ tls: true, agent, host: '127.0.0.1', port: nginx.port, path, headers: { Host: host(), ...headers }, ...more });
const login = async (headers = {}) => {
  const body = JSON.stringify({ user: 'viewer', password: 'viewer' });
  const answer = await call('/auth/login', {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json', ...headers },
  });
  assert.equal(answer.status, 200, answer.text);
  const [cookie] = answer.headers['set-cookie'];
  return { set: cookie, cookie: cookie.split(';')[0], csrf: JSON.parse(answer.text).csrf_token };
};

/** Sends a request on an HTTP/2 session: { status, headers, text }. */
function ask2(session, headers, body = '') {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers, { endStream: body === '' });
    let answer;
    let text = '';
    stream.setEncoding('utf8');
    stream.on('response', (fields) => {
      answer = fields;
    });
    stream.on('data', (chunk) => {
      text += chunk;
    });
    stream.on('end', () => resolve({ status: answer[':status'], headers: answer, text }));
    stream.on('error', reject);
    if (body !== '') stream.end(body);
  });
}
const open2 = () => connect(`https://localhost:${nginx.port}`, { ca: tls.cert });

test('accepts its own https origin and refuses the http one', { skip }, async () => {
  const session = await login({ Origin: origin() });
  const write = (from) =>
    call('/api/app/x', {
      method: 'POST',
      body: '{}',
      headers: { Cookie: session.cookie, 'X-CSRF-Token': session.csrf, 'X-Plugin-Id': 'app', Origin: from },
    });
  assert.equal((await write(origin())).status, 200);
  for (const other of [`http://${host()}`, 'https://localhost', 'https://evil.example', 'null']) {
    const refused = await write(other);
    assert.equal(refused.status, 403, other);
    assert.equal(JSON.parse(refused.text).code, 'CSRF_ORIGIN');
  }
});

test('sets a Secure __Host- cookie that is invalid on another host', { skip }, async () => {
  const { set, cookie } = await login();
  assert.match(set, /^__Host-[^=]+=[^;]{40,};/);
  for (const flag of ['Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/']) assert.match(set, new RegExp(flag));
  assert.doesNotMatch(set, /Domain/i);
  assert.equal((await call('/auth/session', { headers: { Cookie: cookie } })).status, 200);
  const elsewhere = await call('/auth/session', { headers: { Cookie: cookie, Host: 'elsewhere.example' } });
  assert.equal(elsewhere.status, 421);
});

test("takes the client's address from nginx only", { skip }, async () => {
  const session = await login();
  const seen = async (headers) => {
    upstream.forget();
    const answer = await call('/api/app/who', {
      headers: { Cookie: session.cookie, 'X-Plugin-Id': 'app', ...headers },
    });
    assert.equal(answer.status, 200);
    const [request] = upstream.requests;
    return [
      request.headers['x-forwarded-for'],
      request.headers['x-forwarded-proto'],
      request.headers['x-forwarded-host'],
    ];
  };
  const own = ['127.0.0.1', 'https', host()];
  assert.deepEqual(await seen({}), own);
  // nginx overwrites both headers, so the client's claims are gone.
  assert.deepEqual(await seen({ 'X-Forwarded-For': '6.6.6.6', 'X-Forwarded-Proto': 'http' }), own);
});

test("logs the address of nginx's client", { skip }, async () => {
  const id = `front-${Date.now()}`;
  const other = new Agent({ ca: tls.cert, servername: 'localhost', localAddress: '127.0.0.77' });
  const answer = await ask({
    tls: true,
    agent: other,
    host: '127.0.0.1',
    port: nginx.port,
    path: '/auth/session',
    headers: { Host: host(), 'X-Request-ID': id },
  });
  assert.equal(answer.status, 401);
  assert.equal(answer.headers['x-request-id'], id);
  const line = await until(() => lab.bff.log.split('\n').find((each) => each.includes(id)), 'the line of this request');
  assert.equal(JSON.parse(line).remote_ip, '127.0.0.77');
});

test('serves HTTP/2 to Node: login, a call, and a hundred concurrent calls on one connection', { skip }, async () => {
  const session = open2();
  try {
    const json = { 'content-type': 'application/json', origin: origin() };
    const body = JSON.stringify({ user: 'viewer', password: 'viewer' });
    const entered = await ask2(session, { ':method': 'POST', ':path': '/auth/login', ...json }, body);
    assert.equal(entered.status, 200, entered.text);
    const cookie = entered.headers['set-cookie'][0].split(';')[0];
    const get = (path) => ask2(session, { ':path': path, cookie, 'x-plugin-id': 'app' });
    const all = await Promise.all(Array.from({ length: 100 }, (_, n) => get(`/api/app/${n}`)));
    for (const [n, answer] of all.entries()) {
      assert.equal(answer.status, 200);
      assert.equal(JSON.parse(answer.text).target, `/api/app/${n}`);
    }
    const denied = await get('/api/secret/x');
    assert.equal(denied.status, 403);
    assert.equal(denied.headers['x-allowlist-violation'], '1');
  } finally {
    session.close();
  }
});

test('serves HTTP/2 to curl', { skip }, async (t) => {
  if (!/HTTP2/.test(spawnSync('curl', ['--version'], { encoding: 'utf8' }).stdout ?? '')) {
    return t.skip('no curl with HTTP/2 here');
  }
  const cert = join(lab.home, 'front.pem');
  writeFileSync(cert, tls.cert);
  const { stdout, stderr } = spawnSync(
    'curl',
    [
      '-sS',
      '--http2',
      '--cacert',
      cert,
      '-w',
      '%{http_version} %{http_code}',
      '-o',
      '/dev/null',
      `${origin()}/auth/session`,
    ],
    { encoding: 'utf8' },
  );
  assert.equal(stdout, '2 401', stderr);
});

test('delivers events one by one, over HTTP/2 too', { skip }, async () => {
  const { cookie } = await login();
  const session = open2();
  const stream = session.request({
    ':path': '/events/ticks',
    cookie,
    'x-plugin-id': 'app',
    accept: 'text/event-stream',
  });
  let pieces = 0;
  let text = '';
  await new Promise((resolve, reject) => {
    stream.setEncoding('utf8');
    stream.on('data', (chunk) => {
      pieces += 1;
      text += chunk;
      if (text.includes('tick 5')) resolve();
    });
    stream.on('end', () => reject(new Error(`ended: ${text}`)));
    stream.on('error', reject);
  });
  // A buffering proxy would deliver the events in one piece, or none before its buffer is full.
  assert.ok(pieces >= 3, `${pieces} pieces`);
  stream.close();
  session.close();
  // The server notices that the reader disconnected.
  await until(async () => {
    const metrics = await (await fetch(`${lab.bff.metricsUrl}/metrics`)).text();
    const open = [...metrics.matchAll(/^portcullis_streams\{[^}]*\} (\d+)/gm)];
    return open.every(([, count]) => count === '0');
  }, 'the stream is closed behind nginx');
});

test('treats nginx as the client without trusted_proxies, and ignores its https', { skip }, async (t) => {
  lab.write('settings.yaml', SETTINGS);
  process.kill(lab.bff.pid, 'SIGHUP');
  await until(() => /"reloaded"/.test(lab.bff.log), 'the reload');
  cleanup(t, async () => {
    lab.write('settings.yaml', { ...SETTINGS, trusted_proxies: ['127.0.0.1/32'] });
    process.kill(lab.bff.pid, 'SIGHUP');
  });
  const session = await login();
  upstream.forget();
  const answer = await call('/api/app/who', {
    headers: { Cookie: session.cookie, 'X-Plugin-Id': 'app', 'X-Forwarded-For': '6.6.6.6' },
  });
  assert.equal(answer.status, 200);
  assert.equal(upstream.requests[0].headers['x-forwarded-proto'], 'http');
  assert.equal(upstream.requests[0].headers['x-forwarded-for'], '127.0.0.1');
});
