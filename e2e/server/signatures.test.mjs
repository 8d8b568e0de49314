// Where signatures are required, only what a trusted key signed is served: bundle, manifest, and both together.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startBff } from 'portcullis/playwright';
import { cleanup } from '../lib/cleanup.mjs';
import { binary } from '../lib/examples.mjs';
import { SETTINGS, startLab } from '../lib/lab.mjs';
import { until } from '../lib/load.mjs';
import { newKey, sha256, signatureFiles, statement } from '../lib/signing.mjs';

const BUNDLE = 'export const widgets = {};\n';
const plugin = (id, more = {}) => ({
  id,
  version: '1.0.0',
  engine: { experience: '>=1.0.0' },
  bundle: { file: `/app/plugins/${id}/1.0.0/index.esm.js` },
  permissions: { api: [{ method: 'GET', path: '/api/plugins/secure-echo' }], sse: ['/events/ticks'] },
  contributions: { widgets: [{ slot: 'dashboard.main', component: 'Hello' }] },
  ...more,
});
const hello = plugin('hello');
const bundleOf = (id) => `${id}/1.0.0/index.esm.js`;
const trusting = (signing, more = {}) => ({
  ...SETTINGS,
  operator_token_file: 'operator.token',
  signing: { required: true, ...signing },
  ...more,
});

/** A lab with `hello`, signed by `key`, and the operations of the tests. */
async function start(
  t,
  { key = newKey(), signing = { keys: [{ file: 'release.pub' }] }, plugins = [hello], signed } = {},
) {
  const lab = await startLab({
    files: {
      'settings.yaml': trusting(signing),
      'plugins.yaml': { tenants: { localhost: plugins } },
      'release.pub': key.pem,
      'routes.yaml': { routes: [{ path: '/events/ticks', kind: 'sse', fixture: 'ticks' }] },
      'fixtures.yaml': { fixtures: { ticks: { stream: { repeat: true, events: [{ data: 'tick', delay_ms: 20 }] } } } },
    },
    bundles: {
      ...Object.fromEntries(plugins.map(({ id }) => [bundleOf(id), BUNDLE])),
      ...Object.assign({}, ...(signed ?? plugins).map((entry) => signatureFiles(key, entry, BUNDLE))),
    },
  });
  cleanup(t, () => lab.stop());
  const operator = await lab.login('operator');
  const session = await lab.login('viewer');
  const bundle = (id) => lab.send({ target: `/api/plugins/bundle?entry=${id}&id=${id}`, session });
  const call = (id) => lab.send({ target: '/api/plugins/secure-echo', session, headers: { 'X-Plugin-Id': id } });
  return {
    lab,
    key,
    session,
    refresh: () => lab.send({ method: 'POST', target: '/api/plugins/refresh', session: operator }),
    /** `served`, or the code with which both the bundle and the plugin's calls are refused. */
    state: async (id = 'hello') => {
      const list = (await lab.send({ target: '/api/plugins/manifests', session })).json();
      const listed = list.some((manifest) => manifest.id === id);
      const [file, echo] = [await bundle(id), await call(id)];
      if (file.status === 200 && echo.status === 200 && listed) return 'served';
      assert.deepEqual([file.status, echo.status, listed], [403, 403, false], `${file.text}\n${echo.text}`);
      assert.equal(file.json().code, echo.json().code);
      return file.json().code;
    },
    check: () => {
      const args = ['check', '--config', join(lab.home, 'config'), '--plugins', join(lab.home, 'plugins')];
      return spawnSync(binary, args, { encoding: 'utf8' });
    },
  };
}

test('serves signed plugins, and neither lists nor serves unsigned ones', async (t) => {
  const other = plugin('other', { contributions: { widgets: [{ slot: 'dashboard.side', component: 'Other' }] } });
  const { lab, state, check } = await start(t, { plugins: [hello, other], signed: [hello] });
  assert.equal(await state('hello'), 'served');
  assert.equal(await state('other'), 'BUNDLE_SIGNATURE_MISSING');
  assert.match(lab.bff.log, /plugins\.yaml:\d+:\d+: warning BUNDLE_SIGNATURE_MISSING: the plugin \\"other\\"/);
  const { status, stdout } = check();
  assert.equal(status, 0);
  assert.match(stdout, /^plugins\.yaml:\d+:\d+: warning BUNDLE_SIGNATURE_MISSING: .*; it is not served/m);
  assert.match(stdout, /^plugins\.yaml:\d+:\d+: warning MANIFEST_SIGNATURE_MISSING: /m);
  assert.ok(!stdout.includes('"hello"'));
});

