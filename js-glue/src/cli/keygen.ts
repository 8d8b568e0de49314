import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { generateKey, keyId } from './signing_keys.js';

/** Writes PREFIX.key and PREFIX.pub. Never overwrites an existing file. */
export function runKeygen(args: readonly string[]): number {
  const { values } = parseArgs({ args: [...args], options: { out: { type: 'string', default: 'portcullis' } } });
  const passphrase = process.env.PORTCULLIS_PASSPHRASE || undefined;
  const { privatePem, publicKey } = generateKey(passphrase);
  const privateFile = `${values.out}.key`;
  const publicFile = `${values.out}.pub`;
  writeFileSync(privateFile, privatePem, { mode: 0o600, flag: 'wx' });
  writeFileSync(publicFile, publicKey.export({ type: 'spki', format: 'pem' }), { flag: 'wx' });
  if (passphrase === undefined) {
    console.error(`portcullis: ${privateFile} is not encrypted; set PORTCULLIS_PASSPHRASE to encrypt it`);
  }
  console.log(`${privateFile}: private key; keep it only where bundles are signed`);
  console.log(`${publicFile}: public key, for signing.keys of settings.yaml`);
  console.log(`id ${keyId(publicKey)}`);
  return 0;
}
