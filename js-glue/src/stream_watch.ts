import type { HostEnvironment } from './host_types.js';

/** How often it looks, at least. */
const LOOK_MS = 15_000;
/** A look that is this late: the computer slept. More than a background tab's timers are held back. */
const ASLEEP_MS = 90_000;
/** How long an answer's head may take; upstreams have less than that by the server's default. */
const HEAD_MS = 60_000;
/** A shorter silence is nothing to worry about, whatever the heartbeats. */
const LEAST_SILENCE_MS = 30_000;
/** A comment this soon after the head, or after another one, is a greeting and no heartbeat. */
const LEAST_BEAT_MS = 500;
const COLON = 0x3a;

/**
 * Notices that a stream is dead though nobody closed it: a connection that was half-open after a sleep, or behind a
 * network that went, never says so. Silence counts where the stream is known to send heartbeats (`silentMs`, or
 * comment lines that it sent before); a stream that sends none may be silent for ever. Waking up and a new network
 * count always.
 */
export class StreamWatch {
  readonly #env: HostEnvironment;
  readonly #dead: (why: string) => void;
  readonly #unwatch: () => void;
  /** How long it may be silent; null: learnt from its heartbeats. */
  #silentMs: number | null;
  #timer: unknown = null;
  #open = false;
  #heardAt = 0;
  #beatAt = 0;
  #beatMs = 0;

  /** `dead` is told at most once for a `start`; `awake` whenever what failed may work now. */
  constructor(env: HostEnvironment, silentMs: number | null, dead: (why: string) => void, awake: () => void) {
    this.#env = env;
    this.#silentMs = silentMs;
    this.#dead = dead;
    this.#unwatch =
      env.onWake?.((lost) => {
        awake();
        if (this.#timer !== null) this.#look(lost);
      }) ?? (() => {});
  }

  /** Somebody wants to know of a silence this soon. */
  limit(silentMs: number): void {
    this.#silentMs = Math.min(silentMs, this.#silentMs ?? silentMs);
    if (this.#timer !== null) this.#wait();
  }

  /** An attempt begins. */
  start(): void {
    this.#open = false;
    this.#heardAt = this.#env.now();
    this.#wait();
  }

  /** The answer is an event stream. */
  opened(): void {
    this.#open = true;
    this.#heardAt = this.#env.now();
    this.#beatAt = this.#heardAt;
    this.#wait();
  }

  /** Bytes came, and that many events with them. */
  heard(bytes: Uint8Array, events: number): void {
    const now = this.#env.now();
    this.#heardAt = now;
    if (events > 0 || bytes[0] !== COLON) return;
    const beat = now - this.#beatAt;
    if (beat >= LEAST_BEAT_MS) this.#beatMs = Math.max(this.#beatMs, beat);
    this.#beatAt = now;
  }

  /** The attempt is over. */
  stop(): void {
    if (this.#timer !== null) this.#env.clearTimeout(this.#timer);
    this.#timer = null;
  }

  close(): void {
    this.stop();
    this.#unwatch();
  }

  /** Milliseconds of silence that are left. */
  get #left(): number {
    const learnt = this.#beatMs > 0 ? Math.max(LEAST_SILENCE_MS, 3 * this.#beatMs) : Number.POSITIVE_INFINITY;
    const limit = this.#open ? (this.#silentMs ?? learnt) : HEAD_MS;
    return limit - this.#env.now() + this.#heardAt;
  }

  #wait(): void {
    this.stop();
    const ms = Math.max(0, Math.min(LOOK_MS, this.#left));
    const due = this.#env.now() + ms;
    this.#timer = this.#env.setTimeout(() => this.#look(this.#env.now() - due > ASLEEP_MS), ms);
  }

  #look(lost: boolean): void {
    this.stop();
    if (lost) this.#dead('the page slept, or the network changed');
    else if (this.#left > 0) this.#wait();
    else this.#dead(`nothing came for ${Math.round((this.#env.now() - this.#heardAt) / 1000)} seconds`);
  }
}
