import { Backoff } from './backoff.js';
import type { HostEnvironment } from './host_types.js';

const RETRY_MS = 1_000;
const MAX_RETRY_MS = 15_000;

/** One thing that is to be done again; later and later, until `reset`. */
export class Retry {
  readonly #env: HostEnvironment;
  readonly #backoff: Backoff;
  #timer: unknown = null;

  constructor(env: HostEnvironment) {
    this.#env = env;
    this.#backoff = new Backoff({ baseMs: RETRY_MS, maxMs: MAX_RETRY_MS, random: env.random });
  }

  /** Takes the place of what waits already. */
  later(again: () => Promise<void>): void {
    this.cancel();
    this.#timer = this.#env.setTimeout(() => void again(), this.#backoff.next());
  }

  cancel(): void {
    this.#env.clearTimeout(this.#timer);
  }

  /** What failed works again, or is of the past. */
  reset(): void {
    this.cancel();
    this.#backoff.reset();
  }
}
