import { SessionError } from './errors.js';
import type { HostEnvironment, HostOptions, Violation } from './host_types.js';
import { missing, primitives } from './primitives.js';

function pageHide(run: () => void): () => void {
  if (typeof document === 'undefined') return () => {};
  const onHidden = (): void => {
    if (document.visibilityState === 'hidden') run();
  };
  document.addEventListener('visibilitychange', onHidden);
  globalThis.addEventListener('pagehide', run);
  return () => {
    document.removeEventListener('visibilitychange', onHidden);
    globalThis.removeEventListener('pagehide', run);
  };
}

function pageWake(run: (lost: boolean) => void): () => void {
  if (typeof document === 'undefined') return () => {};
  const lost = (): void => run(true);
  const back = (event: PageTransitionEvent): void => {
    if (event.persisted) run(true);
  };
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') run(false);
  };
  globalThis.addEventListener('online', lost);
  globalThis.addEventListener('pageshow', back);
  document.addEventListener('visibilitychange', onVisible);
  return () => {
    globalThis.removeEventListener('online', lost);
    globalThis.removeEventListener('pageshow', back);
    document.removeEventListener('visibilitychange', onVisible);
  };
}

/** Whether the page came over HTTP/1.1, as far as one can know: without TLS browsers speak nothing else. */
function isHttp1(): boolean {
  const [navigation] = globalThis.performance?.getEntriesByType?.('navigation') ?? [];
  const { nextHopProtocol = '' } = (navigation ?? {}) as Partial<PerformanceResourceTiming>;
  return nextHopProtocol === '' ? globalThis.location?.protocol === 'http:' : nextHopProtocol.startsWith('http/');
}

function pageLife(life: { readonly hide: (sleeps: boolean) => void; readonly wake: () => void }): void {
  if (typeof document === 'undefined') return;
  globalThis.addEventListener('pagehide', (event) => life.hide(event.persisted));
  globalThis.addEventListener('pageshow', (event) => {
    if (event.persisted) life.wake();
  });
}

// In the capturing phase of the window: before any listener that a plugin could stop it with.
function violation(run: (violation: Violation) => void): () => void {
  if (typeof window === 'undefined') return () => {};
  const heard = (event: SecurityPolicyViolationEvent): void => {
    if (event.isTrusted) run(event);
  };
  window.addEventListener('securitypolicyviolation', heard, true);
  return () => window.removeEventListener('securitypolicyviolation', heard, true);
}

/** What a host that is started where there is no page has to say. */
export function outsideOfAPage(names: readonly string[]): SessionError {
  const message =
    `this is no page: there is no ${names.join(', ')}. Start the host in the browser only; ` +
    'in a unit test, give environment.origin and fetch';
  return new SessionError('SDK_NOT_STARTED', message);
}

const noFetch: typeof fetch = () => Promise.reject(outsideOfAPage(['fetch']));

/** What is missing for a host to start; empty in a page. `about:blank` has no origin either. */
export function missingOf(env: HostEnvironment): readonly string[] {
  const hasOrigin = env.origin !== '' && env.origin !== 'null';
  return [...missing, ...(env.fetch === noFetch ? ['fetch'] : []), ...(hasOrigin ? [] : ['origin'])];
}

/** The page as it is now, with what the options replace. */
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
