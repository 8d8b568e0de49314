// Signs as an operator does, without the package's own command: Node's keys, and the statement from the server's
// console.
import { spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { binary } from './examples.mjs';

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** A key pair: `pem` is the public half, `id` its name in settings.yaml, `sign` returns base64 of DER. */
export function newKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    pem: publicKey.export({ type: 'spki', format: 'pem' }),
    id: sha256(publicKey.export({ type: 'spki', format: 'der' })),
    sign: (bytes) => sign('sha256', Buffer.from(bytes), privateKey).toString('base64'),
  };
}

/** The text that is signed for a manifest: an entry of plugins.yaml without the server's own keys. */
export function statement(entry, bundle) {
  const { bundle: _, signatures: __, enabled: ___, rate: ____, ...manifest } = entry;
  const line = JSON.stringify({ op: 'manifest.statement', manifest, bundle: `sha256:${sha256(bundle)}` });
  const { stdout } = spawnSync(binary, ['console'], { input: `${line}\n`, encoding: 'utf8' });
  return JSON.parse(stdout).statement;
}

/** Both signatures of an entry, as the files that the server looks for beside the bundle. */
export function signatureFiles(key, entry, bundle) {
  const file = entry.bundle.file.replace('/app/plugins/', '');
  return {
    [`${file}.sig`]: `${key.sign(bundle)}\n`,
    [file.replace(/[^/]*$/, 'manifest.sig')]: `${key.sign(statement(entry, bundle))}\n`,
  };
}
