// Loaded over HTTP/1.1 only. It imports nothing: bundlers would cut what every page loads into pieces.
import type { HostEnvironment } from './host_types.js';
import type { HostProblem } from './problems.js';

/** Of six connections one is left to calls, which would hang otherwise. A host's own stream takes one of these, too. */
const SLOTS = [1, 2, 3, 4, 5].map((n) => `portcullis.stream.${n}`);

const WHY =
  'an event stream waits for a connection: this page is served over HTTP/1.1, to which a browser opens six for all of ' +
  'its tabs, and five event streams are open. Serve it over HTTP/2, or have one path carry several topics.';

type Release = () => void;
type Options = { readonly ifAvailable?: boolean; readonly steal?: boolean; readonly signal?: AbortSignal };
type Request = (name: string, options: Options, run: (lock: unknown) => Promise<void> | undefined) => Promise<unknown>;

/** Who asks for a connection. */
export interface Asks {
  readonly signal: AbortSignal;
  /** Told why it has to wait, when it has to. */
  readonly queued: (why: string) => void;
  /** Told the same once for each page: the person who runs it can do something about it. */
  readonly report: ((problem: HostProblem) => void) | undefined;
  /** Told when the connection is taken away again, for the host's own stream in another tab. */
  readonly lost: (why: string) => void;
}

const LOST = "the connection went to the host's own stream";

const ignore = (): void => {};

/** The connections that event streams may take, over all tabs of the browser where it has Web Locks. */
export class StreamSlots {
  readonly #request: Request;
  readonly #console: HostEnvironment['console'];
  #told = false;

  constructor({ locks, console }: HostEnvironment) {
    this.#console = console;
    this.#request = locks === null ? localLocks() : (locks.request.bind(locks) as Request);
  }

  /**
   * For the host's own stream, which hears of quarantines: waits for nobody, since any script of this origin can hold
   * these locks. Where none is free a plugin's stream has to give one back; a host's in another tab keeps its own. When
   * hosts have them all, it goes on beside them.
   */
  async takeFirst(): Promise<Release> {
    for (const options of [{ ifAvailable: true }, { steal: true }]) {
      for (const name of SLOTS) {
        // A second lock says that the slot is a host's.
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

  /** Resolves with what gives the connection back. */
  async acquire({ signal, queued, report, lost }: Asks): Promise<Release> {
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
            // The first that is given is the one; another one that was given in the same moment goes back.
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

  async #tryEach(lost: Asks['lost']): Promise<Release | null> {
    for (const name of SLOTS) {
      const release = await this.#take(name, { ifAvailable: true }, lost);
      if (release !== null) return release;
    }
    return null;
  }

  #take(name: string, options: Options, lost: Asks['lost']): Promise<Release | null> {
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

/** Where the browser has no Web Locks (a page that is not a secure context): the same for this page alone. */
function localLocks(): Request {
  /** How each lock is taken away from its holder. */
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
      const take = (): void => reject(new Error('another one took the lock'));
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
