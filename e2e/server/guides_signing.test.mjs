// Follows docs/signing.md literally: its commands sign, and its configuration serves what they signed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { documents } from '../../scripts/lib/markdown.mjs';
import { binary, entry, NEEDED, root } from '../lib/examples.mjs';

const { blocks } = documents().find(({ file }) => file === 'docs/signing.md');
const home = mkdtempSync(join(tmpdir(), 'portcullis-signing-guide-'));
process.on('exit', () => rmSync(home, { recursive: true, force: true }));

const at = (path) => join(home, path);
function write(path, text) {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
}
const named = (wanted) => blocks.find(({ name }) => name === wanted).code;
/** The commands of the n-th block that contains one with this prefix. */
const commands = (start) => blocks.find(({ lang, code }) => lang === 'sh' && code.includes(start)).code;

function run(script) {
  const npx = `npx() { "${root}node_modules/.bin/$1" "\${@:2}"; }; set -eo pipefail\n`;
  const result = spawnSync('bash', ['-c', npx + script], { cwd: home, encoding: 'utf8' });
  assert.equal(result.status, 0, `${script}\n${result.stdout}${result.stderr}`);
  return result.stdout;
}
function check(settings) {
  write('config/settings.yaml', `${settings}lab_login: { enabled: true }\n`);
  for (const name of ['idps.yaml', 'users.yaml', 'policy.yaml']) write(`config/${name}`, NEEDED[name]);
  const args = ['check', '--config', at('config'), '--plugins', home];
  const { stdout, stderr } = spawnSync(binary, args, { encoding: 'utf8' });
  return stdout + stderr;
}
const SERVED = 'ok: 1 tenants, 1 plugins, 0 warnings\n';

test("accepts what the guide's commands produce", () => {
  write('manifest.json', named('manifest.json'));
  write('greeter/1.0.0/index.esm.js', named('greeter/1.0.0/index.esm.js'));
  write('config/plugins.yaml', named('plugins.yaml'));
  const [, id] = /^id ([0-9a-f]{64})$/m.exec(run(commands('portcullis keygen')));
  write('config/keys/release.pub', '');
  cpSync(at('release.pub'), at('config/keys/release.pub'));
  const settings = named('settings.yaml');
  assert.match(check(settings), /BUNDLE_SIGNATURE_MISSING/);
  assert.match(run(commands('portcullis sign ')), new RegExp(`manifest: ok, signed with key ${id}`));
  assert.equal(check(settings), SERVED);

  const revoked = named('revoke.yaml').replace(/\[[0-9a-f]{64}\]/, `[${id}]`);
  assert.match(check(`experience_version: "1.4.0"\n${revoked}`), /SIGNING_KEY_REVOKED/);
  assert.equal(check(`experience_version: "1.4.0"\n${named('dev.yaml')}`), SERVED);
});

test("accepts what the guide's OpenSSL commands produce", () => {
  rmSync(at('greeter/1.0.0/manifest.sig'));
  rmSync(at('greeter/1.0.0/index.esm.js.sig'));
  assert.match(check(named('settings.yaml')), /BUNDLE_SIGNATURE_MISSING/);
  run(commands('cosign sign-blob').split('\n')[0]);
  run(commands('openssl dgst'));
  assert.equal(check(named('settings.yaml')), SERVED);
});

test("reads the guide's entry with inline signatures", () => {
  write('config/plugins.yaml', entry(named('entry')));
  // The signatures are made up: they must be reported as not valid, not as unreadable.
  assert.match(check(named('settings.yaml')), /MANIFEST_SIGNATURE_INVALID: .* no trusted key/);
});
