// Mistakes of an operator, and what one tenant's operator must not see of another tenant.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { cleanup } from '../lib/cleanup.mjs';
import { binary } from '../lib/examples.mjs';
import { plugin } from '../lib/hostile.mjs';
import { SETTINGS, startLab } from '../lib/lab.mjs';
import { until } from '../lib/load.mjs';

const TOKEN = 'a-long-enough-operator-token-for-scripts';
const person = (user, tenants) => ({ user, password: user, name: user, roles: [user], tenants, idp: 'lab' });

async function lab(t, { tenants = { localhost: [plugin('app')], 'acme.localhost': [plugin('secret')] } } = {}) {
  const home = await startLab({
    files: {
      'settings.yaml': { ...SETTINGS, operator_token_file: 'operator.token' },
      'users.yaml': { users: [person('operator', Object.keys(tenants))] },
      'plugins.yaml': { tenants },
    },
    // The other tenant's bundle is missing: a warning that does not concern this tenant.
    bundles: { 'app/1.0.0/index.esm.js': 'export default 1;\n' },
  });
  cleanup(t, () => home.stop());
  const act = (session, target, body, tenant = 'localhost') =>
    home.send({
      method: 'POST',
      target,
      session,
      tenant,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body,
    });
  return { ...home, act };
}

test('refuses an ambiguous body with its own code and does nothing', async (t) => {
  const home = await lab(t);
  const operator = await home.login('operator');
  const listed = async () =>
    (await home.send({ target: '/api/plugins/quarantine', session: operator })).json().quarantined.length;
  const wrong = [
    ['quarantine/app', '{"versions":["1.0.0"]}', /unknown key "versions"; did you mean "version"\?/, '/versions'],
    ['quarantine/app', '{"Version":"1.0.0"}', /did you mean "version"/, '/Version'],
    ['quarantine/app', '{"expires":"2030-01-01T00:00:00Z"}', /unknown key "expires"/, '/expires'],
    ['quarantine/app', '{"expires_in":60}', /did you mean "expires_in_s"/, '/expires_in'],
    ['quarantine/app', '{"version":null}', /version must be a SemVer version/, '/version'],
    ['quarantine/app', '{"version":""}', /version must be a SemVer version/, '/version'],
    ['quarantine/app', '{"version":["1.0.0"]}', /version must be a SemVer version/, '/version'],
    ['quarantine/app', '{"version":1}', /version must be a SemVer version/, '/version'],
    ['quarantine/app', '{"version":"v1.0.0"}', /version must be a SemVer version/, '/version'],
    ['quarantine/app', '{"version":"1.0"}', /version must be a SemVer version/, '/version'],
    ['quarantine/app', '{"reason":7}', /reason must be a text/, '/reason'],
    ['quarantine/app', '{"expires_in_s":"60"}', /expires_in_s must be a whole number/, '/expires_in_s'],
    ['quarantine/app', '{"expires_in_s":0}', /expires_in_s must be a whole number/, '/expires_in_s'],
    ['quarantine/app', '{"expires_at":"soon"}', /expires_at must be an RFC 3339/, '/expires_at'],
    ['quarantine/app', '[]', /must be a JSON object/, undefined],
    ['quarantine/app', 'null', /must be a JSON object/, undefined],
    ['unquarantine/app', '{"versions":"1.0.0"}', /did you mean "version"/, '/versions'],
    ['unquarantine/app', '{"version":""}', /version must be a SemVer version/, '/version'],
    ['unquarantine/app', '{"reason":"x"}', /unknown key "reason"/, '/reason'],
    ['refresh', '{"dry_run":true}', /unknown key "dry_run"; a refresh has no members/, '/dry_run'],
    ['refresh', '[]', /must be a JSON object/, undefined],
  ];
  for (const [target, body, sentence, pointer] of wrong) {
    const answer = await home.act(operator, `/api/plugins/${target}`, body);
    assert.equal(answer.status, 400, `${target} ${body}`);
    const problem = answer.json();
    assert.equal(problem.code, 'JSON_WRONG_SHAPE', body);
    assert.match(problem.detail, sentence, body);
    assert.equal(problem.pointer, pointer, body);
    assert.equal(await listed(), 0, `${body} did something`);
  }
  assert.equal(
    (await home.act(operator, '/api/plugins/quarantine/app', '{"version":"1.0.0","reason":"x"}')).status,
    200,
  );
  assert.equal((await home.act(operator, '/api/plugins/quarantine/app')).status, 200, 'no body: all versions');
  assert.equal((await home.act(operator, '/api/plugins/quarantine/app', '{}')).status, 200);
  assert.equal((await home.act(operator, '/api/plugins/refresh', '{}')).status, 200);
});

