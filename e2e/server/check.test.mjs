// `portcullis-bff check` as an operator runs it: its output and its exit status.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { startBff } from 'portcullis/playwright';
import { cleanup } from '../lib/cleanup.mjs';
import { binary, NEEDED } from '../lib/examples.mjs';

const MANIFEST = {
  id: 'p',
  version: '1.0.0',
  engine: { experience: '>=1.0.0' },
  bundle: { file: '/app/plugins/p/1.0.0/index.esm.js' },
  contributions: { routes: [{ path: '/plugins/p', component: 'Page' }] },
  permissions: { api: [{ method: 'GET', path: '/api/x/*' }] },
};
const plugins = (...list) => `${JSON.stringify({ tenants: { localhost: list } }, null, 2)}\n`;

/** A folder that serves one plugin to one person. `files` replaces its files; null removes one. */
function folder(t, files = {}, { bundle = 'export default {};', modes = {}, spa } = {}) {
  const home = mkdtempSync(join(tmpdir(), 'portcullis-check-'));
  cleanup(t, () => rmSync(home, { recursive: true }));
  const put = (path, content) => {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), content);
  };
  mkdirSync(join(home, 'plugins'));
  for (const [name, content] of Object.entries({ ...NEEDED, 'plugins.yaml': plugins(MANIFEST), ...files })) {
    if (content === null) continue;
    put(`config/${name}`, content);
    chmodSync(join(home, 'config', name), modes[name] ?? 0o644);
  }
  if (bundle !== null) put('plugins/p/1.0.0/index.esm.js', bundle);
  for (const [name, content] of Object.entries(spa ?? {})) put(`spa/${name}`, content);
  return { home, args: ['--config', join(home, 'config'), '--plugins', join(home, 'plugins')] };
}
function check(t, files, options = {}) {
  const { home, args } = folder(t, files, options);
  const { status, stdout, stderr } = spawnSync(
    binary,
    ['check', ...args, ...(options.spa ? ['--spa', join(home, 'spa')] : []), ...(options.args ?? [])],
    { encoding: 'utf8' },
  );
  return { status, out: stdout + stderr, lines: stdout.trimEnd().split('\n') };
}
/** Exactly one error, on this line and with these words, and exit status 1. */
function refused(t, files, place, words, options) {
  const { status, out, lines } = check(t, files, options);
  assert.equal(status, 1, out);
  assert.equal(lines.length, 2, out);
  assert.ok(lines[0].startsWith(`${place}: error `), `${place}: ${out}`);
  assert.match(lines[0], words);
  assert.equal(lines[1], 'not served: 1 errors, 0 warnings');
}

const SETTINGS = NEEDED['settings.yaml'];
const ROUTES = 'upstreams:\n  x: { url: "http://127.0.0.1:9001" }\nroutes:\n  - { path: /api/x/*, upstream: x }\n';

test('exits with 0 and a summary for a valid folder', (t) => {
  const { status, out } = check(t, { 'routes.yaml': ROUTES });
  assert.equal(out, 'ok: 1 tenants, 1 plugins, 0 warnings\n');
  assert.equal(status, 0);
});

test('exits with 2 for a wrong command line and with 1 for a missing folder', (t) => {
  assert.equal(spawnSync(binary, ['check']).status, 2);
  assert.equal(spawnSync(binary, ['check', '--confg', '.']).status, 2);
  const gone = spawnSync(binary, ['check', '--config', join(folder(t).home, 'gone')], { encoding: 'utf8' });
  assert.equal(gone.status, 1);
  assert.match(gone.stdout, /error CONFIG_FILE_MISSING/);
});

