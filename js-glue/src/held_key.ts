import { primitives, settle, signHmac } from './primitives.js';
import { stampMessage, toBase64url } from './stamp_text.js';

/** Of a key, and of a MAC by it (HMAC-SHA-256). */
export const SECRET_BYTES = 32;

/** A page key as this page holds it. Opaque to all but `PageKey`. */
export interface HeldKey {
  readonly id: string;
  readonly crypto: CryptoKey;
  counter: number;
  step: number;
  /** MACs that were made ahead: a page that is left has no time to sign. */
  release: string;
  suspend: string;
}

/** A stamp that was made ahead, for a call that leaves no time to make one. */
export interface StampAhead {
  readonly key: HeldKey;
  readonly counter: number;
  value: string | null;
}

/** Whose calls are stamped, and how. */
export interface StampedCall {
  readonly caller: string;
  readonly method: string;
  readonly target: string;
}

/** Told why it did not work. */
export type Failed = (error: unknown) => void;

/** The MAC as it goes over the wire. */
export function macText(mac: ArrayBuffer): string {
  return toBase64url(new primitives.Uint8Array(mac), SECRET_BYTES);
}

/** Makes the stamp of one call, with a counter of its own. */
export function makeStamp(
  key: HeldKey,
  { caller, method, target }: StampedCall,
  use: (value: string) => void,
  failed: Failed,
) {
  const counter = ++key.counter;
  const signed = (mac: ArrayBuffer): void => use(`v1.${key.id}.${counter}.${macText(mac)}`);
  settle(signHmac(key.crypto, stampMessage(key.id, caller, method, target, counter)), signed, failed);
}
