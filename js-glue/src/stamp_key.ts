import { primitives, settle, signHmac } from './primitives.js';
import { stampMessage, toBase64url } from './stamp_text.js';

/** Length of a page key, and of an HMAC-SHA-256 made with it. */
export const SECRET_BYTES = 32;

/** A page key as this page holds it. Opaque to everything except `PageKey`. */
export interface StampKey {
  readonly id: string;
  readonly crypto: CryptoKey;
  counter: number;
  step: number;
  /** Base64url MACs for the release and suspend messages, computed ahead because `pagehide` leaves no time to sign. */
  release: string;
  suspend: string;
}

/** A stamp computed before its call is made, for a call in `pagehide`. `value` is null until signing is done. */
export interface PrecomputedStamp {
  readonly key: StampKey;
  readonly counter: number;
  value: string | null;
}

/** What a stamp covers: the caller, the method and the canonical target. */
export interface StampedCall {
  readonly caller: string;
  readonly method: string;
  readonly target: string;
}

/** Receives the reason of a failure. */
export type Failed = (error: unknown) => void;

/** Encodes a MAC for the wire: base64url without padding. */
export function macText(mac: ArrayBuffer): string {
  return toBase64url(new primitives.Uint8Array(mac), SECRET_BYTES);
}

/** Makes the stamp of one call with the key's next counter. */
export function makeStamp(
  key: StampKey,
  { caller, method, target }: StampedCall,
  use: (value: string) => void,
  failed: Failed,
) {
  const counter = ++key.counter;
  const signed = (mac: ArrayBuffer): void => use(`v1.${key.id}.${counter}.${macText(mac)}`);
  settle(signHmac(key.crypto, stampMessage(key.id, caller, method, target, counter)), signed, failed);
}
