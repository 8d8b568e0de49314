// Loaded over HTTP/1.1 only. It imports nothing: bundlers would cut what every page loads into pieces.
import type { HostEnvironment } from './host_types.js';
import type { HostProblem } from './problems.js';

/** Of six connections: one is the host's own stream, one is left to calls, which would hang otherwise. */
const SLOTS = [1, 2, 3, 4].map((n) => `portcullis.stream.${n}`);

const WHY =
  'an event stream waits for a connection: this page is served over HTTP/1.1, to which a browser opens six for all of ' +
  'its tabs, and four plugin streams are open. Serve it over HTTP/2, or have one path carry several topics.';

type Release = () => void;
type Request = (
  name: string,
  options: { readonly ifAvailable?: boolean; readonly signal?: AbortSignal },
  run: (lock: unknown) => Promise<void> | undefined,
) => Promise<unknown>;

/** The connections that plugins' streams may take, over all tabs of the browser where it has Web Locks. */
export class StreamSlots {
  readonly #request: Request;
  readonly #tell: () => void;

  constructor(env: HostEnvironment, report: (problem: HostProblem) => void) {
    const { locks } = env;
    this.#request = locks === null ? localLocks() : (locks.request.bind(locks) as Request);
    let told = false;
    this.#tell = () => {
      if (told) return;
      told = true;
      env.console.warn(`portcullis: ${WHY}`);
      report({ code: 'SDK_STREAM_QUEUED', severity: 'warning', message: WHY });
    };
  }

  /** Resolves with what gives the connection back. `queued` is told why it has to wait, when it has to. */
  async acquire(signal: AbortSignal, queued: (why: string) => void): Promise<Release> {
    for (const name of SLOTS) {
      const release = await this.#take(name, { ifAvailable: true });
      if (release !== null) return release;
    }
    queued(WHY);
    this.#tell();
    const enough = new AbortController();
    const stop = (): void => enough.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      return await new Promise<Release>((resolve, reject) => {
        enough.signal.addEventListener('abort', () => reject(enough.signal.reason), { once: true });
        if (enough.signal.aborted) reject(enough.signal.reason);
        for (const name of SLOTS) {
          this.#take(name, { signal: enough.signal }).then((release) => {
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

  #take(name: string, options: Parameters<Request>[1]): Promise<Release | null> {
    return new Promise((resolve, reject) => {
      const held = (lock: unknown): Promise<void> | undefined => {
        if (lock === null) resolve(null);
        else return new Promise<void>((release) => resolve(release));
        return undefined;
      };
      this.#request(name, options, held).catch(reject);
    });
  }
}

/** Where the browser has no Web Locks: the same for this page alone. */
function localLocks(): Request {
  const last = new Map<string, Promise<unknown>>();
  return async (name, { ifAvailable, signal }, run) => {
    const before = last.get(name);
    if (before !== undefined && ifAvailable) return run(null);
    let done = (): void => {};
    const turn = new Promise<void>((resolve) => {
      done = resolve;
    });
    const mine = Promise.resolve(before).then(() => turn);
    last.set(name, mine);
    try {
      await before;
      signal?.throwIfAborted();
      await run(name);
    } finally {
      done();
      if (last.get(name) === mine) last.delete(name);
    }
    return undefined;
  };
}
