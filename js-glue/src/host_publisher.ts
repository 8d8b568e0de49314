import { isPortcullisError } from './errors.js';
import type { EventsState, HostEnvironment, HostOptions, HostState, HostStatus, Session, Theme } from './host_types.js';
import type { HostProblem } from './problems.js';
import type { Registry } from './registry.js';
import { Store } from './store.js';
import { sameTheme } from './theme.js';

const PROBLEMS_KEPT = 100;

/**
 * The one place that makes snapshots: status, plugins and every problem as one picture. Tells
 * `onProblem` of what is new. Decides nothing.
 */
export class HostPublisher {
  readonly #env: HostEnvironment;
  readonly #onProblem: HostOptions['onProblem'];
  readonly #registry: () => Registry | null;
  readonly #store = new Store();
  #runtimeProblems: readonly HostProblem[] = [];
  /** Why the status is not `ready`. */
  #statusProblem: HostProblem | null = null;

  constructor(env: HostEnvironment, onProblem: HostOptions['onProblem'], registry: () => Registry | null) {
    this.#env = env;
    this.#onProblem = onProblem;
    this.#registry = registry;
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);

  readonly getSnapshot = (): HostState => this.#store.getSnapshot();

  /** Shows the registry as it is now. */
  publish(patch: Partial<HostState> = {}): void {
    const registry = this.#registry();
    const entries = registry?.entries ?? [];
    const quarantined = entries.flatMap(({ record }) =>
      record.state === 'quarantined' && record.problem !== undefined ? [record.problem] : [],
    );
    this.#store.update({
      plugins: entries.map((entry) => entry.record),
      routes: entries.flatMap((entry) => entry.routes),
      widgets: entries.flatMap((entry) => entry.widgets),
      problems: [
        ...(this.#statusProblem === null ? [] : [this.#statusProblem]),
        ...(registry?.problems ?? []),
        ...quarantined,
        ...this.#runtimeProblems,
      ],
      ...patch,
    });
  }

  become(status: HostStatus, problem: HostProblem | null): void {
    const told = this.#statusProblem;
    this.#statusProblem = problem;
    this.publish({ status });
    if (problem !== null && (told?.code !== problem.code || told.message !== problem.message)) this.#tell(problem);
  }

  /** Nothing could be found out. What is mounted stays. */
  noAnswer(cause: unknown): void {
    const { status } = this.getSnapshot();
    this.become(status === 'ready' ? 'ready' : 'failed', {
      code: 'SDK_DISCOVERY_FAILED',
      severity: 'error',
      message: `the server gave no answer: ${isPortcullisError(cause) ? cause.message : String(cause)}`,
      cause,
    });
  }

  report(problem: HostProblem): void {
    this.#runtimeProblems = [...this.#runtimeProblems, Object.freeze(problem)].slice(-PROBLEMS_KEPT);
    this.publish();
    this.#tell(problem);
  }

  /** Another session: the problems, plugins and theme of the one before are none of its. */
  enter(session: Session | null, status: HostStatus): void {
    this.#runtimeProblems = [];
    this.#statusProblem = null;
    this.publish({ status, session, theme: null });
  }

  /** The server repeats the theme whenever its stream opens: the same one is no news. */
  showTheme(theme: Theme): void {
    const shown = this.getSnapshot().theme;
    if (shown === null || !sameTheme(shown, theme)) this.#store.update({ theme });
  }

  showStale(stale: boolean): void {
    this.#store.update({ stale });
  }

  showEvents(events: EventsState): void {
    this.#store.update({ events });
  }

  #tell(problem: HostProblem): void {
    try {
      this.#onProblem?.(problem);
    } catch (error) {
      this.#env.console.error('portcullis: onProblem threw', error);
    }
  }
}
