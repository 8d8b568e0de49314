/** Bounds of a growing delay, in milliseconds. */
export interface BackoffOptions {
  readonly baseMs: number;
  readonly maxMs: number;
  /** In [0, 1); injected so that tests are exact. */
  readonly random: () => number;
}

/**
 * Exponential backoff with jitter: delays double up to `maxMs`, and each is shortened by a random part of up to one
 * half, so that pages that lost the same server do not reconnect at the same moment.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Returns the next delay in milliseconds and counts one more failure. */
  next(baseMs = this.#options.baseMs): number {
    const grown = Math.min(this.#options.maxMs, baseMs * 2 ** Math.min(this.#failures, 16));
    this.#failures += 1;
    return Math.round(grown * (1 - this.#options.random() / 2));
  }

  reset(): void {
    this.#failures = 0;
  }
}
