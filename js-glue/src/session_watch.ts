import type { HostEnvironment } from './host_types.js';

/** Delay after a hint that turned out wrong; doubles up to the maximum. */
const HINT_MS = 1_000;
const MAX_HINT_MS = 60_000;
/** A page that becomes visible asks again after this long. */
const SHOWN_MS = 10_000;
/**
 * Delays of the questions after a session ended elsewhere, because the cookie of the next one may be about to arrive.
 */
const FOLLOW_UPS_MS = [1_000, 2_000, 4_000, 8_000];

/**
 * Decides when to ask the server who is signed in without a refused call: another tab may have signed in or out. A
 * plugin can fake such a hint, so each one causes at most one request, and wrong hints at most one request per
 * minute.
 */
export class SessionWatch {
  readonly #env: HostEnvironment;
  readonly #ask: () => Promise<boolean>;
  #hintMs = HINT_MS;
  #askedAt = 0;
  #hintTimer: unknown = null;
  #followTimer: unknown = null;

  /** `ask` asks the server and resolves with whether another person is signed in now, or nobody. Never rejects. */
  constructor(env: HostEnvironment, ask: () => Promise<boolean>) {
    this.#env = env;
    this.#ask = ask;
  }

  /** A script of this origin claims that the session changed. */
  hint(): void {
    if (this.#hintTimer !== null) return;
    const wait = this.#askedAt + this.#hintMs - this.#env.now();
    if (wait <= 0) void this.#askForHint();
    else this.#hintTimer = this.#env.setTimeout(() => void this.#askForHint(), wait);
  }

  /** The server reported that the session changed. */
  reported(): void {
    void this.#now();
  }

  /** The page became visible, or was restored from the back/forward cache. */
  shown(): void {
    if (this.#env.now() - this.#askedAt >= SHOWN_MS) void this.#now();
  }

  /** The session ended, but not by this page: another tab may sign in again in a moment. */
  ended(round = 0): void {
    this.#env.clearTimeout(this.#followTimer);
    const wait = FOLLOW_UPS_MS[round];
    if (wait === undefined) return;
    this.#followTimer = this.#env.setTimeout(() => {
      void this.#now().then((changed) => {
        if (!changed) this.ended(round + 1);
      });
    }, wait);
  }

  /** Somebody signed in, or this page signed out: there is nothing to wait for. */
  settled(): void {
    this.#env.clearTimeout(this.#followTimer);
  }

  close(): void {
    this.settled();
    this.#env.clearTimeout(this.#hintTimer);
  }

  async #askForHint(): Promise<void> {
    this.#hintTimer = null;
    this.#hintMs = (await this.#now()) ? HINT_MS : Math.min(MAX_HINT_MS, this.#hintMs * 2);
  }

  #now(): Promise<boolean> {
    this.#askedAt = this.#env.now();
    return this.#ask();
  }
}
