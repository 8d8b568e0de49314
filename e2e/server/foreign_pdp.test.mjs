// A third-party PDP in its own process: the BFF uses its decisions; while it is killed or stopped nothing is
// permitted; when it is back, so are its decisions.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { binary } from '../lib/examples.mjs';
import { SETTINGS, startLab } from '../lib/lab.mjs';

const SCRIPT = fileURLToPath(new URL('../lib/cedar_pdp.mjs', import.meta.url));
const POLICIES = fileURLToPath(new URL('../interop/contributions.cedar', import.meta.url));

async function startCedar(port = '0') {
  const child = spawn(process.execPath, [SCRIPT, POLICIES, port], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise((done, fail) => {
    createInterface({ input: child.stdout }).on('line', (line) => done(JSON.parse(line).url));
    child.on('exit', (code) => fail(new Error(`the PDP ended with ${code}`)));
  });
  const end = () =>
    new Promise((done) => {
      if (child.exitCode !== null || child.signalCode !== null) return done();
      child.removeAllListeners('exit').once('exit', done);
      child.kill('SIGKILL');
    });
  return { url, end, signal: (name) => child.kill(name) };
}

/** The core's answer to each question, from its console. */
const consoleAnswers = (...questions) =>
  spawnSync(binary, ['console'], {
    input: questions.map((one) => `${JSON.stringify(one)}\n`).join(''),
    encoding: 'utf8',
  })
    .stdout.trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const plugin = (id, contributions) => ({
  id,
  version: '1.0.0',
  engine: { experience: '>=1.0.0' },
  bundle: { file: `/app/plugins/${id}/1.0.0/index.esm.js` },
  permissions: { api: [], sse: [] },
  contributions,
});
const PLUGINS = [
  plugin('sales', {
    routes: [{ path: '/plugins/sales', component: 'Page' }],
    widgets: [
      { slot: 'dashboard.main', component: 'Chart' },
      { slot: 'dashboard.main', component: 'Export', action: 'export' },
    ],
  }),
  plugin('reports', {
    routes: [{ path: '/plugins/reports', component: 'Page' }],
    widgets: [{ slot: 'dashboard.main', component: 'Odd', resource: 'other.thing' }],
  }),
];
// In the order of the batch: per plugin, routes before widgets.
const EXPECTED = {
  viewer: [true, true, false, false, false],
  operator: [true, true, true, true, false],
};

let cedar;
let lab;
before(async () => {
  cedar = await startCedar();
  lab = await startLab({
    files: {
      'settings.yaml': { ...SETTINGS, authzen: { pdp: cedar.url, timeout_ms: 5000 } },
      'plugins.yaml': { tenants: { localhost: PLUGINS } },
      // The embedded PDP would permit everything, so it must never be asked, not even while the other one is down.
      'policy.yaml': { rules: [{ id: 'all', effect: 'permit' }] },
    },
    bundles: Object.fromEntries(PLUGINS.map(({ id }) => [`${id}/1.0.0/index.esm.js`, 'export {};\n'])),
  });
});
after(() => Promise.all([lab?.stop(), cedar?.end()]));

/** The same batch that a page sends: the core builds it from the served manifests. */
async function batchOf(session) {
  const manifests = (await lab.send({ target: '/api/plugins/manifests', session })).json();
  // The page does not choose the subject: the one it names is overwritten.
  const subject = { type: 'account', id: 'auth:account:lab:operator' };
  return consoleAnswers({ op: 'authzen.requests', manifests, subject })[0];
}
const ask = (session, body, { target = '/access/v1/evaluations', headers = {} } = {}) =>
  lab.send({
    method: 'POST',
    target,
    session,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const decided = (answer) => answer.json().evaluations?.map(({ decision }) => decision);
const outcomes = async () => {
  const text = await (await fetch(`${lab.bff.metricsUrl}/metrics`)).text();
  const lines = text.matchAll(/^portcullis_pdp_requests_total\{outcome="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, outcome, count]) => [outcome, Number(count)]));
};

test("uses the PDP's batch decisions for each person", async () => {
  for (const [user, expected] of Object.entries(EXPECTED)) {
    const session = await lab.login(user);
    const batch = await batchOf(session);
    assert.equal(batch.evaluations.length, expected.length);
    const answer = await ask(session, batch);
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(decided(answer), expected, user);
    const words = expected.map((permit) => ({ decision: permit ? 'Permit' : 'Deny' }));
    assert.deepEqual(answer.json().decisions, words, user);
    const [{ decisions }] = consoleAnswers({
      op: 'authzen.apply',
      requests: expected.length,
      status: answer.status,
      body: answer.text,
    });
    assert.deepEqual(decisions, expected, 'and the page reads them so');
  }
});

test('gets the same decisions from the PDP directly', async () => {
  const session = await lab.login('operator');
  const { evaluations } = await batchOf(session);
  const response = await fetch(`${cedar.url}/access/v1/evaluations`, {
    method: 'POST',
    body: JSON.stringify({
      context: { tenant: 'localhost', client: { ip: '', user_agent: '' } },
      evaluations: evaluations.map(({ context, ...rest }) => rest),
    }),
  });
  assert.deepEqual(
    (await response.json()).evaluations.map(({ decision }) => decision),
    EXPECTED.operator,
  );
});

test('sends tenant and client to the policy, in each evaluation and at the top', async () => {
  const session = await lab.login('viewer');
  const { evaluations } = await batchOf(session);
  const forged = { tenant: 'other.example', client: { user_agent: 'a bot' } };
  const spread = evaluations.map((entry) => ({ ...entry, context: forged }));
  assert.deepEqual(decided(await ask(session, { evaluations: spread })), EXPECTED.viewer);
  const bare = evaluations.map(({ context, subject, ...rest }) => rest);
  assert.deepEqual(decided(await ask(session, { context: forged, evaluations: bare })), EXPECTED.viewer);
  const crawler = { headers: { 'User-Agent': 'a bot' } };
  assert.deepEqual(
    decided(await ask(session, { evaluations }, crawler)),
    EXPECTED.viewer.map(() => false),
  );
});

test('passes on the single form and evaluations_semantic', async () => {
  const session = await lab.login('viewer');
  const { evaluations } = await batchOf(session);
  for (const [at, one] of evaluations.entries()) {
    const answer = await ask(session, one, { target: '/access/v1/evaluation' });
    assert.deepEqual(answer.json(), { decision: EXPECTED.viewer[at] }, JSON.stringify(one));
  }
  // The PDP stops at the first denial; the missing answers count as denials.
  const options = { evaluations_semantic: 'deny_on_first_deny' };
  const [yes, , no] = evaluations;
  assert.deepEqual(decided(await ask(session, { evaluations: [yes, no, yes, yes], options })), [
    true,
    false,
    false,
    false,
  ]);
});

test('permits nothing while the PDP is down (PDP_UNAVAILABLE), and recovers after its restart', async () => {
  const session = await lab.login('operator');
  const batch = await batchOf(session);
  assert.deepEqual(decided(await ask(session, batch)), EXPECTED.operator);
  const before = await outcomes();
  await cedar.end();
  const single = await ask(session, batch.evaluations[0], { target: '/access/v1/evaluation' });
  const answer = await ask(session, batch);
  for (const { status, headers, text } of [single, answer]) {
    assert.equal(status, 502, text);
    assert.equal(headers['content-type'], 'application/problem+json');
    assert.equal(JSON.parse(text).code, 'PDP_UNAVAILABLE');
    const [{ decisions }] = consoleAnswers({ op: 'authzen.apply', requests: 2, status, body: text });
    assert.deepEqual(decisions, [false, false], 'and the page denies');
  }
  // Only policy questions fail: the page still has its manifests and its session.
  assert.equal((await lab.send({ target: '/api/plugins/manifests', session })).status, 200);
  assert.equal((await outcomes()).unavailable, (before.unavailable ?? 0) + 2);

  cedar = await startCedar(new URL(cedar.url).port);
  assert.deepEqual(decided(await ask(session, batch)), EXPECTED.operator);
});

test('permits nothing while the PDP hangs (PDP_TIMEOUT after authzen.timeout_ms), and recovers', async () => {
  const session = await lab.login('operator');
  const batch = await batchOf(session);
  cedar.signal('SIGSTOP');
  const started = performance.now();
  const answer = await ask(session, batch);
  const took = performance.now() - started;
  cedar.signal('SIGCONT');
  assert.equal(answer.status, 504, answer.text);
  assert.equal(answer.json().code, 'PDP_TIMEOUT');
  assert.ok(took > 4900, `${took} ms: the PDP has authzen.timeout_ms`);
  assert.deepEqual(decided(await ask(session, batch)), EXPECTED.operator);
});
