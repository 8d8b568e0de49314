import { decoder, encoder } from '../primitives.js';
import type { CoreModule } from './module.js';

/** UTF-8 of a text; a lone surrogate becomes U+FFFD, as everywhere on the web. */
export { utf8 } from '../primitives.js';

// Below this length a loop beats TextEncoder.encodeInto (measured: about 20 characters).
const LOOP_LENGTH = 20;
// Up to here the buffer is there in any case, at three bytes for each UTF-16 unit.
const ONE_WRITE = 21845;

/**
 * The module's memory as the raw calls use it: one scratch buffer for texts going in. Views die when
 * the memory grows, and are made again then.
 */
export class Memory {
  readonly #module: CoreModule;
  readonly #scratchAt: number;
  readonly #scratchBytes: number;
  #heap: Uint8Array;
  #scratch: Uint8Array;

  constructor(module: CoreModule) {
    this.#module = module;
    this.#scratchAt = module._pc_scratch();
    this.#scratchBytes = module._pc_scratch_bytes();
    this.#heap = module.HEAPU8;
    this.#scratch = this.#heap.subarray(this.#scratchAt, this.#scratchAt + this.#scratchBytes);
  }

  /** All of it, as of now. */
  get heap(): Uint8Array {
    if (this.#heap.length === 0) this.#renew();
    return this.#heap;
  }

  /**
   * Writes a text into the scratch buffer as UTF-8. Its length in bytes, or -1 when it does not fit:
   * such texts go through the coarse calls, which give the same answers.
   */
  write(text: string, at = 0): number {
    if (this.#scratch.length === 0) this.#renew();
    const scratch = this.#scratch;
    const length = text.length;
    if (length <= LOOP_LENGTH && at + length <= this.#scratchBytes) {
      let index = 0;
      for (; index < length; index += 1) {
        const unit = text.charCodeAt(index);
        if (unit > 0x7f) break;
        scratch[at + index] = unit;
      }
      if (index === length) return length;
    }
    const { read, written } = encoder.encodeInto(text, at === 0 ? scratch : scratch.subarray(at));
    return read === length ? written : -1;
  }

  /** Writes a text of any length to where `_pc_compile` takes it from. Its length in bytes. */
  writeText(text: string): number {
    if (text.length <= ONE_WRITE) {
      const at = this.#module._pc_text(text.length * 3);
      return encoder.encodeInto(text, this.heap.subarray(at, at + text.length * 3)).written;
    }
    const bytes = encoder.encode(text);
    const at = this.#module._pc_text(bytes.length);
    this.heap.set(bytes, at);
    return bytes.length;
  }

  /** A text out of the memory. */
  read(at: number, bytes: number): string {
    const heap = this.heap;
    if (bytes <= LOOP_LENGTH) {
      let text = '';
      let index = 0;
      for (; index < bytes; index += 1) {
        const unit = heap[at + index] as number;
        if (unit > 0x7f) break;
        text += String.fromCharCode(unit);
      }
      if (index === bytes) return text;
    }
    return decoder.decode(heap.subarray(at, at + bytes));
  }

  #renew(): void {
    this.#heap = this.#module.HEAPU8;
    this.#scratch = this.#heap.subarray(this.#scratchAt, this.#scratchAt + this.#scratchBytes);
  }
}
