// Floods that cost their sender little: names that collide in a hash, lengths that are only announced, heads that
// never end. Their cost to the server is bounded by what was actually sent.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cleanup } from '../lib/cleanup.mjs';
import { collidingTexts, cpuMs, evaluation, hold, manyObjects, oneObject, residentKib } from '../lib/floods.mjs';
import { converse, hostileLab, rawUpstream } from '../lib/hostile.mjs';
import { USERS } from '../lib/lab.mjs';
import { until } from '../lib/load.mjs';

const CONNECTIONS = 1000;
/** Memory limit per connection, without the kernel's socket buffers: objects, coroutines, a head. */
const KIB_EACH = 16;
/** The allocator's slack, and one-time allocations of the server. */
const KIB_ONCE = 12 * 1024;

let upstream;
let lab;

before(async () => {
  upstream = await rawUpstream();
  lab = await hostileLab({ upstream, settings: { limits: { connections: 5000 } } });
});
after(() => Promise.all([lab?.stop(), upstream?.close()]));

const json = (body, target = '/access/v1/evaluation') =>
  lab.send({
    method: 'POST',
    target,
    session: lab.session,
    headers: { 'Content-Type': 'application/json', 'X-Plugin-Id': 'app' },
    body,
  });
const head = (line, fields) => `${line} HTTP/1.1\r\nHost: ${lab.host}\r\n${lab.credentials}${fields}\r\n\r\n`;

async function cpuOf(work) {
  const before = cpuMs(lab.bff.pid);
  await work();
  return cpuMs(lab.bff.pid) - before;
}

test("handles keys that collide under std::hash at normal cost, and limits an object's keys", async () => {
  const colliding = collidingTexts(6_000);
  const plain = colliding.map((_, at) => `plain-key-${String(at).padStart(6, '0')}`);
  const refusals = [];
  for (const properties of [oneObject(colliding), { deep: [0, oneObject(colliding)] }]) {
    refusals.push(await json(evaluation(properties)));
  }
  for (const [answer, pointer] of [
    [refusals[0], '/resource/properties'],
    [refusals[1], '/resource/properties/deep/1'],
  ]) {
    assert.equal(answer.status, 400, answer.text);
    const { code, detail } = answer.json();
    assert.equal(code, 'JSON_TOO_MANY_KEYS');
    assert.match(detail, new RegExp(`the object at ${pointer} has more than 1024 keys`));
  }
  const cost = {};
  for (const [name, keys] of Object.entries({ plain, colliding })) {
    const body = evaluation(manyObjects(keys, 1000));
    cost[name] = await cpuOf(async () => {
      for (let i = 0; i < 5; i++) assert.equal((await json(body)).status, 200);
    });
  }
  assert.ok(cost.colliding < 4 * cost.plain, JSON.stringify(cost));
});

test("reads telemetry, logins and operators' bodies by the same rules", async () => {
  const keys = oneObject(Array.from({ length: 1100 }, (_, at) => `k${at}`));
  const operator = await lab.login('operator');
  const post = (target, body, session = lab.session, plugin = {}) =>
    lab.send({
      method: 'POST',
      target,
      session,
      headers: { 'Content-Type': 'application/json', ...plugin },
      body: JSON.stringify(body),
    });
  for (const answer of [
    await post('/api/plugins/telemetry', { events: [{ name: 'x', props: keys }] }, lab.session, {
      'X-Plugin-Id': 'app',
    }),
    await post('/auth/login', { user: 'viewer', password: 'viewer', ...keys }, null),
    await post('/api/plugins/quarantine/app', keys, operator),
    await post('/access/v1/evaluations', { evaluations: [], ...keys }),
  ]) {
    assert.deepEqual([answer.status, answer.json().code], [400, 'JSON_TOO_MANY_KEYS'], answer.text);
  }
});

const length = (bytes) => `Content-Type: application/json\r\nContent-Length: ${bytes}`;
const CHUNKED = 'Content-Type: application/json\r\nTransfer-Encoding: chunked';
const ANNOUNCED = {
  'a JSON body of 1 MB': () => head('POST /access/v1/evaluation', length(1 << 20)),
  'a JSON body in a chunk of 1 MB': () => `${head('POST /access/v1/evaluation', CHUNKED)}100000\r\n`,
  'telemetry of 64 KB': () => head('POST /api/plugins/telemetry', length(65536)),
  'a log-in of 64 KB': () =>
    `POST /auth/login HTTP/1.1\r\nHost: ${lab.host}\r\nOrigin: http://${lab.host}\r\n${length(65536)}\r\n\r\n`,
  'a small body for an upstream': () => head('POST /api/app/x', length(16_384)),
  'an upload of 1 GB': () => head('POST /api/app/x', length(1 << 30)),
  'an upload in a chunk of 1 GB': () => `${head('POST /api/app/x', CHUNKED)}40000000\r\n`,
  'a head that never ends': () => `GET / HTTP/1.1\r\nHost: ${lab.host}\r\nX-A: a`,
  'nothing at all': () => '',
};

