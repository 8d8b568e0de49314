import { Backoff } from './backoff.js';
import type { HostEnvironment } from './host_types.js';

const RETRY_MS = 1_000;
const MAX_RETRY_MS = 15_000;

/** Schedules one operation to run again, with growing delays from 1 to 15 seconds until `reset`. */
export class Retry {
  readonly #env: HostEnvironment;
  readonly #backoff: Backoff;
  #timer: unknown = null;

  constructor(env: HostEnvironment) {
    this.#env = env;
    this.#backoff = new Backoff({ baseMs: RETRY_MS, maxMs: MAX_RETRY_MS, random: env.random });
  }

  /** Schedules `again` in place of what was scheduled before. */
  later(again: () => Promise<void>): void {
    this.cancel();
    this.#timer = this.#env.setTimeout(() => void again(), this.#backoff.next());
  }

  cancel(): void {
    this.#env.clearTimeout(this.#timer);
  }

  /** The operation succeeded or is obsolete: cancels the timer and resets the delay. */
  reset(): void {
    this.cancel();
    this.#backoff.reset();
  }
}