test('reads its other bodies as strictly', async (t) => {
  const home = await lab(t);
  const operator = await home.login('operator');
  const refused = async (target, body, sentence, headers = {}) => {
    const answer = await home.send({
      method: 'POST',
      target,
      session: operator,
      headers: { 'Content-Type': 'application/json', ...headers },
      body,
    });
    assert.equal(answer.status, 400, `${target} ${body}: ${answer.text}`);
    assert.match(answer.json().detail, sentence);
  };
  await refused('/auth/login', '{"user":"operator","pasword":"operator"}', /a login needs password|unknown key/);
  await refused('/auth/login', '{"user":"operator","password":"operator","remember":true}', /unknown key "remember"/);
  await refused('/auth/login', '{"user":1,"password":"x"}', /user must be a text/);
  await refused('/api/plugins/page-key', '{"token":"x"}', /a trade needs boot/);
  await refused('/api/plugins/page-key', '{"boot":"x","more":1}', /unknown key "more"/);
  await refused('/api/plugins/page-key/state', '{"key_id":"x"}', /needs change/);
  const app = { 'X-Plugin-Id': 'app' };
  await refused('/api/plugins/telemetry', '{"event":[]}', /a batch needs events/, app);
  await refused('/api/plugins/telemetry', '{"events":[],"plugin":"x"}', /unknown key "plugin"/, app);
  await refused('/api/plugins/telemetry', '{"events":{}}', /events must be an array/, app);
  await refused('/api/plugins/telemetry', '{"events":[{"name":"a","properties":{}}]}', /unknown key "properties"/, app);
  await refused('/api/plugins/telemetry', '{"events":[{"name":""}]}', /name must be a text/, app);
});

test("shows a tenant's operator only that tenant's problems, and the count of the others", async (t) => {
  const home = await lab(t);
  const mine = await home.login('operator');
  const theirs = await home.login('operator', 'acme.localhost');
  const broken = { ...plugin('secret'), version: 'not a version' };
  home.write('plugins.yaml', { tenants: { localhost: [plugin('app')], 'acme.localhost': [broken] } });
  const refused = await home.act(mine, '/api/plugins/refresh');
  assert.equal(refused.status, 422);
  assert.ok(!/secret|acme|not a version/.test(refused.text), refused.text);
  const errors = refused.json().problems.filter(({ severity }) => severity === 'error');
  assert.deepEqual(errors, []);
  assert.match(refused.json().detail, /concern other tenants/);
  assert.equal(refused.json().elsewhere.errors, 1);
  const own = await home.act(theirs, '/api/plugins/refresh', undefined, 'acme.localhost');
  assert.equal(own.status, 422);
  assert.ok(
    own.json().problems.some(({ code }) => code === 'SEMVER_INVALID_VERSION'),
    own.text,
  );
  const asServer = async () =>
    home.send({
      method: 'POST',
      target: '/api/plugins/refresh',
      headers: { Authorization: `Bearer ${TOKEN}` },
    });
  writeFileSync(join(home.home, 'state', 'operator.token'), TOKEN, { mode: 0o600 });
  assert.ok((await asServer()).json().problems.length > 0, "the server's own token sees all");

  home.write('plugins.yaml', { tenants: { localhost: [plugin('app')], 'acme.localhost': [plugin('secret')] } });
  const fine = (await home.act(mine, '/api/plugins/refresh')).json();
  assert.deepEqual([fine.tenants, fine.plugins], [1, 1]);
  assert.ok(!JSON.stringify(fine).includes('secret'), 'nor of their warnings');
  assert.ok(fine.elsewhere.warnings > 0, JSON.stringify(fine));
  const all = (await asServer()).json();
  assert.deepEqual([all.tenants, all.plugins], [2, 2]);
});

