import type { ComponentType } from 'react';
import type { Core } from './core/index.js';
import type { Decision } from './decision.js';
import type { ServedManifest } from './manifest.js';
import type { PageProps, PluginSdk, WidgetProps } from './plugin/types.js';
import type { HostProblem } from './problems.js';

/** What the host needs from TanStack Query's client; a `QueryClient` fits. */
export interface QueryClientLike {
  removeQueries(filters: { queryKey: readonly unknown[] }): void;
  cancelQueries(filters: { queryKey: readonly unknown[] }): Promise<unknown>;
}

/** The session as a page may know it. The CSRF token is not part of it: the host keeps that. */
export interface Session {
  readonly user: string;
  readonly name: string;
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly subject: { readonly type: string; readonly id: string };
  readonly experienceVersion: string;
  /** The server's development mode. `unsigned`: plugins' signatures are not checked; the page should say so. */
  readonly dev: { readonly unsigned: boolean };
}

/** Theme tokens by name, for example `color.accent`; `dark` and `light` override `tokens`. */
export interface Theme {
  readonly name: string;
  readonly tokens: Readonly<Record<string, string>>;
  readonly dark: Readonly<Record<string, string>>;
  readonly light: Readonly<Record<string, string>>;
}

/**
 * `ready`: the policy has answered. `signed-out`: there is no session. `pdp-unavailable`: the policy gave
 * no answer that is understood, and is asked again. `failed`: the core could
 * not be loaded, or the server does not answer; only the latter is tried again.
 */
export type HostStatus = 'idle' | 'starting' | 'ready' | 'signed-out' | 'pdp-unavailable' | 'failed' | 'closed';

/**
 * Whether this page hears the server's events, by itself or through the tab that reads them for all.
 * `open`: what changes at the server shows up here at once. `waiting`: not at present; it keeps
 * trying, and asks afresh once it hears again. `off`: it does not listen (nobody is signed in,
 * `events: false`), or has only just begun to. A stream that is back after a moment was `open` throughout.
 */
export type EventsState = 'open' | 'waiting' | 'off';

/**
 * `available`: known and at least one contribution permitted, not imported yet. `denied`: the policy
 * permits none of its contributions, or has not answered yet. `failed`: its manifest or its bundle has an error.
 */
export type PluginState = 'available' | 'loading' | 'loaded' | 'failed' | 'incompatible' | 'quarantined' | 'denied';

/** One plugin that the server lists, and what became of it here. */
export interface PluginRecord {
  readonly id: string;
  readonly version: string;
  readonly manifest: ServedManifest;
  readonly state: PluginState;
  /** Why it is `failed`, `incompatible` or `quarantined`, where that is known. */
  readonly problem?: HostProblem;
}

/** A permitted route. `key` is unique in the snapshot and stable over refreshes. */
export interface RouteContribution {
  readonly kind: 'route';
  readonly key: string;
  readonly pluginId: string;
  readonly path: string;
  readonly component: string;
}

/** A permitted widget. `key` is unique in the snapshot and stable over refreshes. */
export interface WidgetContribution {
  readonly kind: 'widget';
  readonly key: string;
  readonly pluginId: string;
  readonly slot: string;
  readonly component: string;
}

/** What a plugin may show here. A denied contribution is none: it is nowhere in a snapshot. */
export type Contribution = RouteContribution | WidgetContribution;

/** One immutable picture of the host. `routes` and `widgets` hold only what the policy permits. */
export interface HostState {
  readonly status: HostStatus;
  readonly session: Session | null;
  readonly plugins: readonly PluginRecord[];
  readonly routes: readonly RouteContribution[];
  readonly widgets: readonly WidgetContribution[];
  readonly problems: readonly HostProblem[];
  /** The same object until the theme really changes; null until the session's first one is known. */
  readonly theme: Theme | null;
  readonly events: EventsState;
  /**
   * This page can no longer prove whose its calls are (the server was restarted, another person signed
   * in, the page had stood too long before that): where the server insists on it, calls are refused.
   * Load the document again; that a reload does not help (`true` again at once) is yours to guard.
   */
  readonly stale: boolean;
}

/** A plugin whose bundle ran. */
export interface LoadedPlugin {
  readonly id: string;
  readonly version: string;
  readonly manifest: ServedManifest;
  readonly routes: Readonly<Record<string, ComponentType<PageProps>>>;
  readonly widgets: Readonly<Record<string, ComponentType<WidgetProps>>>;
  readonly sdk: PluginSdk;
  /** Its default export is a function that was given the sdk: its components are handed none. */
  readonly bound: boolean;
}

/** What `createHost` takes. Everything has a default. */
export interface HostOptions {
  /** The host's version that `engine.experience` is held against; default: what the session says. */
  readonly experienceVersion?: string;
  /** Paths (templates) of the host's own pages, which no contributed route may shadow. */
  readonly hostRoutes?: readonly string[];
  /** What every call goes out through; default: the page's `fetch`, as it is when the host is created. */
  readonly fetch?: typeof fetch;
  /** Queries of a plugin are removed from it when the plugin is unloaded. */
  readonly queryClient?: QueryClientLike;
  /** A core that is loaded already; default: `loadCore()`. */
  readonly core?: Core | Promise<Core>;
  /** Told of each problem once, when it comes up; the snapshot's `problems` has those that hold. */
  readonly onProblem?: (problem: HostProblem) => void;
  /** Imports a module by its URL; default: `import(url)`. */
  readonly importModule?: (url: string) => Promise<unknown>;
  /** Whether to listen to the server's events (evict, restore, theme); default: true. */
  readonly events?: boolean;
  /** What tests replace: the document, timers, randomness, locks between tabs. */
  readonly environment?: Partial<HostEnvironment>;
}

