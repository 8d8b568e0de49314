// Loaded over HTTP/1.1 only. It has no imports, because they would make bundlers split the main chunk.
import type { HostEnvironment } from './host_types.js';
import type { HostProblem } from './problems.js';

/** One of the six connections is left to calls, which would block otherwise. The host's own stream takes a slot too. */
const SLOTS = [1, 2, 3, 4, 5].map((n) => `portcullis.stream.${n}`);

const WHY =
  'an event stream waits for a connection: this page is served over HTTP/1.1, to which a browser opens six for all of ' +
  'its tabs, and five event streams are open. Serve it over HTTP/2, or combine several topics in one path.';

type Release = () => void;
type Options = { readonly ifAvailable?: boolean; readonly steal?: boolean; readonly signal?: AbortSignal };
type Request = (name: string, options: Options, run: (lock: unknown) => Promise<void> | undefined) => Promise<unknown>;

/** A request for a connection. */
export interface SlotRequest {
  readonly signal: AbortSignal;
  /** Called with the reason if the stream has to wait. */
  readonly queued: (why: string) => void;
  /** Reports the same reason once per page, because its operator can fix it. */
  readonly report: ((problem: HostProblem) => void) | undefined;
  /** Called if the connection is taken away for the host's own stream in another tab. */
  readonly lost: (why: string) => void;
}

const LOST = "the connection was given to the host's own stream";

const ignore = (): void => {};

/** Limits how many connections event streams use, across all tabs of the browser if it has Web Locks. */
export class StreamSlots {
  readonly #request: Request;
  readonly #console: HostEnvironment['console'];
  #told = false;

  constructor({ locks, console }: HostEnvironment) {
    this.#console = console;
    this.#request = locks === null ? localLocks() : (locks.request.bind(locks) as Request);
  }

  /**
   * Acquires a connection for the host's own stream, which reports quarantines. It never waits, because any script of this
   * origin can hold these locks. If no slot is free it takes one from a plugin's stream, but not from a host in another tab. If
   * hosts hold all slots, the stream opens without one.
   */
  async acquireForHost(): Promise<Release> {
    for (const options of [{ ifAvailable: true }, { steal: true }]) {
      for (const name of SLOTS) {
        // A second lock marks the slot as a host's.
        const mark = await this.#take(`${name}.host`, { ifAvailable: true }, ignore);
        if (mark === null) continue;
        const release = await this.#take(name, options, ignore);
        if (release !== null) {
          return () => {
            release();
            mark();
          };
        }
        mark();
      }
    }
    return ignore;
  }

  /** Resolves with a function that releases the connection. */
  async acquire({ signal, queued, report, lost }: SlotRequest): Promise<Release> {
    const free = await this.#tryEach(lost);
    if (free !== null) return free;
    queued(WHY);
    if (!this.#told) {
      this.#told = true;
      this.#console.warn(`portcullis: ${WHY}`);
      report?.({ code: 'SDK_STREAM_QUEUED', severity: 'warning', message: WHY });
    }
    const enough = new AbortController();
    const stop = (): void => enough.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      return await new Promise<Release>((resolve, reject) => {
        enough.signal.addEventListener('abort', () => reject(enough.signal.reason), { once: true });
        if (enough.signal.aborted) reject(enough.signal.reason);
        for (const name of SLOTS) {
          this.#take(name, { signal: enough.signal }, lost).then((release) => {
            // The first lock granted is used; another one granted at the same moment is released.
            if (enough.signal.aborted) return release?.();
            resolve(release as Release);
            enough.abort();
          }, reject);
        }
      });
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #tryEach(lost: SlotRequest['lost']): Promise<Release | null> {
    for (const name of SLOTS) {
      const release = await this.#take(name, { ifAvailable: true }, lost);
      if (release !== null) return release;
    }
    return null;
  }

  #take(name: string, options: Options, lost: SlotRequest['lost']): Promise<Release | null> {
    return new Promise((resolve, reject) => {
      let given = false;
      const held = (lock: unknown): Promise<void> | undefined => {
        if (lock === null) return void resolve(null);
        given = true;
        return new Promise<void>((release) => resolve(release));
      };
      this.#request(name, options, held).catch((error) => (given ? lost(LOST) : reject(error)));
    });
  }
}

/** The same for this page alone, for browsers without Web Locks (a page that is not a secure context). */
function localLocks(): Request {
  /** How to take each lock away from its holder. */
  const held = new Map<string, () => void>();
  const waiting = new Set<{ readonly name: string; readonly start: () => void }>();
  const startNext = (name: string): void => {
    for (const one of waiting) {
      if (one.name !== name) continue;
      waiting.delete(one);
      one.start();
      return;
    }
  };
  return (name, { ifAvailable, steal, signal }, run) =>
    new Promise((resolve, reject) => {
      const take = (): void => reject(new Error('the lock was stolen'));
      const start = (): void => {
        held.set(name, take);
        const ended = (): void => {
          resolve(undefined);
          if (held.get(name) !== take) return;
          held.delete(name);
          startNext(name);
        };
        Promise.resolve(run(name)).then(ended, ended);
      };
      const taken = held.get(name);
      if (taken !== undefined && ifAvailable) return resolve(run(null));
      if (taken === undefined || steal) {
        taken?.();
        return start();
      }
      const one = { name, start };
      waiting.add(one);
      const leave = (): void => {
        if (waiting.delete(one)) reject(signal?.reason);
      };
      signal?.addEventListener('abort', leave, { once: true });
      if (signal?.aborted) leave();
    });
}
