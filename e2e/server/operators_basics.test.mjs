// Rate limits, the log, trace context and the audit log, as operators see them on the wire and in files.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { hostileLab, plugin, rawUpstream } from '../lib/hostile.mjs';
import { USERS } from '../lib/lab.mjs';
import { until } from '../lib/load.mjs';
import { exchange } from '../lib/raw_http.mjs';

let upstream;
let lab;

before(async () => {
  upstream = await rawUpstream();
  lab = await hostileLab({
    upstream,
    settings: { rate: { per_second: 50, burst: 100 }, audit: { max_kib: 4, keep: 2 } },
    files: {
      'users.yaml': {
        users: USERS.users.map((user) => ({ ...user, tenants: ['localhost', 'acme.localhost'] })),
      },
      'plugins.yaml': {
        tenants: {
          localhost: [plugin('app', { rate: { per_second: 1, burst: 3 } }), plugin('other')],
          'acme.localhost': [plugin('app', { rate: { per_second: 1, burst: 3 } })],
        },
      },
    },
  });
});
after(() => Promise.all([lab?.stop(), upstream?.close()]));
beforeEach(() => upstream.forget());

const call = (id, { headers = {}, session = lab.session, ...more } = {}) =>
  lab.send({ target: '/api/app/x', session, headers: { 'X-Plugin-Id': id, ...headers }, ...more });
const lineOf = async (id) => {
  const line = await until(() => lab.bff.log.split('\n').find((each) => each.includes(`"${id}"`)), `a line of ${id}`);
  return JSON.parse(line);
};

test('limits each tenant and plugin by a token bucket: RateLimit fields, 429 with Retry-After, and refill', async () => {
  const first = await call('app');
  assert.equal(first.status, 200);
  assert.equal(first.headers['ratelimit-policy'], '"plugin";q=3;w=3');
  assert.equal(first.headers.ratelimit, '"plugin";r=2;t=1');
  assert.deepEqual(
    ['limit', 'remaining', 'reset'].map((name) => first.headers[`ratelimit-${name}`]),
    ['3', '2', '1'],
  );
  let answer = first;
  for (let n = 0; n < 10 && answer.status === 200; n += 1) answer = await call('app');
  assert.equal(answer.status, 429);
  assert.equal(answer.json().code, 'RATE_LIMITED');
  assert.equal(answer.headers['retry-after'], '1');
  assert.match(answer.headers.ratelimit, /^"plugin";r=0;t=\d+$/);
  const reached = upstream.requests.length;
  assert.equal((await call('app')).status, 429);
  assert.equal(upstream.requests.length, reached, 'what is refused does not reach the upstream');
  // Another plugin's bucket is not affected.
  const other = await call('other');
  assert.equal(other.status, 200);
  assert.equal(other.headers['ratelimit-policy'], '"plugin";q=100;w=2');
  const theirs = await lab.login('viewer', 'acme.localhost');
  assert.equal((await call('app', { tenant: 'acme.localhost', session: theirs })).status, 200);
  // No bucket applies: the host's own calls have no plugin.
  const host = await lab.send({ target: '/api/plugins/manifests', session: lab.session });
  assert.equal(host.headers.ratelimit, undefined);
  await until(async () => (await call('app')).status === 200, 'a token comes back');
});

test('logs the caller, the request and the outcome in one line', async () => {
  const fine = await call('other', { headers: { 'X-Request-ID': 'basics-1' } });
  assert.equal(fine.headers['x-request-id'], 'basics-1');
  const line = await lineOf('basics-1');
  const { ts, level, event, tenant, plugin_id, version, method, route, path, status, remote_ip, user } = line;
  assert.ok(!Number.isNaN(Date.parse(ts)));
  assert.deepEqual(
    { level, event, tenant, plugin_id, version, method, route, path, status, remote_ip, user, code: line.code },
    {
      ...{ level: 'info', event: 'request', tenant: 'localhost', plugin_id: 'other', version: '1.0.0', method: 'GET' },
      ...{ route: 'api', path: '/api/app/x', status: 200, remote_ip: '127.0.0.1', user: 'auth:account:lab:viewer' },
      code: undefined,
    },
  );
  const denied = await call('other', { target: '/api/secret/x?token=hidden', headers: { 'X-Request-ID': 'basics-2' } });
  assert.equal(denied.status, 403);
  const refusal = await lineOf('basics-2');
  assert.equal(refusal.code, 'ALLOWLIST_VIOLATION');
  assert.ok(!JSON.stringify(refusal).includes('hidden'), 'queries are not logged');
});

test("logs a client's mistake as information, even if its status is 5xx", async () => {
  // Without a session: whoever can connect can cause these, as often as it likes.
  const say = (line, fields = '') =>
    exchange(lab.port, `${line}\r\nHost: localhost:${lab.port}\r\n${fields}Connection: close\r\n\r\n`);
  for (const [code, line, fields] of [
    ['METHOD_UNKNOWN', 'FROB / HTTP/1.1'],
    ['TRANSFER_CODING_UNSUPPORTED', 'POST / HTTP/1.1', 'Transfer-Encoding: gzip, chunked\r\n'],
    ['HTTP_VERSION_UNSUPPORTED', 'GET / HTTP/2.0'],
  ]) {
    const { status } = await say(line, fields);
    const logged = await lineOf(code);
    assert.deepEqual([logged.status, logged.level], [status, 'info'], code);
    assert.ok(status > 500, code);
  }
});

