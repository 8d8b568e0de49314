import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bundleFromJSON, isBundleWithMessageSignature } from '@sigstore/bundle';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { readSignature, writeSignature } from '../dist/cli/signature_text.js';
import { keyId, readPublicKey, verifies } from '../dist/cli/signing_keys.js';

const BIN = fileURLToPath(new URL('../bin/portcullis.mjs', import.meta.url));
const BUNDLE = 'export const widgets = {};\n';
const MANIFEST = '{"version":"1.0.0","id":"hello","engine":{"experience":">=1"},"config":{"rate":1.50}}';

function folder(context: TestContext) {
  const home = mkdtempSync(join(tmpdir(), 'portcullis-signing-'));
  context.after(() => rmSync(home, { recursive: true }));
  const at = (name: string) => join(home, name);
  writeFileSync(at('index.esm.js'), BUNDLE);
  writeFileSync(at('manifest.json'), MANIFEST);
  const run = (args: string[], passphrase = '') => {
    const env = { ...process.env, PORTCULLIS_PASSPHRASE: passphrase };
    const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], {
      cwd: home,
      encoding: 'utf8',
      env,
    });
    return { status, out: stdout, err: stderr };
  };
  return { at, run, read: (name: string) => readFileSync(at(name), 'utf8') };
}
const SIGN = ['sign', '--key', 'portcullis.key', '--bundle', 'index.esm.js', '--manifest', 'manifest.json'];
const VERIFY = ['verify', '--key', 'portcullis.pub', '--bundle', 'index.esm.js', '--manifest', 'manifest.json'];

test('verifies what sign signed with a keygen key, and nothing else', (context) => {
  const { at, run, read } = folder(context);
  const made = run(['keygen']);
  assert.equal(made.status, 0, made.err);
  assert.equal(statSync(at('portcullis.key')).mode & 0o777, 0o600);
  assert.match(made.err, /not encrypted/);
  const id = /^id ([0-9a-f]{64})$/m.exec(made.out)?.[1];
  assert.equal(id, keyId(createPublicKey(read('portcullis.pub'))));
  assert.equal(run(['keygen']).status, 2, 'no existing key is overwritten');

  assert.equal(run(SIGN).status, 0);
  const good = run(VERIFY);
  assert.deepEqual(
    [good.status, good.out],
    [0, `bundle: ok, signed with key ${id}\nmanifest: ok, signed with key ${id}\n`],
  );

  writeFileSync(at('manifest.json'), MANIFEST.replace('{"version"', '{"permissions":{"sse":["/events"]},"version"'));
  assert.match(run(VERIFY).out, /bundle: ok.*\nmanifest: MANIFEST_SIGNATURE_INVALID/);
  writeFileSync(at('manifest.json'), `  ${MANIFEST.replace(/("version":"1.0.0"),("id":"hello")/, '$2, $1')}`);
  assert.equal(run(VERIFY).status, 0, 'the same manifest in another notation');
  writeFileSync(at('index.esm.js'), `${BUNDLE}//`);
  const other = run(VERIFY);
  assert.match(other.out, /BUNDLE_SIGNATURE_INVALID\nmanifest: MANIFEST_SIGNATURE_INVALID/);
  assert.equal(other.status, 1);
  rmSync(at('index.esm.js.sig'));
  assert.match(run(VERIFY).out, /BUNDLE_SIGNATURE_MISSING/);
});