test('refuses a modified bundle: at once by its hash, after a reload by its signature', async (t) => {
  const { lab, session, state, refresh } = await start(t);
  lab.writeBundle(bundleOf('hello'), `${BUNDLE}// more\n`);
  // The file is checked every 100 ms; until then the signed bytes are served.
  const changed = await until(async () => {
    const answer = await lab.send({ target: '/api/plugins/bundle?entry=hello&id=hello', session });
    return answer.status === 200 ? void assert.equal(answer.text, BUNDLE) : answer;
  }, 'the changed file is seen');
  assert.deepEqual([changed.status, changed.json().code], [409, 'INTEGRITY_MISMATCH']);
  const { warnings } = (await refresh()).json();
  assert.deepEqual(
    warnings.map(({ code, file, pointer }) => [code, file, pointer]),
    [
      ['MANIFEST_SIGNATURE_INVALID', 'plugins.yaml', '/tenants/localhost/0'],
      ['BUNDLE_SIGNATURE_INVALID', 'plugins.yaml', '/tenants/localhost/0/bundle/file'],
    ],
  );
  assert.match(warnings[1].message, new RegExp(sha256(`${BUNDLE}// more\n`)));
  assert.equal(await state(), 'BUNDLE_SIGNATURE_INVALID');
  lab.writeBundle(bundleOf('hello'), BUNDLE);
  await refresh();
  assert.equal(await state(), 'served');
});

test('detects wider permissions, another version and swapped plugins without the key', async (t) => {
  const other = plugin('other', { contributions: {} });
  const { lab, key, state, refresh } = await start(t, { plugins: [hello, other] });
  const roll = async (...plugins) => {
    lab.write('plugins.yaml', { tenants: { localhost: plugins } });
    assert.equal((await refresh()).status, 200);
  };
  const wider = { ...hello.permissions, sse: ['/events'] };
  await roll({ ...hello, permissions: wider }, other);
  assert.equal(await state(), 'MANIFEST_SIGNATURE_INVALID');
  await roll({ ...hello, version: '1.0.1' }, other);
  assert.equal(await state(), 'MANIFEST_SIGNATURE_INVALID');
  // The other plugin's folder: its bundle and its manifest are signed, but not for this plugin.
  await roll({ ...hello, bundle: other.bundle }, other);
  assert.equal(await state(), 'MANIFEST_SIGNATURE_INVALID');
  // Its own signed manifest with another signed bundle.
  const old = 'export const widgets = { old: 1 };\n';
  lab.writeBundle('old.js', old);
  lab.writeBundle('old.js.sig', key.sign(old));
  const signatures = { manifest: '/app/plugins/hello/1.0.0/manifest.sig' };
  await roll({ ...hello, bundle: { file: '/app/plugins/old.js' }, signatures }, other);
  assert.equal(await state(), 'MANIFEST_SIGNATURE_INVALID');
  // One signature in place of the other.
  await roll({ ...hello, signatures: { bundle: signatures.manifest, ...signatures } }, other);
  assert.equal(await state(), 'BUNDLE_SIGNATURE_INVALID');
  // The server's own keys are not signed, and neither is the notation.
  const { id, version, ...rest } = hello;
  await roll({ rate: { per_second: 5 }, ...rest, version, id, enabled: true }, other);
  assert.equal(await state(), 'served');
});

