// Loaded over HTTP/1.1 only. It imports nothing: bundlers would cut what every page loads into pieces.
import type { HostEnvironment } from './host_types.js';

/** Of six connections one is left to calls, which would hang otherwise. The host's own stream takes one of these, too. */
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
  /** Told when the connection is taken away again, for the host's own stream in another tab. */
  readonly lost: () => void;
}

/** The connections that event streams may take, over all tabs of the browser where it has Web Locks. */
export class StreamSlots {
  readonly #request: Request;
  readonly #steals: boolean;

  constructor({ locks }: HostEnvironment) {
    this.#steals = locks !== null;
    this.#request = locks === null ? localLocks() : (locks.request.bind(locks) as Request);
  }

  /**
   * For the host's own stream, which hears of quarantines: waits for nobody, since any script of this origin can hold
   * these locks. Where none is free a plugin's stream has to give one back.
   */
  async takeFirst(): Promise<Release> {
    const free = await this.#tryEach(() => {});
    if (free !== null || !this.#steals) return free ?? (() => {});
    return (await this.#take(SLOTS.at(-1) as string, { steal: true }, () => {})) ?? (() => {});
  }

  /** Resolves with what gives the connection back. */
  async acquire({ signal, queued, lost }: Asks): Promise<Release> {
    const free = await this.#tryEach(lost);
    if (free !== null) return free;
    queued(WHY);
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

  async #tryEach(lost: () => void): Promise<Release | null> {
    for (const name of SLOTS) {
      const release = await this.#take(name, { ifAvailable: true }, lost);
      if (release !== null) return release;
    }
    return null;
  }

  #take(name: string, options: Options, lost: () => void): Promise<Release | null> {
    return new Promise((resolve, reject) => {
      let given = false;
      const held = (lock: unknown): Promise<void> | undefined => {
        if (lock === null) return void resolve(null);
        given = true;
        return new Promise<void>((release) => resolve(release));
      };
      this.#request(name, options, held).catch((error) => (given ? lost() : reject(error)));
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
