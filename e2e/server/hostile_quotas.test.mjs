// Shared resources that one account, address or tenant tries to exhaust: only it is affected by its own flood.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cleanup } from '../lib/cleanup.mjs';
import { plugin } from '../lib/hostile.mjs';
import { recorder, SETTINGS, startLab } from '../lib/lab.mjs';
import { until } from '../lib/load.mjs';
import { openStream, requestBytes } from '../lib/raw_http.mjs';

const json = { 'Content-Type': 'application/json' };
const person = (user, tenants) => ({ user, password: user, name: user, roles: [user], tenants, idp: 'lab' });
const BOTH = ['localhost', 'acme.localhost'];
const TENANTS = { localhost: [plugin('app')], 'acme.localhost': [plugin('app')] };

let upstream;
let spa;
before(async () => {
  upstream = await recorder();
  spa = mkdtempSync(join(tmpdir(), 'portcullis-spa-'));
  writeFileSync(join(spa, 'index.html'), '<!doctype html><html><head><title>x</title></head></html>');
});
after(async () => {
  await upstream?.close();
  rmSync(spa, { recursive: true, force: true });
});

async function lab(t, { settings = {}, files = {}, args = [], tenants = TENANTS } = {}) {
  const home = await startLab({
    files: {
      'settings.yaml': { ...SETTINGS, operator_token_file: 'operator.token', ...settings },
      'users.yaml': { users: ['viewer', 'operator', 'other'].map((user) => person(user, Object.keys(tenants))) },
      'plugins.yaml': { tenants },
      'routes.yaml': {
        upstreams: { u: { url: upstream.url } },
        routes: [
          { path: '/api/app/*', upstream: 'u' },
          { path: '/events/app', kind: 'sse', plugin: 'optional', fixture: 'ticks' },
        ],
      },
      'fixtures.yaml': {
        fixtures: { ticks: { stream: { repeat: true, events: [{ data: 'tick', delay_ms: 50 }] } } },
      },
      ...files,
    },
    args: ['--spa', spa, ...args],
  });
  cleanup(t, () => home.stop());
  const alive = async (session, tenant = 'localhost') =>
    (await home.send({ target: '/auth/session', session, tenant })).status === 200;
  const metric = async (name, labels) => {
    const text = await (await fetch(`${home.bff.metricsUrl}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${name}{${labels}} `));
    return Number(line?.split(' ').at(-1) ?? 0);
  };
  const evicted = (table, quota) => metric('portcullis_quota_evictions_total', `quota="${quota}",table="${table}"`);
  const refused = (table, quota) => metric('portcullis_quota_refusals_total', `quota="${quota}",table="${table}"`);
  const act = (session, target, body, tenant = 'localhost') =>
    home.send({
      method: 'POST',
      target,
      session,
      tenant,
      headers: body ? json : {},
      body: body && JSON.stringify(body),
    });
  return { ...home, alive, evicted, refused, act };
}

/** Signs in `count` more times, from one or many addresses. */
async function signIns(home, user, count, { tenant = 'localhost', from = () => '203.0.113.1' } = {}) {
  const out = [];
  for (let n = 0; n < count; n += 1) {
    const answer = await home.send({
      method: 'POST',
      target: '/auth/login',
      tenant,
      headers: { ...json, 'X-Forwarded-For': from(n) },
      body: JSON.stringify({ user, password: user }),
    });
    assert.equal(answer.status, 200, answer.text);
    out.push({ cookie: answer.headers['set-cookie'].split(';')[0], csrf: answer.json().csrf_token });
  }
  return out;
}

test("ends an account's own least recently used session when it signs in too often", async (t) => {
  const home = await lab(t, { settings: { limits: { sessions_per_account: 5 } } });
  const other = await home.login('other');
  const elsewhere = await home.login('viewer', 'acme.localhost');
  const kept = await home.login('viewer');
  const rest = [];
  for (let n = 0; n < 60; n += 1) {
    rest.push(await home.login('viewer'));
    if (n % 3 === 0) assert.ok(await home.alive(kept), 'the one in use stays');
  }
  assert.ok(await home.alive(other), 'another account');
  assert.ok(await home.alive(elsewhere, 'acme.localhost'), 'another tenant');
  assert.ok(await home.alive(rest.at(-1)));
  const living = [];
  for (const session of rest) living.push(await home.alive(session));
  assert.equal(living.filter(Boolean).length, 4);
  await until(async () => (await home.evicted('sessions', 'account')) === 56, 'it is counted');
});