test('rotates keys without a gap: trusts two, re-signs the plugins, removes the old one', async (t) => {
  const { lab, key, state, refresh } = await start(t);
  const next = newKey();
  const keys = async (...list) => {
    lab.write('settings.yaml', trusting({ keys: list }));
    assert.equal((await refresh()).status, 200);
  };
  lab.write('next.pub', next.pem);
  await keys({ file: 'release.pub', id: key.id, not_after: '2999-01-01' }, { file: 'next.pub' });
  assert.equal(await state(), 'served');
  for (const [file, text] of Object.entries(signatureFiles(next, hello, BUNDLE))) lab.writeBundle(file, text);
  await refresh();
  assert.equal(await state(), 'served');
  await keys({ file: 'next.pub' });
  assert.equal(await state(), 'served');
  await keys({ file: 'release.pub' });
  assert.equal(await state(), 'BUNDLE_SIGNATURE_INVALID');
  await keys({ file: 'next.pub', not_before: '2999-01-01' });
  assert.equal(await state(), 'SIGNING_KEY_NOT_YET_VALID');
  await keys({ file: 'next.pub', not_after: '2020-01-01T00:00:00Z' });
  assert.equal(await state(), 'SIGNING_KEY_EXPIRED');
});

test('trusts a key from its start date without a refresh: its plugins are listed, called and served', async (t) => {
  const { lab, state, refresh } = await start(t);
  const soon = new Date(Date.now() + 1_500).toISOString();
  lab.write('settings.yaml', trusting({ keys: [{ file: 'release.pub', not_before: soon }] }));
  await refresh();
  assert.equal(await state(), 'SIGNING_KEY_NOT_YET_VALID');
  // During the change, one of the three answers may still be the old one.
  await until(async () => (await state().catch(() => null)) === 'served', 'the plugin is served');
  assert.equal(await state(), 'served');
});

test('revokes a key on SIGHUP: notifies hosts, closes streams, refuses calls', async (t) => {
  const { lab, key, session, state } = await start(t);
  const stream = lab.stream({ session, plugin: 'hello', target: '/events/ticks', until: /data: tick/ });
  const host = lab.stream({ session, target: '/api/plugins/events', until: /event: manifests/ });
  await stream.opened;
  lab.write('settings.yaml', trusting({ keys: [{ file: 'release.pub' }], revoked: [key.id] }));
  process.kill(lab.bff.pid, 'SIGHUP');
  await host.opened;
  host.close();
  assert.equal((await stream.ended).status, 200);
  assert.equal(await state(), 'SIGNING_KEY_REVOKED');
  const said = new RegExp(`SIGNING_KEY_REVOKED[^\\n]*${key.id}, which is revoked`);
  await until(() => said.test(lab.bff.log), 'the log says why');
});

test('stops a running plugin when its key expires, without a reload', async (t) => {
  const { lab, session, state, refresh } = await start(t);
  const stream = lab.stream({ session, plugin: 'hello', target: '/events/ticks', until: /data: tick/ });
  await stream.opened;
  const soon = new Date(Date.now() + 2500).toISOString();
  lab.write('settings.yaml', trusting({ keys: [{ file: 'release.pub', not_after: soon }] }));
  assert.equal((await refresh()).status, 200);
  assert.equal(await state(), 'served');
  const host = lab.stream({ session, target: '/api/plugins/events', until: /event: manifests/ });
  await host.opened;
  host.close();
  assert.equal((await stream.ended).status, 200);
  await until(async () => (await lab.send({ target: '/api/plugins/manifests', session })).text === '[]');
  assert.equal(await state(), 'SIGNING_KEY_EXPIRED');
});

test('refuses a reload with an invalid key, with its position, and keeps the last good config', async (t) => {
  const { lab, state, refresh } = await start(t);
  lab.write('release.pub', 'nonsense');
  const refused = await refresh();
  assert.deepEqual([refused.status, refused.json().code], [422, 'CONFIG_INVALID']);
  const [problem] = refused.json().problems;
  assert.deepEqual([problem.code, problem.pointer], ['SIGNING_KEY_INVALID', '/signing/keys/0/file']);
  assert.ok(problem.line > 0);
  assert.equal(await state(), 'served');
});

