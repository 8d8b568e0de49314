/**
 * Built-ins that the SDK captures from the page when this module is evaluated, before any plugin runs: a plugin that
 * replaces a global later changes only what other code sees. Code that handles a secret or a stamp calls nothing
 * through a prototype either, because methods on prototypes can be replaced too; `apply` and `settle` use what was
 * captured here.
 */
// Stands in for globals that are absent (server-side rendering, unit tests): importing works, and `start()` reports
// them.
const Missing = class {} as never;
const { URL, AbortController, crypto } = globalThis;
const {
  Headers = Missing,
  Response = Missing,
  AbortSignal = Missing,
  TextEncoder = Missing,
  TextDecoder = Missing,
  ReadableStream = Missing,
} = globalThis;
/** Names of the globals that the SDK needs and this environment lacks. */
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
const { get: getHeader } = Headers.prototype;
const { text } = Response.prototype;
const getterOf = (of: object, name: string): unknown => Object.getOwnPropertyDescriptor(of, name)?.get;
const status = getterOf(Response.prototype, 'status') as () => number;
const headers = getterOf(Response.prototype, 'headers') as () => Headers;
const body = getterOf(Response.prototype, 'body') as () => ReadableStream<Uint8Array> | null;
const { getReader } = ReadableStream.prototype;
const { read, cancel } = (globalThis.ReadableStreamDefaultReader ?? Missing).prototype;
export const encoder: TextEncoder = new TextEncoder();
// Keeps a byte order mark, which is data here; TextDecoder would drop it.
export const decoder: TextDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** Null if the page is not a secure context. */
const subtle: SubtleCrypto | null = crypto?.subtle ?? null;
const { sign, verify, importKey } = subtle ?? ({} as SubtleCrypto);

const random = crypto?.getRandomValues.bind(crypto);
const Words = globalThis.Uint32Array;

const { any } = AbortSignal;
/**
 * A signal that aborts with the first of `signals`. The sources hold it weakly, and it also aborts a response's body.
 */
export const anySignal = (...signals: AbortSignal[]): AbortSignal => apply(any, AbortSignal, [signals]);

/** 128 random bits as text. Not Math.random, whose next values can be computed from previous ones. */
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
  queueMicrotask: globalThis.queueMicrotask.bind(globalThis),
});

/**
 * Handles a promise's result without `await`, which would pass the value to a `then` that a plugin may have replaced.
 * The callbacks must return nothing, for the same reason. An exception in `done` goes to `failed`.
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

/** The status of a response. Not `response.status`: a replaced getter would receive the response and its secret. */
export const statusOf = (response: Response): number => apply(status, response, []);

/** A field of the response's head; null if it has none. */
export const fieldOf = (response: Response, name: string): string | null =>
  apply(getHeader, apply(headers, response, []), [name]);

/** Reads a response's body chunk by chunk. */
export interface BodyReader {
  /** The next chunk; null at the end. */
  read(): Promise<Uint8Array | null>;
  cancel(): Promise<void>;
}

/** The reader of a response's body, whose methods cannot be replaced; null if the response has no body. */
export function bodyReader(response: Response): BodyReader | null {
  const stream = apply(body, response, []);
  if (stream === null) return null;
  const reader = apply(getReader, stream, []) as ReadableStreamDefaultReader<Uint8Array>;
  return {
    read: async () => {
      const { done, value } = await (apply(read, reader, []) as ReturnType<typeof reader.read>);
      return done ? null : value;
    },
    cancel: () => apply(cancel, reader, []),
  };
}

export function eachHeader(headers: Headers, take: (value: string, name: string) => void): void {
  apply(forEach, headers, [take]);
}

export const canSign = subtle !== null;

/** Imports a non-extractable HMAC-SHA-256 key. The algorithm has no prototype, so no planted getter is called. */
export function importHmac(secret: Uint8Array, uses: readonly KeyUsage[] = ['sign']): Promise<CryptoKey> {
  const algorithm = { __proto__: null, name: 'HMAC', hash: 'SHA-256' };
  return apply(importKey, subtle, ['raw', secret, algorithm, false, uses]);
}

export const verifyHmac = (key: CryptoKey, mac: Uint8Array, message: string): Promise<boolean> =>
  apply(verify, subtle, ['HMAC', key, mac, utf8(message)]);

export const signHmac = (key: CryptoKey, message: string): Promise<ArrayBuffer> =>
  apply(sign, subtle, ['HMAC', key, utf8(message)]);
