import { createHash } from 'node:crypto';

const MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

export type SignatureForm = 'base64' | 'sigstore';

/** Encodes a signature as `cosign sign-blob --key` does: base64 on one line, or a Sigstore bundle (v0.3). */
export function writeSignature(form: SignatureForm, der: Uint8Array, bytes: Uint8Array, keyIdHex: string): string {
  const signature = Buffer.from(der).toString('base64');
  if (form === 'base64') return `${signature}\n`;
  const digest = createHash('sha256').update(bytes).digest('base64');
  const bundle = {
    mediaType: MEDIA_TYPE,
    verificationMaterial: { publicKey: { hint: Buffer.from(keyIdHex, 'hex').toString('base64') } },
    messageSignature: { messageDigest: { algorithm: 'SHA2_256', digest }, signature },
  };
  return `${JSON.stringify(bundle)}\n`;
}

interface SigstoreBundle {
  mediaType?: unknown;
  verificationMaterial?: { publicKey?: unknown };
  messageSignature?: { messageDigest?: { algorithm?: unknown; digest?: unknown }; signature?: unknown };
}

/** Returns the DER bytes of either form, read as the server does; null for any other text. */
export function readSignature(text: string, bytes: Uint8Array): Buffer | null {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{')) return fromBase64(trimmed);
  let bundle: SigstoreBundle;
  try {
    bundle = JSON.parse(trimmed);
  } catch {
    return null;
  }
  if (bundle.mediaType !== MEDIA_TYPE || bundle.verificationMaterial?.publicKey === undefined) return null;
  const { messageDigest: digest, signature } = bundle.messageSignature ?? {};
  if (digest !== undefined) {
    const expected = createHash('sha256').update(bytes).digest('base64');
    if (digest?.algorithm !== 'SHA2_256' || digest.digest !== expected) return null;
  }
  return typeof signature === 'string' ? fromBase64(signature) : null;
}

function fromBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  // Buffer ignores invalid characters; comparing the round trip accepts only the canonical encoding.
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : null;
}
