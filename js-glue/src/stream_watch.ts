import type { HostEnvironment } from './host_types.js';

/** The longest interval between checks. */
const LOOK_MS = 15_000;
/**
 * A check that is this late means that the computer was asleep. Longer than the throttling of a background tab's
 * timers.
 */
const ASLEEP_MS = 90_000;
/** Time limit for a response's head; the server's default limit for upstreams is shorter. */
const HEAD_MS = 60_000;
/** A shorter silence is never a failure, whatever the heartbeat interval. */
const LEAST_SILENCE_MS = 30_000;
/** A comment this soon after the head, or after another comment, is a greeting and not a heartbeat. */
const LEAST_BEAT_MS = 500;
const COLON = 0x3a;

/**
 * Detects a stream that is dead although nobody closed it: a connection that is half-open after sleep, or behind a
 * network that is gone, reports no error. Silence counts only if the stream is known to send heartbeats (`silentMs`,
 * or comment lines that it sent before); other streams may be silent without limit. Resuming from sleep and a new
 * network always count.
 */
export class StreamWatch {
  readonly #env: HostEnvironment;
  readonly #dead: (why: string) => void;
  readonly #unwatch: () => void;
  /** How long the stream may be silent, in milliseconds; null: learned from its heartbeats. */
  #silentMs: number | null;
  #timer: unknown = null;
  #open = false;
  #heardAt = 0;
  #beatAt = 0;
  #beatMs = 0;

  /** `dead` is called at most once per `start`; `awake` whenever a failed connection may work again. */
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

  /** Another subscriber sets a shorter limit of silence, in milliseconds. */
  limit(silentMs: number): void {
    this.#silentMs = Math.min(silentMs, this.#silentMs ?? silentMs);
    if (this.#timer !== null) this.#wait();
  }

  /** An attempt starts. */
  start(): void {
    this.#open = false;
    this.#heardAt = this.#env.now();
    this.#wait();
  }

  /** The response is an event stream. */
  opened(): void {
    this.#open = true;
    this.#heardAt = this.#env.now();
    this.#beatAt = this.#heardAt;
    this.#wait();
  }

  /** Bytes were received, and `events` complete events with them. */
  heard(bytes: Uint8Array, events: number): void {
    const now = this.#env.now();
    this.#heardAt = now;
    if (events > 0 || bytes[0] !== COLON) return;
    const beat = now - this.#beatAt;
    if (beat >= LEAST_BEAT_MS) this.#beatMs = Math.max(this.#beatMs, beat);
    this.#beatAt = now;
  }

  /** The attempt ended. */
  stop(): void {
    if (this.#timer !== null) this.#env.clearTimeout(this.#timer);
    this.#timer = null;
  }

  close(): void {
    this.stop();
    this.#unwatch();
  }

  /** Milliseconds of silence that remain until the stream counts as dead. */
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
    if (lost) this.#dead('the page was suspended, or the network changed');
    else if (this.#left > 0) this.#wait();
    else this.#dead(`no data for ${Math.round((this.#env.now() - this.#heardAt) / 1000)} seconds`);
  }
}
