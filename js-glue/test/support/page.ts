import type { HostEnvironment, HostOptions, Violation } from '../../dist/index.js';
import { FakeClock } from './clock.js';
import { FakeServer, ORIGIN } from './server.js';

/** The part of a document that modulepreload links need. */
export class FakeDocument {
  readonly links: FakeLink[] = [];
  /** The outcome of a link; a test may replace it. */
  onLink: (link: FakeLink) => void = (link) => queueMicrotask(() => link.fire('load'));
  readonly head = {
    append: (link: FakeLink): void => {
      this.links.push(link);
      this.onLink(link);
    },
  };

  createElement(name: string): FakeLink {
    if (name !== 'link') throw new Error(`a <${name}> was made`);
    return new FakeLink();
  }
}

export class FakeLink {
  rel = '';
  href = '';
  integrity = '';
  removed = false;
  readonly #listeners = new Map<string, () => void>();

  addEventListener(type: string, listener: () => void): void {
    this.#listeners.set(type, listener);
  }

  fire(type: 'load' | 'error'): void {
    this.#listeners.get(type)?.();
  }

  remove(): void {
    this.removed = true;
  }
}

export interface LogLine {
  readonly level: string;
  readonly data: readonly unknown[];
}

/** A page without a browser: server, document and clock. `options` are those of `createHost`. */
export class FakePage {
  readonly server = new FakeServer();
  readonly document = new FakeDocument();
  readonly clock = new FakeClock();
  /** Imported URLs without their fragments; `modules` has them complete. */
  readonly imported: string[] = [];
  readonly modules: string[] = [];
  readonly log: LogLine[] = [];
  /** Bundles by plugin id; a function creates a new module each time. */
  readonly bundles = new Map<string, unknown>();
  hide: () => void = () => {};
  /** Raises a policy violation in the page. */
  violate: (violation: Violation) => void = () => {};

  readonly importModule = async (url: string): Promise<unknown> => {
    this.imported.push(url.slice(ORIGIN.length).replace(/#.*/, ''));
    this.modules.push(url);
    const bundle = this.bundles.get(new URL(url).searchParams.get('id') ?? '');
    if (bundle instanceof Error) throw bundle;
    return bundle ?? {};
  };

  get environment(): HostEnvironment {
    const line =
      (level: string) =>
      (...data: readonly unknown[]): void => {
        this.log.push({ level, data });
      };
    return {
      origin: ORIGIN,
      fetch: this.server.fetch,
      document: this.document as unknown as Document,
      importModule: this.importModule,
      setTimeout: this.clock.setTimeout,
      clearTimeout: this.clock.clearTimeout,
      now: () => this.clock.now,
      random: () => 0,
      locks: null,
      createChannel: null,
      onPageHide: (run) => {
        this.hide = run;
        return () => {
          this.hide = () => {};
        };
      },
      onViolation: (run) => {
        this.violate = run;
        return () => {
          this.violate = () => {};
        };
      },
      console: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
    };
  }

  options(more: HostOptions = {}): HostOptions {
    return { environment: this.environment, ...more };
  }
}