test('reports a misspelt key with its line and a suggestion, at every depth', (t) => {
  for (const [file, before, line, meant] of [
    ['settings.yaml', SETTINGS, 'sining: { required: true }', 'signing'],
    ['settings.yaml', SETTINGS, 'stamp: required', 'stamps'],
    ['settings.yaml', SETTINGS, 'trusted_proxy: ["10.0.0.0/8"]', 'trusted_proxies'],
    ['settings.yaml', SETTINGS, 'operator_token: x', 'operator_token_file'],
    ['settings.yaml', SETTINGS, 'signing: { requird: true }', 'signing.required'],
    ['settings.yaml', SETTINGS, 'security: { popup: refuse }', 'security.popups'],
    ['settings.yaml', SETTINGS, 'limits: { connection: 5 }', 'limits.connections'],
    ['settings.yaml', SETTINGS, 'tenants: { localhost: { stamp: required } }', 'tenants.localhost.stamps'],
    [
      'settings.yaml',
      SETTINGS,
      'tenants: { localhost: { signing: { requierd: true } } }',
      'tenants.localhost.signing.required',
    ],
    ['policy.yaml', NEEDED['policy.yaml'], 'subject: []', 'subjects'],
    ['routes.yaml', ROUTES, '  - { path: /api/x/y, upstream: x, tenant: [localhost] }', 'routes.1.tenants'],
    ['routes.yaml', ROUTES, '  - { path: /api/x/y, upstream: x, forward_header: [A] }', 'routes.1.forward_headers'],
    ['users.yaml', NEEDED['users.yaml'], 'user: []', 'users'],
    ['idps.yaml', NEEDED['idps.yaml'], 'idp: []', 'idps'],
    ['theme.yaml', 'themes:\n', '  defalt: {}', 'themes.default'],
    ['fixtures.yaml', 'fixtures:\n', '  f: { response: [] }', 'fixtures.f.responses'],
  ]) {
    const row = before.split('\n').length;
    const { status, out } = check(t, { [file]: `${before}${line}\n` });
    assert.equal(status, 1, out);
    const at = `${file}:${row}:`;
    const said = out.split('\n').find((each) => each.startsWith(at) && each.includes(': error CONFIG_UNKNOWN_KEY: '));
    assert.ok(said, `${line}: ${out}`);
    assert.ok(said.includes(`did you mean \`${meant}\`?`), said);
  }
});

test("checks the server's keys of a plugin's entry, and only warns of an unknown manifest key", (t) => {
  for (const [extra, meant] of [
    [{ enabld: false }, 'enabled'],
    [{ rate: { brust: 1 } }, 'tenants.localhost.0.rate.burst'],
    [{ signature: {} }, 'signatures'],
  ]) {
    const { status, out } = check(t, { 'plugins.yaml': plugins({ ...MANIFEST, ...extra }) });
    assert.equal(status, 1, out);
    assert.match(out, /plugins\.yaml:\d+:\d+: error CONFIG_UNKNOWN_KEY/);
    assert.ok(out.includes(`did you mean \`${meant}\`?`), out);
  }
  const { status, out } = check(t, { 'plugins.yaml': plugins({ ...MANIFEST, tgas: [] }) });
  assert.match(out, /plugins\.yaml:\d+:\d+: warning MANIFEST_UNKNOWN_KEY: .*did you mean "tags"/);
  assert.equal(status, 0, out);
});

test('refuses a misspelt key at start and at reload', async (t) => {
  const bad = folder(t, { 'settings.yaml': `${SETTINGS}stamp: required\n` });
  const state = join(bad.home, 'state');
  mkdirSync(state);
  const args = ['serve', ...bad.args, '--state', state, '--port', '0', '--metrics-port', '0'];
  const { status, stderr } = spawnSync(binary, args, { encoding: 'utf8', timeout: 20_000 });
  assert.equal(status, 1, stderr);
  assert.match(stderr, /settings\.yaml:3:1: error CONFIG_UNKNOWN_KEY.*`stamps`/);

  const good = folder(t);
  const server = await startBff({
    config: join(good.home, 'config'),
    plugins: join(good.home, 'plugins'),
    state,
    binary,
  });
  cleanup(t, () => server.stop());
  writeFileSync(join(good.home, 'config/settings.yaml'), `${SETTINGS}sining: { required: true }\n`);
  const served = async () => (await fetch(`${server.metricsUrl}/metrics`)).text();
  const before = await served();
  assert.match(before, /portcullis_config_generation 1\b/);
  process.kill(server.pid, 'SIGHUP');
  let now = before;
  for (const until = Date.now() + 10_000; !now.includes('outcome="rejected"} 1') && Date.now() < until; ) {
    now = await served();
  }
  assert.match(now, /portcullis_config_reloads_total\{outcome="rejected"\} 1/);
  assert.match(now, /portcullis_config_generation 1\b/);
});