test('lets one tenant require signatures that others do not', async (t) => {
  const { lab, state, refresh } = await start(t, { signed: [] });
  assert.equal(await state(), 'BUNDLE_SIGNATURE_MISSING');
  const signing = { required: false, keys: [{ file: 'release.pub' }] };
  lab.write('settings.yaml', trusting(signing));
  assert.deepEqual((await refresh()).json().warnings, []);
  assert.equal(await state(), 'served');
  lab.write('settings.yaml', trusting(signing, { tenants: { localhost: { signing: { required: true } } } }));
  await refresh();
  assert.equal(await state(), 'BUNDLE_SIGNATURE_MISSING');
});

test('accepts openssl signatures in the form of `cosign sign-blob --key`', async (t) => {
  const { lab, key, state, refresh } = await start(t, { signed: [] });
  const at = (name) => join(lab.home, name);
  writeFileSync(at('key'), key.privatePem, { mode: 0o600 });
  writeFileSync(at('statement'), statement(hello, BUNDLE));
  for (const [file, signature] of [
    [join('plugins', bundleOf('hello')), `${bundleOf('hello')}.sig`],
    ['statement', 'hello/1.0.0/manifest.sig'],
  ]) {
    const { status, stdout, stderr } = spawnSync('sh', [
      '-c',
      'openssl dgst -sha256 -sign "$0" "$1" | openssl base64 -A',
      at('key'),
      at(file),
    ]);
    assert.equal(status, 0, String(stderr));
    lab.writeBundle(signature, stdout);
  }
  await refresh();
  assert.equal(await state(), 'served');
});

test('accepts signatures of `portcullis sign` in both forms', async (t) => {
  const { lab, key, state, refresh } = await start(t, { signed: [] });
  const { bundle: _, ...manifest } = hello;
  writeFileSync(join(lab.home, 'manifest.json'), JSON.stringify(manifest, null, 2));
  writeFileSync(join(lab.home, 'key'), key.privatePem, { mode: 0o600 });
  const bin = fileURLToPath(import.meta.resolve('portcullis/package.json')).replace(
    'package.json',
    'bin/portcullis.mjs',
  );
  const file = join('plugins', bundleOf('hello'));
  const sign = (...more) => {
    const args = [bin, 'sign', '--key', 'key', '--bundle', file, '--manifest', 'manifest.json', ...more];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: lab.home, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  };
  sign('--form', 'sigstore');
  assert.match(readFileSync(join(lab.home, `${file}.sigstore.json`), 'utf8'), /messageSignature/);
  await refresh();
  assert.equal(await state(), 'served');
  sign();
  await refresh();
  assert.equal(await state(), 'served');
});

test('serves unsigned plugins on localhost in the development mode, and says so in the session', async (t) => {
  const { lab, session, state, refresh } = await start(t, { signed: [] });
  const who = async () => (await lab.send({ target: '/auth/session', session })).json();
  assert.equal((await who()).dev, undefined);
  assert.equal(await state(), 'BUNDLE_SIGNATURE_MISSING');
  lab.write('settings.yaml', trusting({}, { dev: { unsigned: true } }));
  assert.equal((await refresh()).status, 200);
  assert.equal(await state(), 'served');
  assert.deepEqual((await who()).dev, { unsigned: true });

  const elsewhere = trusting({}, { dev: { unsigned: true }, tenants: { localhost: { aliases: ['lab.example'] } } });
  lab.write('settings.yaml', elsewhere);
  const refused = await refresh();
  assert.equal(refused.status, 422);
  assert.equal(refused.json().problems[0].code, 'DEV_MODE_NOT_LOCAL');
  assert.equal(refused.json().problems[0].pointer, '/dev/unsigned');
});

test('refuses to start the development mode on a public address', async (t) => {
  const { lab } = await start(t);
  lab.write('settings.yaml', trusting({}, { dev: { unsigned: true } }));
  const folders = { config: join(lab.home, 'config'), plugins: join(lab.home, 'plugins') };
  await assert.rejects(startBff({ ...folders, state: join(lab.home, 'other'), host: '0.0.0.0' }), /DEV_MODE_NOT_LOCAL/);
  const check = (host) => spawnSync(binary, ['check', '--config', folders.config, '--host', host]).status;
  assert.deepEqual([check('0.0.0.0'), check('127.0.0.1')], [1, 0]);
});
