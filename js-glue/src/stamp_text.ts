/** The caller of the host's own calls in stamps. No plugin id can have this form. */
export const HOST_CALLER = '@host';

/** The text that a stamp's MAC covers: `stamp_message` of the core, checked against the same vectors. */
export function stampMessage(keyId: string, caller: string, method: string, target: string, counter: number): string {
  return `portcullis-stamp-v1\n${keyId}\n${caller}\n${method}\n${target}\n${counter}`;
}

/** A change of a page's life that the server is told about. */
export type PageChange = 'release' | 'suspend' | 'resume';

/** The text that the MAC of a page's state message covers: `page_message` of the core. */
export function pageMessage(keyId: string, change: PageChange, step: number): string {
  return `portcullis-page-v1\n${keyId}\n${change}\n${step}`;
}

/** The text that the MAC of a message between tabs covers. The channel key signs nothing else. */
export function tabMessage(from: string, seq: number, at: number, body: string): string {
  return `portcullis-tabs-v1\n${from}\n${seq}\n${at}\n${body}`;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Encodes without padding. Uses no prototype, because its input is secret. */
export function toBase64url(bytes: Uint8Array, length: number): string {
  let text = '';
  let bits = 0;
  let count = 0;
  for (let at = 0; at < length; at += 1) {
    bits = ((bits & 63) << 8) | (bytes[at] as number);
    count += 8;
    while (count >= 6) {
      count -= 6;
      text += ALPHABET[(bits >> count) & 63];
    }
  }
  return count === 0 ? text : text + ALPHABET[(bits << (6 - count)) & 63];
}

/** Decodes into `bytes`, from the start of the text. Returns false on an invalid character. */
export function fromBase64url(text: string, bytes: Uint8Array, length: number): boolean {
  let bits = 0;
  let count = 0;
  let at = 0;
  for (let next = 0; at < length; next += 1) {
    let value = 63;
    while (value >= 0 && ALPHABET[value] !== text[next]) value -= 1;
    if (value < 0) return false;
    bits = ((bits & 63) << 6) | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes[at] = (bits >> count) & 255;
      at += 1;
    }
  }
  return true;
}
