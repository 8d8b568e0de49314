import type { Core } from './core/index.js';
import { BundleError } from './errors.js';
import type { HostEnvironment } from './host_types.js';
import { unguessable } from './primitives.js';
import { rare } from './rare.js';
import { assertExact } from './target.js';
import type { Transport } from './transport.js';
import { httpError } from './wire.js';

/** What has to be imported: as the manifest that the session got says. */
export interface BundleReference {
  readonly pluginId: string;
  readonly url: string;
  readonly integrity: string;
}

const TIMEOUT_MS = 30_000;

/**
 * Imports bundles so that what runs is what was hashed.
 *
 * `import()` takes no hash, so the module is fetched by `<link rel="modulepreload" integrity>` first,
 * which pins the checked bytes under its URL; only after its `load` is the same URL imported, which
 * then makes no request. After its `error` that URL is never imported: the import would fetch again,
 * unchecked. A hash that the browser cannot read would be ignored by it and still fire `load`, so the
 * core has to read it first. A module that failed under its URL is never tried again by the browser,
 * so a retry has a URL of its own (`&r=N`).
 *
 * A URL that somebody imported already is not checked either: its preload fires `load` whatever the hash.
 * So each import has a fragment that nobody can guess. The page's modules are told apart by it, the
 * server and the cache are not; who sees it on the link gets no more than the same checked answer.
 */
export class BundleLoader {
  readonly #core: Core;
  readonly #env: HostEnvironment;
  readonly #transport: Transport;
  // Taken before a plugin runs, which could put others onto the document itself.
  readonly #createElement: Document['createElement'] | undefined;
  readonly #append: Element['append'] | undefined;
  readonly #modules = new Map<string, Promise<unknown>>();
  readonly #failures = new Map<string, number>();

  constructor(core: Core, env: HostEnvironment, transport: Transport) {
    this.#core = core;
    this.#env = env;
    this.#transport = transport;
    const { document } = env;
    this.#createElement = document?.createElement.bind(document);
    this.#append = document?.head.append.bind(document.head);
  }

  /** The bundle's module. One import per bundle; a failed one is tried again by the next call. */
  load(bundle: BundleReference): Promise<unknown> {
    const key = `${bundle.url} ${bundle.integrity}`;
    let module = this.#modules.get(key);
    if (module === undefined) {
      module = this.#load(bundle, this.#failures.get(bundle.url) ?? 0).catch((error: unknown) => {
        this.#modules.delete(key);
        this.#failures.set(bundle.url, (this.#failures.get(bundle.url) ?? 0) + 1);
        throw error;
      });
      this.#modules.set(key, module);
    }
    return module;
  }

  async #load(bundle: BundleReference, failures: number): Promise<unknown> {
    const { pluginId, integrity } = bundle;
    const readable = this.#core.integrity.parseWire(integrity);
    if (!readable.ok) {
      throw new BundleError(
        'SDK_INTEGRITY_UNREADABLE',
        pluginId,
        `${pluginId} is not imported: its hash is not one sha256-BASE64 (${readable.code})`,
      );
    }
    const canonical = this.#core.canonicalize(bundle.url);
    if (!canonical.ok || canonical.path !== '/api/plugins/bundle') {
      throw new BundleError('SDK_BUNDLE_FAILED', pluginId, `${pluginId} has no bundle address of this origin`);
    }
    const target = failures === 0 ? canonical.target : `${canonical.target}&r=${failures}`;
    const url = `${assertExact(target, this.#env.origin)}#${unguessable()}`;
    const link = this.#createElement?.('link');
    if (link === undefined) {
      throw new BundleError('SDK_BUNDLE_FAILED', pluginId, `${pluginId} needs a document to be imported`);
    }
    if (!(await this.#preload(link, url, integrity))) {
      throw await this.#explain(pluginId, target);
    }
    try {
      return await this.#env.importModule(url);
    } catch (cause) {
      throw new BundleError('SDK_BUNDLE_FAILED', pluginId, `the bundle of ${pluginId} failed while it ran`, { cause });
    }
  }

  #preload(link: HTMLLinkElement, url: string, integrity: string): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.#env.setTimeout(() => done(false), TIMEOUT_MS);
      // A `load` that comes after the timeout changes nothing: the URL counts as failed.
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
      const { whyNoBundle } = await rare();
      return await whyNoBundle({ transport: this.#transport, BundleError, httpError }, pluginId, target);
    } catch (cause) {
      return new BundleError('SDK_BUNDLE_FAILED', pluginId, `${pluginId} could not be fetched`, { cause });
    }
  }
}