test('forwards and logs a valid trace context, and drops an invalid one', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const answer = await call('other', {
    headers: { traceparent, tracestate: 'vendor=1', 'X-Request-ID': 'trace-1' },
  });
  assert.equal(answer.status, 200);
  let [{ headers }] = upstream.requests;
  assert.equal(headers.traceparent, traceparent);
  assert.equal(headers.tracestate, 'vendor=1');
  assert.equal(headers['x-request-id'], 'trace-1');
  assert.equal((await lineOf('trace-1')).traceparent, traceparent);
  const malformed = ['', '00-0-0-01', traceparent.toUpperCase(), traceparent.replace('00-', 'ff-')];
  for (const [n, wrong] of malformed.entries()) {
    upstream.forget();
    await call('other', { headers: { traceparent: wrong, tracestate: 'vendor=1', 'X-Request-ID': `trace-no-${n}` } });
    [{ headers }] = upstream.requests;
    assert.equal(headers.traceparent, undefined, wrong);
    assert.equal(headers.tracestate, undefined);
  }
  for (const n of malformed.keys()) assert.equal((await lineOf(`trace-no-${n}`)).traceparent, undefined);
  // No trace context is created: the server records no spans, and an invented parent would take the sampling decision
  // from the upstream. The request id, which is always present, links the two logs.
  upstream.forget();
  const plain = await call('other');
  [{ headers }] = upstream.requests;
  assert.equal(headers.traceparent, undefined);
  assert.match(headers['x-request-id'], /^[0-9a-f]{32}$/);
  assert.equal(plain.headers['x-request-id'], headers['x-request-id']);
});

test("records operators' actions and refusals in the audit log, which rotates by size and count", async () => {
  const file = join(lab.bff.state, 'audit.log');
  const all = (name = file) =>
    ['.2', '.1', '']
      .filter((end) => existsSync(name + end))
      .flatMap((end) =>
        readFileSync(name + end, 'utf8')
          .split('\n')
          .filter(Boolean),
      )
      .map((line) => JSON.parse(line));
  const beside = (what) => all(join(lab.bff.state, `audit-${what}.log`));
  const operator = await lab.login('operator');
  const json = { 'Content-Type': 'application/json' };
  const post = (target, body = '', session = operator) =>
    lab.send({ method: 'POST', target, session, headers: body ? json : {}, body });
  const login = (password) => post('/auth/login', JSON.stringify({ user: 'viewer', password }), null);
  assert.equal((await post('/api/plugins/quarantine/p1', '{"reason":"leaks"}')).status, 200);
  assert.equal((await post('/api/plugins/unquarantine/p1')).status, 200);
  assert.equal((await post('/api/plugins/refresh')).status, 200);
  lab.write('theme.yaml', 'themes: [');
  assert.equal((await post('/api/plugins/refresh')).status, 422);
  lab.write('theme.yaml', 'themes: {}\n');
  assert.equal((await login('wrong')).status, 401);
  assert.equal((await login('viewer')).status, 200);
  await call('other', { target: '/api/secret/x?token=hidden' });
  const subject = 'auth:account:lab:operator';
  const own = [
    ['quarantine', 'ok', subject],
    ['unquarantine', 'ok', subject],
    ['refresh', 'ok', subject],
    ['refresh', 'rejected', subject],
  ];
  const has = (lines, [event, outcome, actor]) =>
    lines.some((line) => line.event === event && line.outcome === outcome && (!actor || line.actor === actor));
  assert.ok(
    own.every((each) => has(all(), each)),
    `written before the answers: ${JSON.stringify(all(), null, 1)}`,
  );
  await until(
    () =>
      has(beside('failed-sign-ins'), ['login', 'LOGIN_FAILED', 'viewer']) &&
      has(beside('sign-ins'), ['login', 'ok', 'auth:account:lab:viewer']) &&
      has(beside('refusals'), ['denied', 'ALLOWLIST_VIOLATION', 'auth:account:lab:viewer']),
    'the sign-ins and the refusal',
  );
  assert.ok(all().every(({ event }) => ['quarantine', 'unquarantine', 'refresh'].includes(event)));
  assert.ok(!JSON.stringify([all(), beside('refusals')]).includes('hidden'));
  assert.equal(statSync(file).mode & 0o777, 0o600);
  // Far more than three files of 4 KiB can hold.
  for (let n = 0; n < 60; n += 1) {
    assert.equal((await post(`/api/plugins/quarantine/many-${n}`, `{"reason":"${'r'.repeat(200)}"}`)).status, 200);
  }
  assert.ok(existsSync(`${file}.1`) && existsSync(`${file}.2`) && !existsSync(`${file}.3`));
  for (const end of ['', '.1', '.2']) assert.ok(statSync(file + end).size <= 4096, end);
  // The latest entries are complete.
  const kept = all().filter(({ plugin_id }) => plugin_id?.startsWith('many-'));
  const numbers = kept.map(({ plugin_id }) => Number(plugin_id.slice(5)));
  assert.deepEqual(
    numbers,
    Array.from({ length: numbers.length }, (_, n) => 60 - numbers.length + n),
  );
});
