import type { EventsState, HostEnvironment } from './host_types.js';

/** Longer than a stream waits before it first connects again: only what fails twice is worth a word. */
const GRACE_MS = 4_000;

/** Makes one `EventsState` of a stream that comes and goes: what is lost only shows after a grace. */
export class Hearing {
  readonly #env: HostEnvironment;
  readonly #onState: (state: EventsState) => void;
  #state: EventsState = 'off';
  #timer: unknown = null;

  constructor(env: HostEnvironment, onState: (state: EventsState) => void) {
    this.#env = env;
    this.#onState = onState;
  }

  /** The page hears the server. */
  heard(): void {
    this.#set('open');
  }

  /** It should hear the server, and does not: not yet, or no longer. `dead`: for a while already. */
  lost(dead = false): void {
    if (dead) this.#set('waiting');
    if (this.#state === 'waiting') return;
    this.#timer ??= this.#env.setTimeout(() => this.#set('waiting'), GRACE_MS);
  }

  /** It does not listen. */
  off(): void {
    this.#set('off');
  }

  #set(state: EventsState): void {
    if (this.#timer !== null) this.#env.clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#state === state) return;
    this.#state = state;
    this.#onState(state);
  }
}
