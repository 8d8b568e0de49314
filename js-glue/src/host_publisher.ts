import { isPortcullisError } from './errors.js';
import type { EventsState, HostEnvironment, HostOptions, HostState, HostStatus, Session, Theme } from './host_types.js';
import type { HostProblem } from './problems.js';
import type { Registry } from './registry.js';
import { Store } from './store.js';
import { sameTheme } from './theme.js';

const PROBLEMS_KEPT = 100;

/**
 * Builds every snapshot: status, plugins and problems are published together. Calls `onProblem` for each new problem.
 * Makes no decisions.
 */
export class HostPublisher {
  readonly #env: HostEnvironment;
  readonly #onProblem: HostOptions['onProblem'];
  readonly #registry: () => Registry | null;
  readonly #store = new Store();
  #runtimeProblems: readonly HostProblem[] = [];
  /** The reason why the status is not `ready`. */
  #statusProblem: HostProblem | null = null;

  constructor(env: HostEnvironment, onProblem: HostOptions['onProblem'], registry: () => Registry | null) {
    this.#env = env;
    this.#onProblem = onProblem;
    this.#registry = registry;
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);

  readonly getSnapshot = (): HostState => this.#store.getSnapshot();

  /** Publishes the registry's current content. */
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

  setStatus(status: HostStatus, problem: HostProblem | null): void {
    const previous = this.#statusProblem;
    this.#statusProblem = problem;
    this.publish({ status });
    if (problem !== null && (previous?.code !== problem.code || previous.message !== problem.message))
      this.#notify(problem);
  }

  /** The server did not respond. What is mounted stays. */
  serverUnreachable(cause: unknown): void {
    const { status } = this.getSnapshot();
    this.setStatus(status === 'ready' ? 'ready' : 'failed', {
      code: 'SDK_DISCOVERY_FAILED',
      severity: 'error',
      message: `the server did not respond: ${isPortcullisError(cause) ? cause.message : String(cause)}`,
      cause,
    });
  }

  report(problem: HostProblem): void {
    this.#runtimeProblems = [...this.#runtimeProblems, Object.freeze(problem)].slice(-PROBLEMS_KEPT);
    this.publish();
    this.#notify(problem);
  }

  /** Starts a new session: drops the problems, plugins and theme of the previous one. */
  startSession(session: Session | null, status: HostStatus): void {
    this.#runtimeProblems = [];
    this.#statusProblem = null;
    this.publish({ status, session, theme: null });
  }

  /** Publishes a theme. The server repeats it whenever its stream opens; an equal theme changes nothing. */
  setTheme(theme: Theme): void {
    const shown = this.getSnapshot().theme;
    if (shown === null || !sameTheme(shown, theme)) this.#store.update({ theme });
  }

  setStale(stale: boolean): void {
    this.#store.update({ stale });
  }

  setEvents(events: EventsState): void {
    this.#store.update({ events });
  }

  #notify(problem: HostProblem): void {
    try {
      this.#onProblem?.(problem);
    } catch (error) {
      this.#env.console.error('portcullis: onProblem threw', error);
    }
  }
}