/** What a `SecurityPolicyViolationEvent` says that is used. */
export type Violation = Pick<
  SecurityPolicyViolationEvent,
  'sourceFile' | 'effectiveDirective' | 'blockedURI' | 'lineNumber'
>;

/** Everything that the host takes from the page, captured once when it is created. */
export interface HostEnvironment {
  readonly origin: string;
  readonly fetch: typeof fetch;
  readonly document: Document | null;
  readonly importModule: (url: string) => Promise<unknown>;
  readonly setTimeout: (run: () => void, ms: number) => unknown;
  readonly clearTimeout: (timer: unknown) => void;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly locks: LockManager | null;
  readonly createChannel: ((name: string) => BroadcastChannel) | null;
  /** Calls back when the page is hidden or left; returns how to stop. */
  readonly onPageHide: (run: () => void) => () => void;
  /**
   * Tells when the page is left (`sleeps`: into the back/forward cache), and when it comes back out of that. Returns how
   * to stop.
   */
  readonly onPageLife?: (life: { readonly hide: (sleeps: boolean) => void; readonly wake: () => void }) => () => void;
  /**
   * Calls back when what was lost may be there again: the page is looked at (`lost` is false), or the network or the
   * page itself was gone meanwhile (true). Returns how to stop.
   */
  readonly onWake?: (run: (lost: boolean) => void) => () => void;
  /** Whether the page came over HTTP/1.1, which gives it six connections; absent: it did not. */
  readonly http1?: boolean;
  /** Calls back when the page's CSP or Trusted Types refuse something; returns how to stop. */
  readonly onViolation: (run: (violation: Violation) => void) => () => void;
  readonly console: Pick<Console, 'debug' | 'info' | 'warn' | 'error'>;
}

/**
 * The host of plugins on one page. Create it, `start()` it, render from its snapshots. It decides nothing
 * by itself: the core judges calls, the policy judges contributions. What asks for a started host rejects
 * (or throws) with a `SessionError` (SDK_NOT_STARTED) before `start()` and after `close()`.
 */
export interface Host {
  /** Resolves when the first verdict is known; the snapshot's `status` says which. Never rejects. */
  start(): Promise<void>;
  /**
   * Unloads every plugin, ends every stream, frees what the host holds of the core. Final; never rejects. A `start()`
   * in the same task takes it back, as React's StrictMode calls them.
   */
  close(): Promise<void>;
  /**
   * Fetches the manifests again and asks the policy afresh. What is mounted stays until the answer. That
   * the server or the policy does not answer is in the snapshot's `status`.
   */
  refresh(): Promise<void>;
  /** Calls back on each later change of the snapshot; returns how to stop. */
  subscribe(listener: () => void): () => void;
  /** The present picture: the same object until something changes, as `useSyncExternalStore` asks for. */
  getSnapshot(): HostState;
  /**
   * Signs in through the lab's login. Rejects with an `HttpError` (code `LOGIN_FAILED`) when user or
   * password is wrong, with a `NetworkError` when the server does not answer.
   */
  login(user: string, password: string): Promise<Session>;
  /**
   * Sends what telemetry is queued while there still is a session to send it in, and ends that. Rejects
   * with an `HttpError` or a `NetworkError` when the server did not end it: then it goes on; with a
   * `SessionError` (SDK_SESSION_CHANGED) when another person is signed in by now, who stays it.
   */
  logout(): Promise<void>;
  /**
   * Imports the plugin's bundle when that has not happened yet. A failed one is tried again. Rejects with
   * a `PluginError` when the plugin is unknown, denied, incompatible or quarantined, or was unloaded
   * meanwhile; with a `BundleError` when its bytes do not have the hash, or do not run.
   */
  load(pluginId: string): Promise<LoadedPlugin>;
  /** The plugin when its bundle ran already; null otherwise. */
  loaded(pluginId: string): LoadedPlugin | null;
  /**
   * Closes the plugin's sdk: streams, calls in flight, queries. It can be loaded again. What its code set
   * up by itself (timers, listeners) it does not find. A plugin that is not known is no error.
   */
  unload(pluginId: string): Promise<void>;
  /**
   * The host's own call: with the session's CSRF token, without a plugin's identity. Unlike a plugin's, it
   * resolves with error statuses, too. Rejects with a `TargetError` for what is no path of this origin, with
   * a `NetworkError` when no answer comes, with a `SessionError` (SDK_SESSION_CHANGED) when another person is
   * signed in than the one who asked: nothing is done in another person's name.
   */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** What the plugin would be told about a call, without calling. Throws a `PluginError` (PLUGIN_UNKNOWN). */
  explain(pluginId: string, method: string, target: string): Decision;
  /** The same for an event stream. */
  explainTopic(pluginId: string, topic: string): Decision;
  /** Reports a problem, as the React bindings do when a contribution crashes. */
  report(problem: HostProblem): void;
}
