import { SessionError } from './errors.js';
import type { HostEnvironment, HostOptions, Violation } from './host_types.js';
import { primitives } from './primitives.js';

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

/** The page as it is now, with what the options replace. */
export function captureEnvironment(options: HostOptions): HostEnvironment {
  const given = options.environment ?? {};
  const fetch = options.fetch ?? given.fetch ?? primitives.fetch;
  const origin = given.origin ?? globalThis.location?.origin;
  if (fetch === null) throw new SessionError('SDK_NOT_STARTED', 'this page has no fetch');
  if (origin === undefined) {
    throw new SessionError('SDK_NOT_STARTED', 'outside of a page, environment.origin has to be given');
  }
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
    onViolation: violation,
    console: globalThis.console,
    ...given,
    ...(options.importModule ? { importModule: options.importModule } : {}),
    origin,
    fetch,
  });
}
