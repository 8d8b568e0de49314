// The documents' configuration is valid, their commands and flags exist, and both consoles print what is shown.
// Examples that need no server are tested in js-glue/test/readme_examples.test.ts.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { documents, shownCommands } from '../../scripts/lib/markdown.mjs';
import { cleanup } from '../lib/cleanup.mjs';
import { binary, entry, NEEDED, root } from '../lib/examples.mjs';

const bff = (...args) => spawnSync(binary, args, { encoding: 'utf8' });
const docs = documents();

/** Writes a configuration folder and an empty page, and runs `check` on them. */
function check(t, files, bundles) {
  const home = mkdtempSync(join(tmpdir(), 'portcullis-examples-'));
  cleanup(t, () => rmSync(home, { recursive: true }));
  const write = (path, text) => {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  };
  const config = 'ServiceConfigs/BFF/config';
  for (const [name, text] of Object.entries(files)) write(`${config}/${name}`, text);
  write('dist/index.html', '<!doctype html>'); // the examples' spa.root
  for (const [path, text] of Object.entries(bundles)) write(`plugins/${path}`, text);
  return bff('check', '--config', join(home, config), '--plugins', join(home, 'plugins'));
}

test('accepts the configuration of configuration.md without a warning', (t) => {
  const { blocks } = docs.find(({ file }) => file === 'docs/configuration.md');
  const files = Object.fromEntries(
    blocks
      .filter(({ lang, name }) => lang === 'yaml' && !/\.(auth|stream)\./.test(name ?? ''))
      .map(({ name, code, line }) => [name ?? `line ${line}`, code]),
  );
  assert.deepEqual(Object.keys(files).sort(), [
    'fixtures.yaml',
    'idps.yaml',
    'plugins.yaml',
    'policy.yaml',
    'routes.yaml',
    'settings.yaml',
    'theme.yaml',
    'users.yaml',
  ]);
  // The example's hash is that of these five bytes.
  const { status, stdout, stderr } = check(t, files, { 'sales-analytics/1.0.0/index.esm.js': 'hello' });
  assert.equal(stdout + stderr, 'ok: 2 tenants, 1 plugins, 0 warnings\n');
  assert.equal(status, 0);
});

test('reads the credentials of configuration.md from their files', (t) => {
  const { blocks } = docs.find(({ file }) => file === 'docs/configuration.md');
  const shown = (name) => blocks.find((block) => block.name === name).code;
  const files = {
    ...NEEDED,
    'settings.yaml': `${shown('settings.auth.yaml')}lab_login: { enabled: true }\n`,
    'routes.yaml': shown('routes.auth.yaml'),
    'plugins.yaml': entry(docs.flatMap((doc) => doc.blocks).find(({ name }) => name === 'entry').code),
  };
  const secrets = { 'pdp.token': 'abc.def\n', 'sales.credential': 'me:mine\r\n', 'maps.key': 'k\n' };
  const without = check(t, files, {});
  assert.equal(without.status, 1);
  for (const name of Object.keys(secrets)) assert.match(without.stdout, new RegExp(`CONFIG_FILE_MISSING.*"${name}"`));
  const { stdout } = check(t, { ...files, ...secrets }, {});
  assert.doesNotMatch(stdout, /CONFIG_FILE_MISSING|me:mine|abc/);
});

test('accepts the stream route of configuration.md without a warning', (t) => {
  const { blocks } = docs.find(({ file }) => file === 'docs/configuration.md');
  const files = {
    ...NEEDED,
    'routes.yaml': blocks.find(({ name }) => name === 'routes.stream.yaml').code,
    'plugins.yaml': entry(`id: chat
version: "1.0.0"
engine: { experience: "*" }
bundle: { file: /app/plugins/chat/1.0.0/index.esm.js }
contributions: { routes: [{ path: /plugins/chat, component: Chat }] }
permissions: { api: [{ method: POST, path: /api/chat/completions }] }`),
  };
  const { stdout, stderr } = check(t, files, { 'chat/1.0.0/index.esm.js': '' });
  assert.equal(stdout + stderr, 'ok: 1 tenants, 1 plugins, 0 warnings\n');
});

test('accepts each plugins.yaml entry of the documents', (t) => {
  const entries = docs.flatMap(({ blocks }) => blocks).filter(({ name }) => name === 'entry');
  assert.ok(entries.length > 0);
  for (const { file, line, code } of entries) {
    const bundle = /\/app\/plugins\/([^\s"}]+)/.exec(code)?.[1];
    assert.ok(bundle, `${file}:${line}: no bundle`);
    const { stdout, stderr } = check(t, { ...NEEDED, 'plugins.yaml': entry(code) }, { [bundle]: '' });
    assert.equal(stdout + stderr, 'ok: 1 tenants, 1 plugins, 0 warnings\n', `${file}:${line}`);
  }
});

test('finds a file name for every YAML block in the documents', () => {
  for (const { lang, name, file, line } of docs.flatMap(({ blocks }) => blocks)) {
    if (lang === 'yaml') assert.match(name ?? '', /^entry$|\.yaml$/, `${file}:${line}`);
  }
});

test('prints what the documents show below their console commands', () => {
  let ran = 0;
  for (const { command, output, place } of docs.flatMap(({ blocks }) => shownCommands(blocks))) {
    if (!/bff -- console$/.test(command)) continue;
    // `npm run -s bff --` runs this binary.
    const script = `npm() { shift 4; "${binary}" "$@"; }\n${command}`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    assert.equal(stdout + stderr, output, place);
    ran += 1;
  }
  assert.ok(ran > 0);
});

test('knows the commands and flags that the documents name', () => {
  let named = 0;
  for (const { file } of docs) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [line, command] of text.matchAll(/(?:run -s bff --|portcullis-bff) ([a-z]+)[^\n`]*/g)) {
      const help = bff(command, '--help');
      assert.equal(help.status, 0, `${file}: ${line}`);
      for (const [flag] of line.matchAll(/--[a-z][a-z-]*/g)) {
        assert.ok(help.stdout.includes(`${flag} `), `${file}: ${flag} in ${line}`);
        named += 1;
      }
    }
  }
  assert.ok(named > 0);
});
