import { BundleError } from './errors.js';
import type { HostEnvironment } from './host_types.js';
import { unguessable } from './primitives.js';
import { rare } from './rare.js';
import { assertExact } from './target.js';
import { httpError } from './wire.js';

/** The bundle to import, as the gate allows it. */
export interface BundleReference {
  readonly pluginId: string;
  /** The canonical target. */
  readonly target: string;
  /** A single hash that a browser enforces. */
  readonly integrity: string;
}

const TIMEOUT_MS = 30_000;

/**
 * Imports bundles so that the code that runs is the code that was hashed.
 *
 * `import()` takes no hash. The module is therefore fetched first by `<link rel="modulepreload" integrity>`, which
 * pins the verified bytes under its URL. Only after its `load` event is the same URL imported, which makes no further
 * request. After an `error` event the URL is never imported, because the import would fetch it again without a check.
 * A browser ignores a hash that it cannot parse and still fires `load`, so the gate parses the hash first. A browser
 * never retries a module that failed under its URL, so each retry uses a URL of its own (`&r=N`).
 *
 * A URL that is already in the module map is not verified either: its preload fires `load` whatever the hash. Each
 * import therefore carries an unguessable fragment, which makes it a module of its own in the page and means nothing
 * to the server and the cache. A script that reads the fragment from the link gets the same verified response.
 */
export class BundleLoader {
  readonly #env: HostEnvironment;
  readonly #request: (target: string) => Promise<Response>;
  // Captured before any plugin runs: a plugin could replace them on the document.
  readonly #createElement: Document['createElement'] | undefined;
  readonly #append: Element['append'] | undefined;
  readonly #modules = new Map<string, Promise<unknown>>();
  readonly #failures = new Map<string, number>();

  /** `request` requests a bundle once more, to learn why it failed. */
  constructor(env: HostEnvironment, request: (target: string) => Promise<Response>) {
    this.#env = env;
    this.#request = request;
    const { document } = env;
    this.#createElement = document?.createElement.bind(document);
    this.#append = document?.head.append.bind(document.head);
  }

  /** Returns the bundle's module. Each bundle is imported once; after a failure the next call tries again. */
  load(bundle: BundleReference): Promise<unknown> {
    const key = `${bundle.target} ${bundle.integrity}`;
    let module = this.#modules.get(key);
    if (module === undefined) {
      module = this.#load(bundle, this.#failures.get(bundle.target) ?? 0).catch((error: unknown) => {
        this.#modules.delete(key);
        this.#failures.set(bundle.target, (this.#failures.get(bundle.target) ?? 0) + 1);
        throw error;
      });
      this.#modules.set(key, module);
    }
    return module;
  }

  async #load(bundle: BundleReference, failures: number): Promise<unknown> {
    const { pluginId, integrity } = bundle;
    const target = failures === 0 ? bundle.target : `${bundle.target}&r=${failures}`;
    const url = `${assertExact(target, this.#env.origin)}#${unguessable()}`;
    const link = this.#createElement?.('link');
    if (link === undefined) {
      throw new BundleError(
        'SDK_BUNDLE_FAILED',
        pluginId,
        `${pluginId} can only be imported where there is a document`,
      );
    }
    if (!(await this.#preload(link, url, integrity))) {
      throw await this.#explain(pluginId, target);
    }
    try {
      return await this.#env.importModule(url);
    } catch (cause) {
      throw new BundleError('SDK_BUNDLE_FAILED', pluginId, `the bundle of ${pluginId} threw while it was evaluated`, {
        cause,
      });
    }
  }

  #preload(link: HTMLLinkElement, url: string, integrity: string): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.#env.setTimeout(() => done(false), TIMEOUT_MS);
      // A `load` event after the timeout is ignored: the URL counts as failed.
      const done = (loaded: boolean): void => {
        this.#env.clearTimeout(timer);
        link.remove();
        resolve(loaded);
      };
      link.rel = 'modulepreload';
      link.integrity = integrity;
      link.addEventListener('load', () => done(true), { once: true });
      link.addEventListener('error', () => done(false), { once: true });
      link.href = url;
      this.#append?.(link);
    });
  }

  async #explain(pluginId: string, target: string): Promise<BundleError> {
    try {
      const { explainBundleFailure } = await rare();
      return await explainBundleFailure({ request: this.#request, BundleError, httpError }, pluginId, target);
    } catch (cause) {
      return new BundleError('SDK_BUNDLE_FAILED', pluginId, `${pluginId} could not be fetched`, { cause });
    }
  }
}
