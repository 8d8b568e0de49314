import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  verify,
} from 'node:crypto';
import { readText } from './text_file.js';

/** A key, manifest or signature is not usable. The message is shown at the prompt. */
export class SigningError extends Error {}

/** Length of the SPKI DER of an uncompressed P-256 point. Any other length is a different encoding of the key. */
const SPKI_BYTES = 91;

const isP256 = (key: KeyObject): boolean =>
  key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';

const spkiOf = (publicKey: KeyObject): Buffer => publicKey.export({ type: 'spki', format: 'der' });

/** The id that `signing.revoked` uses for a key: SHA-256 of its SPKI DER, in hex. */
export function keyId(publicKey: KeyObject): string {
  return createHash('sha256').update(spkiOf(publicKey)).digest('hex');
}

/** The label of the first PEM block; empty if there is none. */
function labelOf(pem: string): string {
  return /-----BEGIN ([A-Z0-9 ]+)-----/.exec(pem)?.[1] ?? '';
}

/** Reads a public key as the server accepts it: one PEM block, SPKI, P-256. */
export function readPublicKey(pem: string, file: string): KeyObject {
  if (labelOf(pem) !== 'PUBLIC KEY' || pem.split('-----BEGIN ').length !== 2) {
    throw new SigningError(`${file} is not a PEM public key (-----BEGIN PUBLIC KEY-----)`);
  }
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    throw new SigningError(`${file}: the public key cannot be parsed`);
  }
  if (!isP256(key) || spkiOf(key).length !== SPKI_BYTES) {
    throw new SigningError(`${file} is not a P-256 (prime256v1) key with an uncompressed point`);
  }
  return key;
}

export function readPrivateKey(file: string, passphrase: string | undefined): KeyObject {
  const pem = readText(file);
  const label = labelOf(pem);
  if (label.includes('SIGSTORE') || label.includes('COSIGN')) {
    throw new SigningError(`${file} is in cosign's own key format; sign with \`cosign sign-blob --key\``);
  }
  if (label === 'ENCRYPTED PRIVATE KEY' && passphrase === undefined) {
    throw new SigningError(`${file} is encrypted; set PORTCULLIS_PASSPHRASE to its passphrase`);
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
  } catch {
    throw new SigningError(`${file} is not a valid private key, or the passphrase is wrong`);
  }
  if (!isP256(key)) throw new SigningError(`${file} is not a P-256 (prime256v1) key`);
  return key;
}

/** Generates a P-256 key pair. The private key is PKCS#8 PEM, encrypted if a passphrase is given. */
export function generateKey(passphrase: string | undefined): { privatePem: string; publicKey: KeyObject } {
  const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const privatePem = pair.privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    ...(passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }),
  });
  return { privatePem: privatePem.toString(), publicKey: pair.publicKey };
}

/** Verifies an ECDSA signature with SHA-256 over `bytes`; `der` is in the form that `cosign sign-blob --key` writes. */
export function verifies(publicKey: KeyObject, bytes: Uint8Array, der: Uint8Array): boolean {
  try {
    return verify('sha256', bytes, publicKey, der);
  } catch {
    return false;
  }
}
