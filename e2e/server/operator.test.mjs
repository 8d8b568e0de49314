// The guarantees to operators: a quarantine survives kill -9; a broken configuration changes nothing that is served.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startBff } from 'portcullis/playwright';
import { cleanup } from '../lib/cleanup.mjs';
import { SETTINGS, startLab, USERS } from '../lib/lab.mjs';
import { until } from '../lib/load.mjs';

const BUNDLE = 'export const widgets = {};\n';
const hello = {
  id: 'hello',
  version: '1.0.0',
  engine: { experience: '>=1.0.0' },
  bundle: { file: '/app/plugins/hello/1.0.0/index.esm.js' },
  permissions: { api: [{ method: 'GET', path: '/api/plugins/secure-echo' }], sse: [] },
  contributions: { widgets: [{ slot: 'dashboard.main', component: 'HelloWidget' }] },
};
const start = (files = {}) =>
  startLab({
    files: {
      'plugins.yaml': { tenants: { localhost: [hello] } },
      'settings.yaml': { ...SETTINGS, operator_token_file: 'operator.token' },
      ...files,
    },
    bundles: { 'hello/1.0.0/index.esm.js': BUNDLE },
  });
const json = { 'Content-Type': 'application/json' };
const post = (lab, session, target, body = '') =>
  lab.send({ method: 'POST', target, session, headers: body ? json : {}, body });
const bundle = (lab, session, extra = '') =>
  lab.send({ target: `/api/plugins/bundle?entry=hello&id=hello${extra}`, session });

test('keeps quarantines through kill -9 and a restart', async (t) => {
  const lab = await start();
  cleanup(t, () => lab.stop());
  const operator = await lab.login('operator');
  assert.equal((await post(lab, operator, '/api/plugins/quarantine/hello', '{"reason":"bad release"}')).status, 200);
  await lab.bff.kill9();
  await lab.bff.restart();
  const session = await lab.login('viewer');
  const answer = await bundle(lab, session);
  assert.equal(answer.status, 403);
  assert.equal(answer.headers['x-plugin-quarantined'], '1');
  assert.deepEqual((await lab.send({ target: '/api/plugins/manifests', session })).json(), []);
});

test('keeps the last good config on a broken plugins.yaml: 422 with file and line', async (t) => {
  const lab = await start();
  cleanup(t, () => lab.stop());
  const operator = await lab.login('operator');
  const before = (await lab.send({ target: '/api/plugins/manifests', session: operator })).text;
  lab.write(
    'plugins.yaml',
    'tenants:\n  localhost:\n    - id: hello\n      version: "not a version"\n      engine: { experience: ">=1" }\n',
  );
  const refused = await post(lab, operator, '/api/plugins/refresh');
  assert.equal(refused.status, 422, refused.text);
  const problem = refused.json();
  assert.equal(problem.code, 'CONFIG_INVALID');
  const version = problem.problems.find(({ code }) => code === 'SEMVER_INVALID_VERSION');
  assert.ok(version, refused.text);
  assert.match(version.file, /plugins\.yaml$/);
  assert.equal(version.line, 4);
  assert.equal((await lab.send({ target: '/api/plugins/manifests', session: operator })).text, before);
  assert.equal((await bundle(lab, operator)).status, 200);
  lab.write('plugins.yaml', { tenants: { localhost: [] } });
  assert.equal((await post(lab, operator, '/api/plugins/refresh')).status, 200);
  assert.equal((await lab.send({ target: '/api/plugins/manifests', session: operator })).text, '[]');
});

test("requires the operator role, the session's token and no plugin for quarantine and refresh", async (t) => {
  const lab = await start();
  cleanup(t, () => lab.stop());
  const operator = await lab.login('operator');
  const viewer = await lab.login('viewer');
  const target = '/api/plugins/quarantine/hello';
  const code = async (request) => (await lab.send({ method: 'POST', target, ...request })).json().code;
  assert.equal(await code({}), 'SESSION_REQUIRED');
  assert.equal(await code({ session: viewer }), 'OPERATOR_REQUIRED');
  assert.equal(await code({ session: operator, headers: { 'X-CSRF-Token': 'no' } }), 'CSRF_TOKEN');
  assert.equal(await code({ session: operator, headers: { 'X-Plugin-Id': 'hello' } }), 'PLUGIN_IDENTITY_REFUSED');
  assert.equal((await bundle(lab, viewer)).status, 200, 'none of them did anything');
});

test("accepts the bearer token from the file for a script's quarantine", async (t) => {
  const lab = await start();
  cleanup(t, () => lab.stop());
  writeFileSync(join(lab.home, 'state', 'operator.token'), 'a-long-enough-operator-token-for-scripts\n', {
    mode: 0o600,
  });
  const send = (token) =>
    lab.send({
      method: 'POST',
      target: '/api/plugins/quarantine/hello',
      headers: { Authorization: `Bearer ${token}` },
    });
  const refused = await send('wrong');
  assert.equal(refused.status, 403);
  assert.equal(refused.json().code, 'OPERATOR_REQUIRED');
  assert.equal((await send('a-long-enough-operator-token-for-scripts')).status, 200);
});