test('shows the operator everything on a server with one tenant', async (t) => {
  const home = await lab(t, { tenants: { localhost: [plugin('app')] } });
  const operator = await home.login('operator');
  home.write('routes.yaml', 'routes:\n  - { path: /auth/x, fixture: none }\n');
  const refused = (await home.act(operator, '/api/plugins/refresh')).json();
  assert.ok(refused.problems.length > 0);
  assert.equal(refused.elsewhere, undefined);
});

/** Starts the server directly: {ready} or {error}. */
async function serve(t, home, ...args) {
  const child = spawn(
    binary,
    ['serve', '--config', join(home, 'config'), '--plugins', join(home, 'plugins'), '--port', '0', ...args],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  cleanup(t, () => child.kill('SIGKILL'));
  let log = '';
  child.stderr.on('data', (text) => {
    log += text;
  });
  const ended = new Promise((resolve) => child.on('close', () => resolve({ error: log })));
  const ready = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => resolve({ ready: JSON.parse(line), log: () => log }));
  });
  return Promise.race([ready, ended]);
}

test('refuses to start or reload with an operator token that others can read', async (t) => {
  const home = await lab(t);
  const token = join(home.home, 'state', 'operator.token');
  const operator = await home.login('operator');
  chmodSync(token, 0o644);
  const refused = await home.act(operator, '/api/plugins/refresh');
  assert.equal(refused.status, 422);
  chmodSync(token, 0o600);
  assert.equal((await home.act(operator, '/api/plugins/refresh')).status, 200);
  const other = join(home.home, 'other');
  mkdirSync(other, { mode: 0o700 });
  for (const mode of [0o644, 0o640, 0o606]) {
    writeFileSync(join(other, 'operator.token'), TOKEN);
    chmodSync(join(other, 'operator.token'), mode);
    const { error } = await serve(t, home.home, '--state', other);
    assert.match(
      error,
      /operator\.token has mode 0\d+, so users other than its owner can read or change it; run chmod 600 /,
    );
  }
});

test('keeps metrics and the PDP on this machine when listening on every address, and logs it', async (t) => {
  const home = await lab(t);
  const state = (name) => join(home.home, name);
  const open = await serve(t, home.home, '--host', '0.0.0.0', '--pdp-port', '0', '--state', state('a'));
  assert.match(open.ready.metrics_url, /^http:\/\/127\.0\.0\.1:/);
  assert.match(open.ready.pdp_url, /^http:\/\/127\.0\.0\.1:/);
  await until(() => /use --metrics-host for another address/.test(open.log()), 'the log says so');
  const said = await serve(
    t,
    home.home,
    ...['--host', '0.0.0.0', '--metrics-host', '127.0.0.2', '--pdp-host', '127.0.0.3', '--pdp-port', '0'],
    ...['--state', state('b')],
  );
  assert.match(said.ready.metrics_url, /^http:\/\/127\.0\.0\.2:/);
  assert.match(said.ready.pdp_url, /^http:\/\/127\.0\.0\.3:/);
  const own = await serve(t, home.home, '--host', '127.0.0.2', '--state', state('c'));
  assert.match(own.ready.metrics_url, /^http:\/\/127\.0\.0\.2:/, 'loopback is as it was');
});
