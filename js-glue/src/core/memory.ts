import { CoreError } from '../errors.js';
import {
  bufferOf,
  codeAt,
  copyInto,
  decodeUtf8,
  encodeUtf8Into,
  fromCharCode,
  lengthOf,
  utf8,
  view,
  Words,
} from './captured.js';
import type { CoreExports } from './fast_api.js';

// Below this length a loop beats TextEncoder.encodeInto (measured: about 20 characters).
const LOOP_LENGTH = 20;
// Up to here the buffer is there in any case, at three bytes for each UTF-16 unit.
const ONE_WRITE = 21845;
/** In front of a text's bytes in a call over embind: how many they are. */
const LENGTH_BYTES = 4;

/**
 * The module's memory: a scratch buffer for the texts of the fast calls, a block of the allocator for each text of a
 * call over embind. Views die when the memory grows, and are made again then: an element of a dead one is undefined.
 */
export class Memory {
  readonly #exports: CoreExports;
  readonly #buffer: () => ArrayBuffer;
  readonly #scratchAt: number;
  readonly #scratchBytes: number;
  #heap: Uint8Array;
  #scratch: Uint8Array;

  /** Before the core's constructors have run: nothing is called but what gives an address. */
  constructor(exports: CoreExports) {
    this.#exports = exports;
    this.#buffer = bufferOf(exports.memory);
    this.#scratchAt = exports.pc_scratch();
    this.#scratchBytes = exports.pc_scratch_bytes();
    this.#heap = view(this.#buffer(), 0);
    this.#scratch = view(this.#buffer(), this.#scratchAt, this.#scratchBytes);
  }

  /** How large it is; it only grows. */
  get bytes(): number {
    return lengthOf(this.#current());
  }

  /**
   * Writes a text into the scratch buffer as UTF-8. Its length in bytes, or -1 when it does not fit: such texts go
   * through the text API, which gives the same answers.
   */
  write(text: string, at = 0): number {
    if (this.#scratch[0] === undefined) this.#renew();
    const scratch = this.#scratch;
    const { length } = text;
    if (length <= LOOP_LENGTH && at + length <= this.#scratchBytes) {
      let index = 0;
      for (; index < length; index += 1) {
        const unit = codeAt(text, index);
        if (unit > 0x7f) break;
        scratch[at + index] = unit;
      }
      if (index === length) return length;
    }
    const room = at === 0 ? scratch : view(this.#buffer(), this.#scratchAt + at, this.#scratchBytes - at);
    const { read, written } = encodeUtf8Into(text, room);
    return read === length ? written : -1;
  }

  /** Writes a text of any length to where `pc_compile` takes it from. Its length in bytes. */
  writeText(text: string): number {
    if (text.length <= ONE_WRITE) {
      const at = this.#exports.pc_text(text.length * 3);
      return encodeUtf8Into(text, view(this.#buffer(), at, text.length * 3)).written;
    }
    const bytes = utf8(text);
    const count = lengthOf(bytes);
    this.put(bytes, this.#exports.pc_text(count));
    return count;
  }

  /** A text out of the memory. */
  read(at: number, bytes: number): string {
    if (bytes <= LOOP_LENGTH) {
      const heap = this.#current();
      let text = '';
      let index = 0;
      for (; index < bytes; index += 1) {
        const unit = heap[at + index] as number;
        if (unit > 0x7f) break;
        text += fromCharCode(unit);
      }
      if (index === bytes) return text;
    }
    return decodeUtf8(view(this.#buffer(), at, bytes));
  }

  /** Copies bytes into the memory. */
  put(bytes: Uint8Array, at: number): void {
    copyInto(this.#current(), bytes, at);
  }

  /** The memory from there on as words; dead when it has grown. */
  words(at: number): Uint32Array {
    return new Words(this.#buffer(), at);
  }

  /** A `std::string` for embind, which `free` gives back. */
  give(bytes: Uint8Array): number {
    const count = lengthOf(bytes);
    const at = this.#exports.malloc(LENGTH_BYTES + count);
    if (at === 0) throw new CoreError('SDK_CORE_FAILED', 'the core has no more memory');
    const heap = this.#current();
    for (let index = 0; index < LENGTH_BYTES; index += 1) heap[at + index] = count >>> (8 * index);
    copyInto(heap, bytes, at + LENGTH_BYTES);
    return at;
  }

  /** What a `std::string` of embind's says; its memory is given back. */
  take(at: number): string {
    const heap = this.#current();
    let count = 0;
    for (let index = 0; index < LENGTH_BYTES; index += 1) count |= (heap[at + index] as number) << (8 * index);
    const text = this.read(at + LENGTH_BYTES, count);
    this.#exports.free(at);
    return text;
  }

  free(at: number): void {
    this.#exports.free(at);
  }

  #current(): Uint8Array {
    if (this.#heap[0] === undefined) this.#renew();
    return this.#heap;
  }

  #renew(): void {
    this.#heap = view(this.#buffer(), 0);
    this.#scratch = view(this.#buffer(), this.#scratchAt, this.#scratchBytes);
  }
}