test('encrypts a private key when there is a passphrase', (context) => {
  const { run, read } = folder(context);
  assert.equal(run(['keygen'], 'a long secret').err, '');
  assert.match(read('portcullis.key'), /^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
  assert.match(run(SIGN).err, /PORTCULLIS_PASSPHRASE/);
  assert.match(run(SIGN, 'another').err, /passphrase is wrong/);
  assert.equal(run(SIGN, 'a long secret').status, 0);
  assert.equal(run(VERIFY).status, 0);
});

test('accepts one of several keys and rejects a key of another kind', (context) => {
  const { at, run } = folder(context);
  run(['keygen']);
  run(['keygen', '--out', 'next']);
  run(['sign', '--key', 'next.key', '--bundle', 'index.esm.js']);
  const both = ['verify', '--key', 'portcullis.pub', '--key', 'next.pub', '--bundle', 'index.esm.js'];
  assert.equal(run(both).status, 0);
  assert.equal(run(both.filter((part) => part !== 'next.pub').toSpliced(3, 1)).status, 1);
  const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
  writeFileSync(at('p384.key'), p384.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(at('p384.pub'), p384.publicKey.export({ type: 'spki', format: 'pem' }));
  assert.match(run(['sign', '--key', 'p384.key', '--bundle', 'index.esm.js']).err, /P-256/);
  assert.match(run(['verify', '--key', 'p384.pub', '--bundle', 'index.esm.js']).err, /P-256/);
  assert.match(run(['verify', '--key', 'next.key', '--bundle', 'index.esm.js']).err, /not a PEM public key/);
  assert.match(run(['verify', '--bundle', 'index.esm.js']).err, /--key is required/);
});

test('refuses to sign an invalid manifest, or a statement as a bundle', (context) => {
  const { at, run } = folder(context);
  run(['keygen']);
  writeFileSync(at('manifest.json'), '{"id":"hello","version":"1"}');
  const refused = run(SIGN);
  assert.equal(refused.status, 2);
  assert.match(refused.err, /manifest\.json:1:25: error SEMVER_INVALID_VERSION/);
  assert.ok(!existsSync(at('manifest.sig')) && !existsSync(at('index.esm.js.sig')), 'no file is written');
  writeFileSync(at('manifest.json'), MANIFEST);
  const statement = run(['statement', '--bundle', 'index.esm.js', '--manifest', 'manifest.json']).out;
  assert.match(statement, /^portcullis-manifest-v1\nsha256:[0-9a-f]{64}\n\{"id":"hello",.*"rate":1\.50.*\}\n$/);
  writeFileSync(at('evil.js'), statement);
  assert.match(run(['sign', '--key', 'portcullis.key', '--bundle', 'evil.js']).err, /not a bundle/);
});

test('interoperates with openssl in both directions', (context) => {
  const { at, run, read } = folder(context);
  const openssl = (...args: string[]) => {
    const { status, stderr } = spawnSync('openssl', args, { cwd: at(''), encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  };
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'portcullis.key');
  openssl('ec', '-in', 'portcullis.key', '-pubout', '-out', 'portcullis.pub');
  assert.equal(run(SIGN).status, 0, 'SEC 1 keys are accepted');
  writeFileSync(at('der'), Buffer.from(read('index.esm.js.sig'), 'base64'));
  openssl('dgst', '-sha256', '-verify', 'portcullis.pub', '-signature', 'der', 'index.esm.js');
  writeFileSync(at('statement'), run(['statement', '--bundle', 'index.esm.js', '--manifest', 'manifest.json']).out);
  for (const [file, signature] of [
    ['index.esm.js', 'index.esm.js.sig'],
    ['statement', 'manifest.sig'],
  ] as const) {
    openssl('dgst', '-sha256', '-sign', 'portcullis.key', '-out', 'der', file);
    writeFileSync(at(signature), readFileSync(at('der')).toString('base64'));
  }
  assert.equal(run(VERIFY).status, 0);
});

test("writes Sigstore bundles that Sigstore's own library verifies", (context) => {
  const { at, run, read } = folder(context);
  run(['keygen']);
  assert.equal(run([...SIGN, '--form', 'sigstore']).status, 0);
  assert.equal(run(VERIFY).status, 0);
  const bundle = bundleFromJSON(JSON.parse(read('index.esm.js.sigstore.json')));
  assert.ok(isBundleWithMessageSignature(bundle));
  const publicKey = createPublicKey(read('portcullis.pub'));
  const root = { mediaType: '', tlogs: [], certificateAuthorities: [], ctlogs: [], timestampAuthorities: [] };
  const trust = toTrustMaterial(root, () => ({ publicKey, validFor: () => true }));
  const verifier = new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
  verifier.verify(toSignedEntity(bundle, Buffer.from(BUNDLE)));
  assert.throws(() => verifier.verify(toSignedEntity(bundle, Buffer.from(`${BUNDLE} `))));
  writeFileSync(at('index.esm.js'), `${BUNDLE} `);
  assert.match(run(VERIFY).out, /BUNDLE_SIGNATURE_INVALID/);
});

test('accepts only the canonical text of a signature and a Sigstore bundle of the same bytes', () => {
  const bytes = Buffer.from('x');
  assert.deepEqual(readSignature(' MAA=\r\n', bytes), Buffer.from([0x30, 0]));
  for (const text of ['', 'MAA', 'MAB=', 'MA-_', 'MA A=', '{', '{}', '{"messageSignature":null}']) {
    assert.equal(readSignature(text, bytes), null, text);
  }
  const text = writeSignature('sigstore', Buffer.from([0x30, 0]), bytes, 'ab'.repeat(32));
  assert.deepEqual(readSignature(text, bytes), Buffer.from([0x30, 0]));
  assert.equal(readSignature(text, Buffer.from('y')), null);
  assert.equal(readSignature(text.replace('publicKey', 'certificate'), bytes), null);
  assert.equal(readSignature(text.replace('v0.3', 'v0.9'), bytes), null);
});

// Vectors of C2SP/wycheproof, if present: WYCHEPROOF_DIR is its folder testvectors_v1.
const WYCHEPROOF = process.env.WYCHEPROOF_DIR;
test('matches the Wycheproof vectors', { skip: WYCHEPROOF === undefined && 'WYCHEPROOF_DIR names no folder' }, () => {
  const suite = JSON.parse(readFileSync(join(WYCHEPROOF ?? '', 'ecdsa_secp256r1_sha256_test.json'), 'utf8'));
  let rows = 0;
  for (const { publicKeyPem, tests } of suite.testGroups) {
    const key: KeyObject = readPublicKey(publicKeyPem, 'row');
    for (const { tcId, comment, msg, sig, result } of tests) {
      const expected = result === 'valid';
      assert.equal(verifies(key, Buffer.from(msg, 'hex'), Buffer.from(sig, 'hex')), expected, `${tcId} ${comment}`);
      rows += 1;
    }
  }
  assert.equal(rows, suite.numberOfTests);
});
