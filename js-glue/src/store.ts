import type { HostState } from './host_types.js';

const EMPTY: HostState = Object.freeze({
  status: 'idle',
  session: null,
  plugins: Object.freeze([]),
  routes: Object.freeze([]),
  widgets: Object.freeze([]),
  problems: Object.freeze([]),
  theme: null,
  events: 'off',
  stale: false,
  tier: 'none',
});

function sameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((entry, index) => entry === b[index]);
}

/**
 * Holds the host's current snapshot, which is immutable. A member that did not change keeps its identity, and an
 * update that changes nothing notifies nobody, so that selectors re-render only what changed.
 */
export class Store {
  #state = EMPTY;
  readonly #listeners = new Set<() => void>();

  readonly getSnapshot = (): HostState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  update(patch: Partial<HostState>): void {
    const next: Record<string, unknown> = { ...this.#state };
    let changed = false;
    for (const [key, value] of Object.entries(patch)) {
      const before = next[key];
      if (before === value) continue;
      if (Array.isArray(before) && Array.isArray(value) && sameList(before, value)) continue;
      next[key] = Array.isArray(value) ? Object.freeze([...value]) : value;
      changed = true;
    }
    if (!changed) return;
    this.#state = Object.freeze(next) as unknown as HostState;
    for (const listener of [...this.#listeners]) listener();
  }
}
