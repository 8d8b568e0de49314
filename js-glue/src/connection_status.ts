import type { EventsState, HostEnvironment } from './host_types.js';

/** Longer than the delay before a stream's first reconnect, so that a single dropped connection is not reported. */
const GRACE_MS = 4_000;

/**
 * Derives the page's `EventsState` from a connection that comes and goes. A loss is reported only after a grace period of
 * 4 seconds. `onState` is called when the state changes, never twice for the same state.
 */
export class ConnectionStatus {
  readonly #env: HostEnvironment;
  readonly #onState: (state: EventsState) => void;
  #state: EventsState = 'off';
  #timer: unknown = null;

  constructor(env: HostEnvironment, onState: (state: EventsState) => void) {
    this.#env = env;
    this.#onState = onState;
  }

  /** Events are being received. */
  connected(): void {
    this.#set('open');
  }

  /** Events are not received yet, or no longer. `dead`: they have been missing for a while, so there is no grace period. */
  lost(dead = false): void {
    if (dead) this.#set('waiting');
    if (this.#state === 'waiting') return;
    this.#timer ??= this.#env.setTimeout(() => this.#set('waiting'), GRACE_MS);
  }

  /** The page stopped listening. */
  stopped(): void {
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
