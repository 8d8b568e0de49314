const LF = 10;

/**
 * Splits bytes into lines at LF. Of a line longer than `cap` bytes only the first `cap` are kept, which is enough for
 * the core to see that the line is too long.
 */
export class LineSplitter {
  readonly #cap: number;
  #parts: Uint8Array[] = [];
  #bytes = 0;

  constructor(cap: number) {
    this.#cap = cap;
  }

  *push(chunk: Uint8Array): Generator<Uint8Array> {
    let start = 0;
    for (let end = chunk.indexOf(LF, start); end >= 0; end = chunk.indexOf(LF, start)) {
      this.#add(chunk.subarray(start, end));
      yield this.#take();
      start = end + 1;
    }
    this.#add(chunk.subarray(start));
  }

  /** Returns the bytes after the last LF; null if there are none. */
  end(): Uint8Array | null {
    return this.#bytes === 0 ? null : this.#take();
  }

  #add(part: Uint8Array): void {
    const kept = part.subarray(0, this.#cap - this.#bytes);
    if (kept.length === 0) return;
    this.#parts.push(kept.slice());
    this.#bytes += kept.length;
  }

  #take(): Uint8Array {
    const line = new Uint8Array(this.#bytes);
    let at = 0;
    for (const part of this.#parts) {
      line.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#bytes = 0;
    return line;
  }
}