test('serves bundles: caching by content, 304, wrong v, mismatched entry, service worker, changed on disk', async (t) => {
  const lab = await start();
  cleanup(t, () => lab.stop());
  const session = await lab.login('viewer');
  const [manifest] = (await lab.send({ target: '/api/plugins/manifests', session })).json();
  assert.match(manifest.bundle.integrity, /^sha256-[A-Za-z0-9+/]{43}=$/);
  assert.ok(!JSON.stringify(manifest).includes('/app/plugins'));
  const pinned = await lab.send({ target: manifest.bundle.url, session });
  assert.equal(pinned.status, 200);
  assert.equal(pinned.text, BUNDLE);
  assert.equal(pinned.headers['cache-control'], 'private, max-age=31536000, immutable');
  assert.match(pinned.headers.etag, /^"sha256-[0-9a-f]{64}"$/);
  assert.equal(pinned.headers['content-type'], 'text/javascript; charset=utf-8');
  assert.equal(pinned.headers['cross-origin-resource-policy'], 'same-origin');
  const plain = await bundle(lab, session);
  assert.match(plain.headers['cache-control'], /no-cache/);
  assert.equal(
    (await lab.send({ target: manifest.bundle.url, session, headers: { 'If-None-Match': pinned.headers.etag } }))
      .status,
    304,
  );
  assert.equal((await bundle(lab, session, `&v=${'0'.repeat(64)}`)).status, 404);
  for (const query of ['entry=hello&id=other', 'id=hello', 'entry=hello&id=hello&id=hello']) {
    assert.equal((await lab.send({ target: `/api/plugins/bundle?${query}`, session })).status, 400, query);
  }
  assert.equal(
    (await lab.send({ target: manifest.bundle.url, session, headers: { 'Sec-Fetch-Dest': 'serviceworker' } })).status,
    403,
  );
  assert.equal((await lab.send({ target: manifest.bundle.url })).status, 401);
  lab.writeBundle('hello/1.0.0/index.esm.js', 'export const widgets = { tampered: 1 };\n');
  // The file is checked every 100 ms; until then the hashed bytes are served.
  const tampered = await until(async () => {
    const answer = await lab.send({ target: manifest.bundle.url, session });
    if (answer.status === 409) return answer;
    assert.equal(answer.status, 200);
    return void assert.ok(!answer.text.includes('tampered'));
  }, 'the changed file is seen');
  assert.equal(tampered.headers['x-integrity-error'], '1');
});

test('stores quarantines on disk as JSON', async (t) => {
  const lab = await start();
  cleanup(t, () => lab.stop());
  const operator = await lab.login('operator');
  await post(lab, operator, '/api/plugins/quarantine/hello', '{"reason":"why"}');
  const text = readFileSync(join(lab.home, 'state', 'quarantine.json'), 'utf8');
  assert.match(JSON.stringify(JSON.parse(text)), /"hello"/);
});

test('refuses to quarantine a version that no manifest can have', async (t) => {
  const lab = await start();
  cleanup(t, () => lab.stop());
  const operator = await lab.login('operator');
  const quarantine = (body) => post(lab, operator, '/api/plugins/quarantine/hello', JSON.stringify(body));
  for (const version of ['v1.0.0', ' 1.0.0', '1.0.0 ', '1.0', '']) {
    assert.equal((await quarantine({ version })).json().code, 'JSON_WRONG_SHAPE', version);
  }
  assert.equal((await quarantine({ reason: 'x'.repeat(1025) })).status, 400);
  assert.equal((await quarantine({ expires_at: '9999-12-31T23:59:59Z' })).status, 400);
  assert.equal((await bundle(lab, operator)).status, 200);
  assert.equal((await quarantine({ version: '1.0.0' })).status, 200);
  assert.equal((await bundle(lab, operator)).status, 403);
});

test('ends the sessions of a changed password', async (t) => {
  const lab = await start();
  cleanup(t, () => lab.stop());
  const operator = await lab.login('operator');
  const viewer = await lab.login('viewer');
  const users = USERS.users.map((user) => (user.user === 'viewer' ? { ...user, password: 'another' } : user));
  lab.write('users.yaml', { users });
  assert.equal((await post(lab, operator, '/api/plugins/refresh')).status, 200);
  assert.equal((await lab.send({ target: '/auth/session', session: viewer })).status, 401);
  assert.equal((await lab.send({ target: '/auth/session', session: operator })).status, 200);
});

test('refuses a second server on the same state folder', async (t) => {
  const lab = await start();
  cleanup(t, () => lab.stop());
  const second = startBff({
    config: join(lab.home, 'config'),
    plugins: join(lab.home, 'plugins'),
    state: lab.bff.state,
  });
  await assert.rejects(second, /in use by another server/);
});
