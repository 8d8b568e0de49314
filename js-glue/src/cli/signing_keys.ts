import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  verify,
} from 'node:crypto';
import { readText } from './text_file.js';

/** What is wrong with a key, a manifest or a signature: a sentence for the person at the prompt. */
export class SigningError extends Error {}

/** SPKI DER of an uncompressed point on P-256; another length is another form of the same key. */
const SPKI_BYTES = 91;

const isP256 = (key: KeyObject): boolean =>
  key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';

const spkiOf = (publicKey: KeyObject): Buffer => publicKey.export({ type: 'spki', format: 'der' });

/** The id by which `signing.revoked` names a key: SHA-256 of its SPKI DER. */
export function keyId(publicKey: KeyObject): string {
  return createHash('sha256').update(spkiOf(publicKey)).digest('hex');
}

/** The first line that names what a PEM file holds. */
function labelOf(pem: string): string {
  return /-----BEGIN ([A-Z0-9 ]+)-----/.exec(pem)?.[1] ?? '';
}

/** A public key as the server takes it: one PEM block, SPKI, P-256. */
export function readPublicKey(pem: string, file: string): KeyObject {
  if (labelOf(pem) !== 'PUBLIC KEY' || pem.split('-----BEGIN ').length !== 2) {
    throw new SigningError(`${file} is no public key as PEM (-----BEGIN PUBLIC KEY-----)`);
  }
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    throw new SigningError(`${file}: the public key cannot be read`);
  }
  if (!isP256(key) || spkiOf(key).length !== SPKI_BYTES) {
    throw new SigningError(`${file} is not a key of the curve P-256 (prime256v1) with an uncompressed point`);
  }
  return key;
}

export function readPrivateKey(file: string, passphrase: string | undefined): KeyObject {
  const pem = readText(file);
  const label = labelOf(pem);
  if (label.includes('SIGSTORE') || label.includes('COSIGN')) {
    throw new SigningError(`${file} is a key of cosign's own form; sign with \`cosign sign-blob --key\``);
  }
  if (label === 'ENCRYPTED PRIVATE KEY' && passphrase === undefined) {
    throw new SigningError(`${file} is encrypted; put its passphrase into PORTCULLIS_PASSPHRASE`);
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
  } catch {
    throw new SigningError(`${file} cannot be read as a private key, or the passphrase is wrong`);
  }
  if (!isP256(key)) throw new SigningError(`${file} is not a key of the curve P-256 (prime256v1)`);
  return key;
}

/** A new pair as PEM: SPKI, and PKCS#8 that is encrypted when there is a passphrase. */
export function generateKey(passphrase: string | undefined): { privatePem: string; publicKey: KeyObject } {
  const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const privatePem = pair.privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    ...(passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }),
  });
  return { privatePem: privatePem.toString(), publicKey: pair.publicKey };
}

/** ECDSA with SHA-256 over `bytes`; `der` is what `cosign sign-blob --key` makes. */
export function verifies(publicKey: KeyObject, bytes: Uint8Array, der: Uint8Array): boolean {
  try {
    return verify('sha256', bytes, publicKey, der);
  } catch {
    return false;
  }
}
