import type { HostEnvironment } from './host_types.js';

/** A hint that was none makes the next one wait twice as long, up to this. */
const HINT_MS = 1_000;
const MAX_HINT_MS = 60_000;
/** A page that is looked at again asks again, if it has not just done so. */
const SHOWN_MS = 10_000;
/** A session that ended elsewhere: the cookie of the next one may be on its way. */
const FOLLOW_UPS_MS = [1_000, 2_000, 4_000, 8_000];

/**
 * When to ask the server who is signed in, though no call was refused: another tab may have signed in or out.
 * What says so may be a plugin that makes it up, so that a hint costs at most one question, and hints that turn
 * out to be nothing cost one in a minute.
 */
export class SessionWatch {
  readonly #env: HostEnvironment;
  readonly #ask: () => Promise<boolean>;
  #hintMs = HINT_MS;
  #askedAt = 0;
  #hintTimer: unknown = null;
  #followTimer: unknown = null;

  /** `ask` asks the server; whether somebody else is signed in than before, or nobody. Never rejects. */
  constructor(env: HostEnvironment, ask: () => Promise<boolean>) {
    this.#env = env;
    this.#ask = ask;
  }

  /** Some script of this origin says that the session changed. */
  hint(): void {
    if (this.#hintTimer !== null) return;
    const wait = this.#askedAt + this.#hintMs - this.#env.now();
    if (wait <= 0) void this.#askForHint();
    else this.#hintTimer = this.#env.setTimeout(() => void this.#askForHint(), wait);
  }

  /** The server itself says so. */
  told(): void {
    void this.#now();
  }

  /** The page is looked at again, or came out of the back/forward cache. */
  shown(): void {
    if (this.#env.now() - this.#askedAt >= SHOWN_MS) void this.#now();
  }

  /** The session ended, and not by this page: whoever ended it may have signed in anew. */
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

  /** Somebody signed in, or out by this page: there is nothing to wait for. */
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