test('exits with 1 and the reason when nothing would be served', (t) => {
  const disabled = { ...MANIFEST, enabled: false };
  const newer = { ...MANIFEST, engine: { experience: '>=9.0.0' } };
  for (const [files, options, why] of [
    [{ 'plugins.yaml': 'tenants: {}\n' }, {}, 'lists no tenant'],
    [{ 'plugins.yaml': plugins() }, {}, 'no tenant lists a plugin'],
    [{ 'plugins.yaml': plugins(disabled) }, {}, '1 is disabled'],
    [{ 'plugins.yaml': plugins(newer) }, {}, '1 does not take this experience_version'],
    [{}, { bundle: null }, '1 has no bundle file'],
    [
      {
        'plugins.yaml': plugins({
          ...MANIFEST,
          bundle: { ...MANIFEST.bundle, integrity: `sha256:${'0'.repeat(64)}` },
        }),
      },
      {},
      '1 has another hash than declared',
    ],
  ]) {
    const users = files['plugins.yaml']?.includes('{}') ? { 'users.yaml': 'users: []\n' } : {};
    const { status, out, lines } = check(t, { ...files, ...users }, options);
    assert.equal(status, 1, `${why}: ${out}`);
    const said = lines.find((line) => line.includes('error CONFIG_NOTHING_SERVED'));
    assert.ok(said?.startsWith('plugins.yaml:') && said.includes(why), `${why}: ${out}`);
    assert.match(lines.at(-1), /^valid, but nothing would be served: /);
  }
});

