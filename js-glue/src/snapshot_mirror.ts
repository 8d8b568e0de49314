import { unpackError } from './gate/crossing.js';
import { applyListChange, type ListChange, type SnapshotChange } from './gate/snapshot_feed.js';
import type { GateTier, HostEnvironment, HostOptions, HostState } from './host_types.js';
import type { HostProblem } from './problems.js';
import { Store } from './store.js';

/** An error crosses in a packed form, and becomes one again here. */
function unpackProblem(problem: HostProblem): HostProblem {
  const { cause } = problem;
  if (cause === undefined || cause instanceof Error) return problem;
  return Object.freeze({ ...problem, cause: unpackError(cause) });
}

function unpackItem(key: string, item: unknown): unknown {
  if (key === 'problems') return unpackProblem(item as HostProblem);
  const record = item as { readonly problem?: HostProblem };
  if (key !== 'plugins' || record.problem === undefined) return Object.freeze(item);
  return Object.freeze({ ...record, problem: unpackProblem(record.problem) });
}

/** The gate's snapshot as the page shows it. What did not change keeps its identity. */
export class SnapshotMirror {
  readonly #env: HostEnvironment;
  readonly #onProblem: HostOptions['onProblem'];
  readonly #store = new Store();
  /** The gate's list of problems, without the page's own. */
  #gate: readonly HostProblem[] = [];
  #own: readonly HostProblem[] = [];

  constructor(env: HostEnvironment, onProblem: HostOptions['onProblem']) {
    this.#env = env;
    this.#onProblem = onProblem;
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);

  readonly getSnapshot = (): HostState => this.#store.getSnapshot();

  starting(): void {
    this.#store.update({ status: 'starting' });
  }

  /** `problem`: why the gate does not run in a worker; shown as long as the page lasts. */
  setTier(tier: GateTier, problem: HostProblem | null): void {
    this.#own = problem === null ? [] : [Object.freeze(problem)];
    this.#store.update({ tier, problems: this.#own });
    if (problem === null) return;
    this.#env.console.warn(`portcullis: ${problem.message}`);
    this.notify(problem);
  }

  /** The host cannot start. */
  fail(problem: HostProblem): void {
    this.#store.update({ status: 'failed', problems: [problem] });
    this.notify(problem);
  }

  closed(): void {
    this.#store.update({ status: 'closed', plugins: [], routes: [], widgets: [] });
  }

  apply(change: SnapshotChange): void {
    const before = this.getSnapshot() as unknown as Record<string, unknown>;
    const patch: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(change)) {
      if (key === 'tier') continue;
      const old = (key === 'problems' ? this.#gate : before[key]) as readonly unknown[];
      patch[key] = Array.isArray(value)
        ? applyListChange(old, value as ListChange, (item) => unpackItem(key, item))
        : value;
      if (key === 'problems') this.#gate = patch[key] as readonly HostProblem[];
    }
    if (patch.problems !== undefined) patch.problems = [...this.#own, ...this.#gate];
    this.#store.update(patch);
  }

  /** Calls `onProblem`. */
  notify(problem: HostProblem): void {
    try {
      this.#onProblem?.(unpackProblem(problem));
    } catch (error) {
      this.#env.console.error('portcullis: onProblem threw', error);
    }
  }
}
