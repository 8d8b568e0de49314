/**
 * What the core's side in JavaScript calls of the language, taken when this module is evaluated: before any plugin
 * runs. Nothing on the way of a call goes through a prototype, or the plugin that replaced it would see what other
 * plugins ask, could change the answer, and would be handed the core's memory.
 */
import { decoder, encoder } from '../primitives.js';

/** UTF-8 of a text; a lone surrogate becomes U+FFFD, as everywhere on the web. */
export { utf8 } from '../primitives.js';

const { apply, defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
const { freeze } = Object;
const { Uint8Array: Bytes, Uint32Array: Words } = globalThis;
const from = Array.from.bind(Array);
export const { fromCharCode } = String;
export const { max, min } = Math;
export { freeze, Words };

type Getter<T> = (this: unknown) => T;
const getter = (of: object, name: string): unknown => getOwnPropertyDescriptor(of, name)?.get;

const arrays = getPrototypeOf(Bytes.prototype) as Uint8Array;
const { set, subarray } = arrays;
const length = getter(arrays, 'length') as Getter<number>;
// Not there under server-side rendering; then no core is loaded either.
const decode = decoder.decode as TextDecoder['decode'] | undefined;
const encodeInto = encoder.encodeInto as TextEncoder['encodeInto'] | undefined;
const { charCodeAt, indexOf, slice } = String.prototype;

export const lengthOf = (bytes: Uint8Array): number => apply(length, bytes, []);

export const decodeUtf8 = (bytes: Uint8Array): string => apply(decode as TextDecoder['decode'], decoder, [bytes]);

export const encodeUtf8Into = (text: string, to: Uint8Array): TextEncoderEncodeIntoResult =>
  apply(encodeInto as TextEncoder['encodeInto'], encoder, [text, to]);

/** A buffer, from there on or a part of it, as a view. Not `subarray`: that asks the array's constructor, which can be replaced. */
export const view = (buffer: ArrayBuffer, at: number, bytes?: number): Uint8Array => new Bytes(buffer, at, bytes);

export const newBytes = (count: number): Uint8Array => new Bytes(count);

export const copyInto = (to: Uint8Array, bytes: Uint8Array, at: number): void => apply(set, to, [bytes, at]);

export const partOf = (bytes: Uint8Array, from: number, to: number): Uint8Array => apply(subarray, bytes, [from, to]);

/** How to read `memory.buffer`, of WebAssembly or of its translation: by the getter that is there now. */
export function bufferOf(memory: object): () => ArrayBuffer {
  const get = (getter(memory, 'buffer') ?? getter(getPrototypeOf(memory) as object, 'buffer')) as Getter<ArrayBuffer>;
  return () => apply(get, memory, []);
}

/** A list of `count` elements. Not by assignment: an element of `Array.prototype` could have a setter. */
export const listOf = <T>(count: number, make: (index: number) => T): T[] =>
  from({ __proto__: null, length: count } as ArrayLike<undefined>, (_, index) => make(index));

/** Adds an element. Not `push`, which can be replaced, nor an assignment: see `listOf`. */
export function append<T>(list: T[], value: T): void {
  const own = { __proto__: null, value, writable: true, enumerable: true, configurable: true };
  defineProperty(list, list.length, own as PropertyDescriptor);
}

export const codeAt = (text: string, index: number): number => apply(charCodeAt, text, [index]);

export const indexIn = (text: string, part: string, from = 0): number => apply(indexOf, text, [part, from]);

export const restOf = (text: string, from: number, to?: number): string => apply(slice, text, [from, to]);
