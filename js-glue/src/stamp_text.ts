/** Whose the host's own calls are; no plugin's id can be this. */
export const HOST_CALLER = '@host';

/** What a stamp's MAC is over: `stamp_message` of the core, held to the same vectors. */
export function stampMessage(keyId: string, caller: string, method: string, target: string, counter: number): string {
  return `portcullis-stamp-v1\n${keyId}\n${caller}\n${method}\n${target}\n${counter}`;
}

/** What becomes of a page. */
export type PageChange = 'release' | 'suspend' | 'resume';

/** What a page's word on its life is signed over: `page_message` of the core. */
export function pageMessage(keyId: string, change: PageChange, step: number): string {
  return `portcullis-page-v1\n${keyId}\n${change}\n${step}`;
}

/** What a message between tabs is signed over. Its key signs nothing else. */
export function tabMessage(from: string, seq: number, at: number, body: string): string {
  return `portcullis-tabs-v1\n${from}\n${seq}\n${at}\n${body}`;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Without padding. Touches no prototype: what it reads is secret. */
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

/** Fills `bytes` from the text's start. Whether it did. */
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