for (const [what, bytes] of Object.entries(ANNOUNCED)) {
  test(`allocates nothing for ${CONNECTIONS} connections that announce ${what}`, async (t) => {
    const before = residentKib(lab.bff.pid);
    const flood = await hold(lab.port, CONNECTIONS, bytes());
    cleanup(t, flood.release);
    // A response after them shows that all of them have been read.
    for (let i = 0; i < 20; i++)
      assert.equal((await lab.send({ target: '/auth/session', session: lab.session })).status, 200);
    const grown = residentKib(lab.bff.pid) - before;
    assert.ok(grown < CONNECTIONS * KIB_EACH + KIB_ONCE, `${grown} KiB`);
  });
}

test('joins a body that arrives in small pieces', async () => {
  const body = evaluation({ text: 'x'.repeat(40_000) });
  const socket = await hold(lab.port, 1, head('POST /access/v1/evaluation', length(body.length)));
  let said = '';
  socket.sockets[0].on('data', (chunk) => (said += chunk));
  for (let at = 0; at < body.length; at += 1500) {
    await new Promise((resolve) => socket.sockets[0].write(body.slice(at, at + 1500), resolve));
  }
  await until(() => /"decision":/.test(said), 'the answer');
  socket.release();
});

const PEOPLE = ['ada', 'ben', 'cleo', 'dan'];

test('budgets bodies by account, by address and in total, and only slows uploads down', async (t) => {
  const KIB = 1024;
  const small = await hostileLab({
    upstream,
    settings: {
      trusted_proxies: ['127.0.0.1/32'],
      limits: { body_memory_kib: 3072, body_memory_per_account_kib: 1100, body_memory_per_address_kib: 2100 },
    },
    files: {
      'users.yaml': { users: ['viewer', ...PEOPLE].map((user) => ({ ...USERS.users[0], user, password: user })) },
    },
  });
  cleanup(t, () => small.stop());
  const sessions = [small.session];
  for (const user of PEOPLE) sessions.push(await small.login(user));
  const again = await small.login('viewer');
  const request = (session, address, bytes) =>
    `POST /access/v1/evaluation HTTP/1.1\r\nHost: ${small.host}\r\nCookie: ${session.cookie}\r\nX-Forwarded-For: ${address}\r\n` +
    `Origin: http://${small.host}\r\nX-CSRF-Token: ${session.csrf}\r\n${length(bytes)}\r\n\r\n`;
  const held = async () => {
    const text = await (await fetch(new URL('/metrics', small.bff.metricsUrl))).text();
    return Number(/^portcullis_body_memory_bytes (\d+)/m.exec(text)[1]);
  };
  const filled = [];
  cleanup(t, () => {
    for (const { release } of filled) release();
  });
  /** All but one byte of a body, then nothing. */
  const fill = async (session, address, kib) => {
    const before = await held();
    const bytes = `${request(session, address, kib * KIB)}${' '.repeat(kib * KIB - 1)}`;
    filled.push(await hold(small.port, 1, bytes));
    await until(async () => (await held()) >= before + (kib - 40) * KIB, 'it has arrived');
  };
  const refused = async (session, address, status, code) => {
    const bytes = `${request(session, address, 900 * KIB)}${' '.repeat(900 * KIB - 1)}`;
    const { answers, closed } = await converse(small.port, bytes);
    assert.deepEqual([answers[0]?.status, closed], [status, true]);
    assert.equal(JSON.parse(answers[0].body).code, code);
    assert.equal(answers[0].headers['retry-after'], '1');
  };
  await fill(sessions[0], '203.0.113.1', 900);
  await refused(sessions[0], '203.0.113.2', 429, 'BODY_MEMORY_LIMIT');
  await refused(again, '203.0.113.2', 429, 'BODY_MEMORY_LIMIT');
  await fill(sessions[1], '203.0.113.1', 900);
  await refused(sessions[2], '203.0.113.1', 429, 'BODY_MEMORY_LIMIT');
  await fill(sessions[3], '203.0.113.3', 900);
  await refused(sessions[4], '203.0.113.4', 503, 'OVERLOADED');
  // Small bodies, and those streamed to an upstream, continue.
  const post = (target, body) =>
    small.send({
      method: 'POST',
      target,
      session: sessions[4],
      headers: { 'Content-Type': 'application/json', 'X-Plugin-Id': 'app', 'X-Forwarded-For': '203.0.113.4' },
      body,
    });
  assert.equal((await post('/access/v1/evaluation', evaluation({}))).status, 200);
  const upload = 'y'.repeat(1 << 20);
  const answer = await post('/api/app/upload', upload);
  assert.deepEqual([answer.status, answer.json().body.length], [200, upload.length]);
  for (const { sockets } of filled) for (const socket of sockets) socket.write(' ');
  await until(async () => (await held()) === 0, 'all is given back');
  assert.equal((await post('/access/v1/evaluation', evaluation({ text: 'x'.repeat(900 * KIB) }))).status, 200);
});