test('isolates an address that signs in many accounts, and a tenant full of them', async (t) => {
  const users = Array.from({ length: 20 }, (_, n) => person(`u${n}`, BOTH));
  const home = await lab(t, {
    settings: { trusted_proxies: ['127.0.0.1'], limits: { sessions_per_address: 6, sessions_per_tenant: 12 } },
    files: { 'users.yaml': { users: [...users, person('viewer', BOTH)] } },
  });
  const [quiet] = await signIns(home, 'viewer', 1, { from: () => '198.51.100.7' });
  const [far] = await signIns(home, 'viewer', 1, { tenant: 'acme.localhost', from: () => '203.0.113.1' });
  for (let n = 0; n < 20; n += 1) await signIns(home, `u${n}`, 1, { from: () => '203.0.113.1' });
  assert.ok(await home.alive(quiet));
  assert.ok(await home.alive(far, 'acme.localhost'));
  for (let n = 0; n < 20; n += 1) await signIns(home, `u${n % 4}`, 2, { from: () => `203.0.113.${100 + n}` });
  assert.ok(await home.alive(quiet), 'the tenant is full of the others');
  assert.ok(await home.alive(far, 'acme.localhost'));
  await until(async () => (await home.evicted('sessions', 'tenant')) > 0, 'it is counted');
});

/** The boot token in a document that this session navigates to. */
async function bootToken(home, session, tenant) {
  const headers = { 'Sec-Fetch-Dest': 'document', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Site': 'none' };
  const { text } = await home.send({ target: '/', session, tenant, headers });
  return /<meta name="portcullis-boot" content="([\w-]+)">/.exec(text)?.[1] ?? assert.fail(text);
}

test('lets others exchange boot tokens while one account has 128 sessions', async (t) => {
  const home = await lab(t, { settings: { stamps: 'required', limits: { sessions_per_account: 200 } } });
  const trade = async (session, tenant) =>
    home.act(session, '/api/plugins/page-key', { boot: await bootToken(home, session, tenant) }, tenant);
  const sessions = [];
  for (let n = 0; n < 128; n += 1) sessions.push(await home.login('viewer'));
  for (let round = 0; round < 5; round += 1) {
    const answers = await Promise.all(sessions.map((session) => trade(session, 'localhost')));
    for (const answer of answers) assert.equal(answer.status, 200, answer.text);
  }
  assert.equal((await trade(await home.login('other'), 'localhost')).status, 200);
  assert.equal((await trade(await home.login('viewer', 'acme.localhost'), 'acme.localhost')).status, 200);
  await until(async () => (await home.evicted('boot_tokens', 'account')) === 128, 'of 640, 512 are remembered');
  await until(async () => (await home.evicted('page_keys', 'account')) === 128, 'and as many keys');
});

test("limits an operator's quarantines to that operator, who can always stop the listed plugins", async (t) => {
  const home = await lab(t);
  const operator = await home.login('operator');
  const theirs = await home.login('operator', 'acme.localhost');
  const before = await home.act(theirs, '/api/plugins/quarantine/not-there', {}, 'acme.localhost');
  assert.equal(before.status, 200);
  for (let n = 0; n < 1000; n += 20) {
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        for (;;) {
          const answer = await home.act(operator, `/api/plugins/quarantine/p${n + i}`, { reason: 'x'.repeat(900) });
          if (answer.status !== 503 || !/waiting/.test(answer.text)) return answer;
        }
      }),
    );
    for (const answer of answers) assert.equal(answer.status, 200, answer.text);
  }
  const full = await home.act(operator, '/api/plugins/quarantine/one-more', {});
  assert.equal(full.status, 503);
  assert.match(full.json().detail, /nothing was quarantined/);
  assert.equal((await home.act(operator, '/api/plugins/quarantine/app', { version: '9.9.9' })).status, 503);
  assert.equal((await home.act(operator, '/api/plugins/quarantine/app', { version: '1.0.0' })).status, 200);
  assert.equal((await home.act(operator, '/api/plugins/quarantine/app')).status, 200);
  assert.equal((await home.act(theirs, '/api/plugins/quarantine/one-more', {}, 'acme.localhost')).status, 200);
  await until(async () => (await home.refused('quarantine', 'tenant')) === 2, 'it is counted');
  const state = (name) => join(home.home, 'state', name);
  assert.ok(statSync(state('quarantine.journal')).size > 0, 'a long list has a journal');
  await home.bff.kill9();
  await home.bff.restart();
  const again = await home.login('operator');
  const { quarantined } = (await home.send({ target: '/api/plugins/quarantine', session: again })).json();
  assert.equal(quarantined.length, 1002);
});

test('quarantines every spelling of a version', async (t) => {
  const built = { ...plugin('app'), version: '1.0.0+build.7' };
  const home = await lab(t, { tenants: { localhost: [built] } });
  const operator = await home.login('operator');
  const call = () => home.send({ target: '/api/app/x', session: operator, headers: { 'X-Plugin-Id': 'app' } });
  assert.equal((await call()).status, 200);
  assert.equal((await home.act(operator, '/api/plugins/quarantine/app', { version: '1.0.0-rc.1' })).status, 200);
  assert.equal((await call()).status, 200, 'another version');
  assert.equal((await home.act(operator, '/api/plugins/quarantine/app', { version: '1.0.0' })).status, 200);
  assert.equal((await call()).json().code, 'PLUGIN_QUARANTINED');
  assert.equal((await home.act(operator, '/api/plugins/unquarantine/app', { version: '1.0.0+x' })).status, 200);
  assert.equal((await call()).status, 200);
});