test('warns of one missing bundle with exit 0, and counts it in the metric', async (t) => {
  const other = { ...MANIFEST, id: 'q', bundle: { file: '/app/plugins/q/1.0.0/index.esm.js' }, contributions: {} };
  const files = { 'plugins.yaml': plugins(MANIFEST, other) };
  const { status, out } = check(t, files);
  assert.equal(status, 0, out);
  assert.match(out, /plugins\.yaml:\d+:\d+: warning BUNDLE_NOT_FOUND: .*"q\/1\.0\.0\/index\.esm\.js/);
  assert.match(out, /^ok: 1 tenants, 2 plugins \(1 not served\), 1 warnings$/m);

  const { home } = folder(t, files);
  const state = join(home, 'state');
  mkdirSync(state);
  const server = await startBff({ config: join(home, 'config'), plugins: join(home, 'plugins'), state, binary });
  cleanup(t, () => server.stop());
  const text = await (await fetch(`${server.metricsUrl}/metrics`)).text();
  assert.match(text, /portcullis_plugins_not_served\{reason="bundle_missing",tenant="localhost"\} 1/);
});

test('exits with 1 and the reason when nobody could sign in', (t) => {
  const off = 'experience_version: "1.4.0"\n';
  const nowhere = NEEDED['users.yaml'].replace('[localhost]', '[]');
  for (const [files, place, why] of [
    [{ 'settings.yaml': off }, 'settings.yaml', /lab_login is off.*lab_login: \{ enabled: true \}/],
    [{ 'settings.yaml': `${off}lab_login: { enabled: false }\n` }, 'settings.yaml:2:', /lab_login is off/],
    [{ 'users.yaml': null }, 'users.yaml', /users\.yaml lists no account/],
    [{ 'users.yaml': 'users: []\n' }, 'users.yaml:1:', /lists no account/],
    [{ 'users.yaml': nowhere }, 'users.yaml:1:', /no account of users\.yaml has a tenant/],
  ]) {
    const { status, out, lines } = check(t, files);
    const said = lines.find((line) => line.includes('error CONFIG_NOBODY_SIGNS_IN'));
    assert.ok(said?.startsWith(place), out);
    assert.match(said, why);
    assert.equal(status, 1, out);
  }
});

test('warns of a missing policy.yaml and of entries without effect', (t) => {
  const rules = (rule) => `rules:\n  - { id: all, effect: permit }\n  - { id: b, effect: deny, ${rule} }\n`;
  for (const [files, place, words] of [
    [{ 'policy.yaml': null }, 'policy.yaml', /CONFIG_FILE_MISSING: .*denies everything/],
    [{ 'policy.yaml': rules('action: [veiw]') }, 'policy.yaml:3:', /CONFIG_UNUSED: .*did you mean `view`/],
    [{ 'policy.yaml': rules('resource: { type: [plugin.rout] }') }, 'policy.yaml:3:', /did you mean `plugin.route`/],
    [{ 'policy.yaml': rules('subject: { roles: [viewr] }') }, 'policy.yaml:3:', /did you mean `viewer`/],
    [
      { 'routes.yaml': `${ROUTES}  - { path: /api/z/*, upstream: x }\n` },
      'routes.yaml:5:',
      /CONFIG_UNUSED: no plugin's manifest allows/,
    ],
  ]) {
    const { status, out } = check(t, files);
    assert.equal(status, 0, out);
    const said = out.split('\n').find((line) => line.startsWith(place));
    assert.match(said ?? out, /: warning CONFIG_/);
    assert.match(said, words);
  }
});

test('reads files of Windows editors (byte order mark, CRLF) and refuses UTF-16 in line 1', (t) => {
  const yaml =
    'tenants:\n  localhost:\n    - id: p\n      version: "1.0.0"\n      engine: { experience: "*" }\n      description: >\n        two\n        lines\n      bundle: { file: /app/plugins/p/1.0.0/index.esm.js }\n';
  for (const text of [`\ufeff${yaml}`, yaml.replaceAll('\n', '\r\n'), `\ufeff${yaml.replaceAll('\n', '\r\n')}`]) {
    const { status, out } = check(t, { 'plugins.yaml': text });
    assert.equal(out, 'ok: 1 tenants, 1 plugins, 0 warnings\n');
    assert.equal(status, 0);
  }
  const utf16 = (text) => Buffer.from(text, 'utf16le');
  for (const bytes of [utf16(`\ufeff${yaml}`), utf16(yaml), utf16(`\ufeff${yaml}`).swap16()]) {
    refused(t, { 'plugins.yaml': bytes }, 'plugins.yaml:1:1', /UTF-16.*UTF-8/);
  }
  refused(t, { 'plugins.yaml': yaml.replace('    - id', '\t- id') }, 'plugins.yaml:3:1', /indent with spaces/);
  const crlf = `\ufeff${yaml.replaceAll('\n', '\r\n')}`;
  refused(t, { 'plugins.yaml': crlf.replace('"1.0.0"', '"1"') }, 'plugins.yaml:4:16', /SEMVER_INVALID_VERSION/);
});

test('reads JSON from any program, as a value or as the whole file', (t) => {
  const escaped = JSON.stringify({ ...MANIFEST, displayName: 'X' }, null, 2).replace(
    '"X"',
    String.raw`"Ship \ud83d\ude80 \u00e9 \/ \u2028"`,
  );
  const indented = escaped.split('\n').join('\n      ');
  for (const text of [
    `{"tenants": {"localhost": [${escaped}]}}`,
    `tenants:\n  localhost:\n    - ${indented}\n`,
    `tenants: { localhost: [${escaped.replaceAll('  ', '\t')}] }\n`,
    `tenants:\n  localhost:\n    - ${JSON.stringify(JSON.parse(escaped))}\n`,
  ]) {
    const { status, out } = check(t, { 'plugins.yaml': text });
    assert.equal(out, 'ok: 1 tenants, 1 plugins, 0 warnings\n', text);
    assert.equal(status, 0);
  }
  const half = `{"tenants": {"localhost": [${escaped.replace(String.raw`\ude80`, '')}]}}`;
  const { status, out } = check(t, { 'plugins.yaml': half });
  assert.equal(status, 1);
  assert.match(out, /plugins\.yaml:\d+:\d+: error CONFIG_YAML_SYNTAX/);
});

test('warns of a credential file that others can read, and refuses one that they can change', (t) => {
  const settings = `${SETTINGS}authzen: { pdp: "https://pdp.example", auth: { bearer_file: pdp.token } }\n`;
  const files = { 'settings.yaml': settings, 'policy.yaml': null, 'pdp.token': 'secret-token\n' };
  const told = (mode) => check(t, files, { modes: { 'pdp.token': mode } });
  const kept = told(0o600);
  assert.equal(kept.out, 'ok: 1 tenants, 1 plugins, 0 warnings\n');
  const open = told(0o644);
  assert.equal(open.status, 0, open.out);
  assert.match(open.out, /settings\.yaml:3:\d+: warning CONFIG_SECRET_EXPOSED: .*"pdp\.token".*chmod o-r/);
  const written = told(0o602);
  assert.equal(written.status, 1, written.out);
  assert.match(written.out, /settings\.yaml:3:\d+: error CONFIG_FILE_MISSING: .*"pdp\.token".*chmod o-w/);
  const gone = check(t, { ...files, 'pdp.token': null });
  assert.match(gone.out, /error CONFIG_FILE_MISSING: .*"pdp\.token" cannot be read/);
  for (const { out } of [kept, open, written, gone]) assert.doesNotMatch(out, /secret-token/);
  refused(
    t,
    { ...files, 'settings.yaml': settings.replace('https://pdp', 'https://u:p@pdp') },
    'settings.yaml:3:17',
    /CONFIG_BAD_VALUE/,
    { modes: { 'pdp.token': 0o600 } },
  );
});

test('checks the built page too', (t) => {
  const whole = check(t, {}, { spa: { 'index.html': '<!doctype html>' } });
  assert.equal(whole.out, 'ok: 1 tenants, 1 plugins, 0 warnings\n');
  const empty = check(t, {}, { spa: { 'main.js': '' } });
  assert.equal(empty.status, 0, empty.out);
  assert.match(empty.out, /warning CONFIG_FILE_MISSING: .*no index\.html/);
});
