import { captureEnvironment } from '../environment.js';
import type { HostEnvironment } from '../host_types.js';

/** What the page tells the gate at its start. Everything in it can be copied. */
export interface GateOptions {
  /** Path templates of the host's own pages. */
  readonly hostRoutes: readonly string[];
  /** Null: the session's. */
  readonly experienceVersion: string | null;
  /** Whether to listen to the server's events. */
  readonly events: boolean;
  /** The document's boot token: see `BootToken.token`. */
  readonly bootToken: string | null;
  /** Whether the page was loaded over HTTP/1.1. */
  readonly http1: boolean;
}

/**
 * A change of the page's life. `hidden`: hidden or left. `left`, `asleep`: it is being left, or enters the back/forward
 * cache. `restored`: it is back from there. `shown`: visible again. `online`: the network, or the page, was suspended.
 */
export type PageChange = 'hidden' | 'left' | 'asleep' | 'restored' | 'shown' | 'online';

/** The changes of the page's life, for code that has no document. */
export class PageSignals {
  readonly #takers = new Set<(change: PageChange) => void>();

  tell(change: PageChange): void {
    for (const take of [...this.#takers]) take(change);
  }

  listen(take: (change: PageChange) => void): () => void {
    this.#takers.add(take);
    return () => {
      this.#takers.delete(take);
    };
  }
}

/** The environment of a gate in a worker: its own globals, and the page's signals. */
export function workerEnvironment(signals: PageSignals, http1: boolean): HostEnvironment {
  return captureEnvironment({
    environment: {
      document: null,
      http1,
      importModule: () => Promise.reject(new TypeError('a worker imports no bundle')),
      onPageHide: (run) => signals.listen((change) => change === 'hidden' && run()),
      onPageLife: ({ hide, wake }) =>
        signals.listen((change) => {
          if (change === 'left' || change === 'asleep') hide(change === 'asleep');
          else if (change === 'restored') wake();
        }),
      onWake: (run) =>
        signals.listen((change) => {
          if (change === 'shown') run(false);
          else if (change === 'online') run(true);
        }),
      onViolation: () => () => {},
    },
  });
}

/** Tells the gate's worker about the page's life. Returns a function that stops that. */
export function forwardSignals(env: HostEnvironment, tell: (change: PageChange) => void): () => void {
  const stops = [
    env.onPageHide(() => tell('hidden')),
    env.onPageLife?.({
      hide: (sleeps) => tell(sleeps ? 'asleep' : 'left'),
      wake: () => tell('restored'),
    }),
    env.onWake?.((lost) => tell(lost ? 'online' : 'shown')),
  ];
  return () => {
    for (const stop of stops) stop?.();
  };
}