/** Opens a connection from a loopback address; true if it is served. */
async function holds(port, localAddress) {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.on('close', resolve));
  await new Promise((resolve) => socket.on('connect', resolve));
  socket.write('GET /auth/session HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await Promise.race([closed, until(() => text.includes('\r\n\r\n'), 'an answer')]);
  return { served: / 401 /.test(text.split('\r\n')[0]), text, close: () => socket.destroy(), closed };
}

test('limits the connections of one address without affecting others', async (t) => {
  const home = await lab(t, { settings: { limits: { connections: 40, connections_per_address: 4 } } });
  const held = [];
  for (let n = 0; n < 4; n += 1) held.push(await holds(home.port, '127.0.0.2'));
  assert.ok(held.every(({ served }) => served));
  const over = await holds(home.port, '127.0.0.2');
  assert.match(over.text, /^HTTP\/1\.1 503 .*OVERLOADED/s);
  const other = await holds(home.port, '127.0.0.3');
  assert.ok(other.served);
  held[0].close();
  await held[0].closed;
  let again;
  await until(async () => {
    again = await holds(home.port, '127.0.0.2');
    if (!again.served) again.close();
    return again.served;
  }, 'its place is free again');
  for (const one of [...held, over, other, again]) one.close();
  await until(async () => (await home.refused('connections', 'address')) > 0, 'it is counted');
});

test('does not limit the connections of a trusted proxy', async (t) => {
  const home = await lab(t, {
    settings: { trusted_proxies: ['127.0.0.2'], limits: { connections: 40, connections_per_address: 2 } },
  });
  const held = [];
  for (let n = 0; n < 10; n += 1) held.push(await holds(home.port, '127.0.0.2'));
  assert.ok(held.every(({ served }) => served));
  for (const one of held) one.close();
});

test('limits streams per account over all sessions, and per tenant over all accounts', async (t) => {
  const home = await lab(t, {
    settings: { limits: { streams_per_session: 2, streams_per_account: 3, streams_per_tenant: 5 } },
  });
  const open = (session, tenant = 'localhost') => {
    const headers = { Host: `${tenant}:${home.port}`, Cookie: session.cookie };
    const stream = openStream(home.port, requestBytes({ target: '/events/app', headers }), { until: /tick|too many/ });
    cleanup(t, () => stream.close());
    return stream.opened.catch((error) => error.message);
  };
  const first = await home.login('viewer');
  const second = await home.login('viewer');
  assert.match(await open(first), /tick/);
  assert.match(await open(first), /tick/);
  assert.match(await open(first), /this session has too many event streams open/);
  assert.match(await open(second), /tick/);
  assert.match(await open(second), /this account has too many event streams open/);
  const third = await home.login('other');
  assert.match(await open(third), /tick/);
  assert.match(await open(third), /tick/);
  assert.match(await open(await home.login('operator')), /this tenant has too many event streams open/);
  assert.match(await open(await home.login('viewer', 'acme.localhost'), 'acme.localhost'), /tick/);
});

test("limits the log lines of a plugin's telemetry, and reports the dropped events to it and in the log", async (t) => {
  const home = await lab(t, { settings: { limits: { telemetry_kib_per_minute: 64 } } });
  const session = await home.login('viewer');
  const events = Array.from({ length: 60 }, () => ({ name: 'noise', props: { text: 'x'.repeat(900) } }));
  let accepted = 0;
  let dropped = 0;
  for (let n = 0; n < 20; n += 1) {
    const answer = await home.send({
      method: 'POST',
      target: '/api/plugins/telemetry',
      session,
      headers: { ...json, 'X-Plugin-Id': 'app' },
      body: JSON.stringify({ events }),
    });
    assert.equal(answer.status, 202, answer.text);
    accepted += answer.json().accepted;
    dropped += answer.json().dropped;
  }
  assert.equal(accepted + dropped, 1200);
  assert.ok(accepted > 0 && accepted * 900 < 20 * 1024, `${accepted}: an account has a quarter of 64 KiB a minute`);
  await until(() => home.bff.log.includes('"telemetry_dropped"'), 'the log says so');
  const noise = home.bff.log.split('\n').filter((line) => line.includes('"event":"telemetry"'));
  assert.equal(noise.length, accepted);
  const theirs = await home.login('viewer', 'acme.localhost');
  const other = await home.send({
    method: 'POST',
    target: '/api/plugins/telemetry',
    session: theirs,
    tenant: 'acme.localhost',
    headers: { ...json, 'X-Plugin-Id': 'app' },
    body: JSON.stringify({ events: events.slice(0, 3) }),
  });
  assert.deepEqual(other.json(), { accepted: 3, dropped: 0 });
});
