/**
 * What the SDK takes from the page, taken when this module is evaluated: before any plugin runs, so
 * that a plugin that replaces a global later changes its own view only. Where a secret or a stamp is
 * at hand, nothing is called through a prototype either, because that can be replaced, too: `call`
 * and `settle` go by what was captured here.
 */
// In the place of what is not there (server-side rendering, a unit test): importing is harmless, and `start()` tells.
const None = class {} as never;
const { URL, AbortController, crypto } = globalThis;
const { Headers = None, Response = None, AbortSignal = None, TextEncoder = None, TextDecoder = None } = globalThis;
/** What the SDK needs of a page, and this place has not. */
export const missing: readonly string[] = [
  'Headers',
  'Response',
  'AbortController',
  'AbortSignal',
  'TextEncoder',
  'TextDecoder',
  'crypto',
].filter((name) => !(globalThis as Record<string, unknown>)[name]);
const { parse, stringify } = JSON;
const nativeFetch: typeof fetch | null = globalThis.fetch?.bind(globalThis) ?? null;
const { apply } = Reflect;
const { then } = globalThis.Promise.prototype;
const { encode } = TextEncoder.prototype;
const { forEach } = Headers.prototype;
const { text } = Response.prototype;
const status = Object.getOwnPropertyDescriptor(Response.prototype, 'status')?.get as () => number;
export const encoder: TextEncoder = new TextEncoder();
// The byte order mark is data here: TextDecoder would drop it.
export const decoder: TextDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** None where the page is not a secure context. */
const subtle: SubtleCrypto | null = crypto?.subtle ?? null;
const { sign, verify, importKey } = subtle ?? ({} as SubtleCrypto);

const random = crypto?.getRandomValues.bind(crypto);
const Words = globalThis.Uint32Array;

const { any } = AbortSignal;
/** Aborts with the first of them. The sources hold it weakly, and an answer's body is ended by it, too. */
export const anySignal = (...signals: AbortSignal[]): AbortSignal => apply(any, AbortSignal, [signals]);

/** 128 random bits as text. Not Math.random: who sees some of its numbers knows the next ones. */
export function unguessable(): string {
  const bits = random(new Words(4));
  return `${bits[0]}-${bits[1]}-${bits[2]}-${bits[3]}`;
}

export const primitives = Object.freeze({
  Headers,
  URL,
  AbortController,
  Promise: globalThis.Promise,
  Uint8Array: globalThis.Uint8Array,
  parse,
  stringify,
  fetch: nativeFetch,
  encodeURIComponent: globalThis.encodeURIComponent,
});

/**
 * What becomes of a promise, without `await`: that hands the value to a `then` that a plugin may have
 * replaced. The callbacks must return nothing, for the same reason.
 */
export function settle<T>(promise: Promise<T>, done: (value: T) => void, failed: (error: unknown) => void): void {
  const take = (value: T): void => {
    try {
      done(value);
    } catch (error) {
      failed(error);
    }
  };
  apply(then, promise, [take, failed]);
}

export const utf8 = (value: string): Uint8Array<ArrayBuffer> => apply(encode, encoder, [value]);

export const textOfResponse = (response: Response): Promise<string> => apply(text, response, []);

/** Not `response.status`: that getter can be replaced, and would be handed the answer with the secret in it. */
export const statusOf = (response: Response): number => apply(status, response, []);

export function eachHeader(headers: Headers, take: (value: string, name: string) => void): void {
  apply(forEach, headers, [take]);
}

export const canSign = subtle !== null;

/** An HMAC-SHA-256 key that nobody can read again. No prototype: a getter planted on one would be asked. */
export function importHmac(secret: Uint8Array, uses: readonly KeyUsage[] = ['sign']): Promise<CryptoKey> {
  const algorithm = { __proto__: null, name: 'HMAC', hash: 'SHA-256' };
  return apply(importKey, subtle, ['raw', secret, algorithm, false, uses]);
}

export const verifyHmac = (key: CryptoKey, mac: Uint8Array, message: string): Promise<boolean> =>
  apply(verify, subtle, ['HMAC', key, mac, utf8(message)]);

export const signHmac = (key: CryptoKey, message: string): Promise<ArrayBuffer> =>
  apply(sign, subtle, ['HMAC', key, utf8(message)]);
