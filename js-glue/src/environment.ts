import { SessionError } from './errors.js';
import type { HostEnvironment, HostOptions, Violation } from './host_types.js';
import { missing, primitives } from './primitives.js';

/**
 * Adds listeners to the window in the capturing phase, before any listener that a plugin could use to stop
 * propagation. Returns a function that removes them.
 */
function listen(listeners: Readonly<Record<string, (event: never) => void>>): () => void {
  if (typeof document === 'undefined') return () => {};
  const each = (change: 'addEventListener' | 'removeEventListener'): void => {
    for (const [type, run] of Object.entries(listeners))
      globalThis[change](type, run as EventListener, { capture: true });
  };
  each('addEventListener');
  return () => each('removeEventListener');
}

const when = (state: DocumentVisibilityState, run: () => void) => (): void => {
  if (document.visibilityState === state) run();
};

const pageHide = (run: () => void): (() => void) => listen({ visibilitychange: when('hidden', run), pagehide: run });

const pageWake = (run: (lost: boolean) => void): (() => void) => {
  const lost = (): void => run(true);
  return listen({
    online: lost,
    pageshow: ({ persisted }: PageTransitionEvent) => {
      if (persisted) lost();
    },
    visibilitychange: when('visible', () => run(false)),
  });
};

const pageLife: NonNullable<HostEnvironment['onPageLife']> = ({ hide, wake }) => {
  let leaving: (() => void) | null = null;
  return listen({
    pagehide: ({ persisted }: PageTransitionEvent) => {
      const leave = (): void => {
        if (leaving !== leave) return;
        leaving = null;
        hide(persisted);
      };
      leaving = leave;
      // Waits until the page is hidden: calls that other listeners send until then still have stamps of the current key.
      if (document.visibilityState === 'hidden') leave();
      else globalThis.addEventListener('visibilitychange', leave, { once: true });
    },
    pageshow: ({ persisted }: PageTransitionEvent) => {
      leaving = null;
      if (persisted) wake();
    },
  });
};

const violation = (run: (violation: Violation) => void): (() => void) =>
  listen({
    securitypolicyviolation: (event: SecurityPolicyViolationEvent) => {
      if (event.isTrusted) run(event);
    },
  });

/** Whether the page was loaded over HTTP/1.1, as far as a page can know: without TLS browsers speak nothing else. */
function isHttp1(): boolean {
  const [navigation] = globalThis.performance?.getEntriesByType?.('navigation') ?? [];
  const { nextHopProtocol = '' } = (navigation ?? {}) as Partial<PerformanceResourceTiming>;
  return nextHopProtocol === '' ? globalThis.location?.protocol === 'http:' : nextHopProtocol.startsWith('http/');
}

/** The error of a host that is started outside a page. */
export function noPageError(names: readonly string[]): SessionError {
  const message =
    `this is not a page: ${names.join(', ')} not available. Start the host in the browser only; ` +
    'in a unit test, pass environment.origin and fetch';
  return new SessionError('SDK_NOT_STARTED', message);
}

const noFetch: typeof fetch = () => Promise.reject(noPageError(['fetch']));

/** Names what a host needs to start and this environment lacks; empty in a page. `about:blank` has no origin either. */
export function missingGlobals(env: HostEnvironment): readonly string[] {
  const hasOrigin = env.origin !== '' && env.origin !== 'null';
  return [...missing, ...(env.fetch === noFetch ? ['fetch'] : []), ...(hasOrigin ? [] : ['origin'])];
}

/** Captures the page's environment, with the overrides from the options. */
export function captureEnvironment(options: HostOptions): HostEnvironment {
  const given = options.environment ?? {};
  const fetch = options.fetch ?? given.fetch ?? primitives.fetch;
  const origin = given.origin ?? globalThis.location?.origin;
  const Channel = globalThis.BroadcastChannel;
  return Object.freeze({
    document: globalThis.document ?? null,
    importModule: (url: string): Promise<unknown> => import(/* @vite-ignore */ url),
    setTimeout: (run: () => void, ms: number): unknown => globalThis.setTimeout(run, ms),
    clearTimeout: (timer: unknown): void => globalThis.clearTimeout(timer as number),
    now: Date.now,
    random: Math.random,
    locks: globalThis.navigator?.locks ?? null,
    createChannel: Channel ? (name: string): BroadcastChannel => new Channel(name) : null,
    onPageHide: pageHide,
    onPageLife: pageLife,
    onWake: pageWake,
    http1: isHttp1(),
    onViolation: violation,
    console: globalThis.console,
    ...given,
    ...(options.importModule ? { importModule: options.importModule } : {}),
    origin: origin ?? '',
    fetch: fetch ?? noFetch,
  });
}
