import type { Core } from './core/index.js';
import type { Decision } from './decision.js';
import type { ServedManifest } from './manifest.js';
import type { BoundExports, PluginSdk } from './plugin/types.js';
import type { HostProblem } from './problems.js';

/** The part of TanStack Query's client that the host uses; a `QueryClient` satisfies it. */
export interface QueryClientLike {
  removeQueries(filters: { queryKey: readonly unknown[] }): void;
  cancelQueries(filters: { queryKey: readonly unknown[] }): Promise<unknown>;
}

/** The session as the page sees it. The CSRF token is not included; the host keeps it. */
export interface Session {
  /** The account name that was used to sign in. */
  readonly user: string;
  /** The display name; the account name if the server sends none. */
  readonly name: string;
  /** The tenant that the session is bound to. */
  readonly tenant: string;
  /** The person's roles, as the server lists them. */
  readonly roles: readonly string[];
  /** The AuthZEN subject of every policy request, for example `{type: 'account', id: 'auth:account:lab:dora'}`. */
  readonly subject: { readonly type: string; readonly id: string };
  /** The server's Experience version; `engine.experience` is checked against it unless the options name another. */
  readonly experienceVersion: string;
  /** The server's development mode. `unsigned`: plugin signatures are not verified; the page should say so. */
  readonly dev: { readonly unsigned: boolean };
}

/** Theme tokens by name, for example `color.accent`. `dark` and `light` override `tokens`. */
export interface Theme {
  readonly name: string;
  readonly tokens: Readonly<Record<string, string>>;
  readonly dark: Readonly<Record<string, string>>;
  readonly light: Readonly<Record<string, string>>;
}

/**
 * The host's status.
 *
 * `idle`: not started. `starting`: no verdict yet. `ready`: the policy has responded. `signed-out`: there is no
 * session. `pdp-unavailable`: the policy did not respond, or its reply was not understood; it is asked again.
 * `failed`: the core could not be loaded, or the server does not respond; only the latter is tried again. `closed`:
 * `close()` was called.
 */
export type HostStatus = 'idle' | 'starting' | 'ready' | 'signed-out' | 'pdp-unavailable' | 'failed' | 'closed';

/**
 * Whether this page receives the server's events, itself or through the tab that reads them for all tabs.
 *
 * `open`: changes at the server take effect here immediately. `waiting`: the connection is lost; the host keeps
 * trying and refreshes when it is back. `off`: the page does not listen (nobody is signed in, or `events: false`), or
 * has only just started to. A loss shorter than 4 seconds is not reported.
 */
export type EventsState = 'open' | 'waiting' | 'off';

/**
 * The state of a plugin in this page.
 *
 * `available`: at least one contribution is permitted, and the bundle is not imported yet. `denied`: the policy
 * permits none of its contributions, or has not responded yet. `failed`: its manifest or its bundle has an error.
 * `incompatible`: its `engine.experience` excludes this host. `quarantined`: an operator stopped it.
 */
export type PluginState = 'available' | 'loading' | 'loaded' | 'failed' | 'incompatible' | 'quarantined' | 'denied';

/** A plugin that the server lists, and its state in this page. */
export interface PluginRecord {
  readonly id: string;
  readonly version: string;
  readonly manifest: ServedManifest;
  readonly state: PluginState;
  /** Why the plugin is `failed`, `incompatible` or `quarantined`, if known. */
  readonly problem?: HostProblem;
}

/** A permitted route. `key` is unique in the snapshot and stable across refreshes. */
export interface RouteContribution {
  readonly kind: 'route';
  readonly key: string;
  readonly pluginId: string;
  readonly path: string;
  readonly component: string;
}

/** A permitted widget. `key` is unique in the snapshot and stable across refreshes. */
export interface WidgetContribution {
  readonly kind: 'widget';
  readonly key: string;
  readonly pluginId: string;
  readonly slot: string;
  readonly component: string;
}

/** A contribution that may be shown. A denied contribution never appears in a snapshot. */
export type Contribution = RouteContribution | WidgetContribution;

/** One immutable snapshot of the host. `routes` and `widgets` contain only what the policy permits. */
export interface HostState {
  readonly status: HostStatus;
  /** The current session; null if nobody is signed in. */
  readonly session: Session | null;
  /** Every plugin that the server lists, in its order, whatever its state. */
  readonly plugins: readonly PluginRecord[];
  readonly routes: readonly RouteContribution[];
  readonly widgets: readonly WidgetContribution[];
  /** The current problems; at most 100 of those reported at run time. */
  readonly problems: readonly HostProblem[];
  /** The same object until the theme changes; null until the session's theme is known. */
  readonly theme: Theme | null;
  readonly events: EventsState;
  /**
   * True when this page cannot stamp its calls (the server restarted, or somebody signed in after the document was
   * loaded, without a navigation). Where the server requires stamps, it refuses the page's calls. Reload the document;
   * guard against a reload that does not help (`true` again immediately).
   */
  readonly stale: boolean;
  /**
   * Where this page's calls are judged, stamped and sent. `worker`: in a worker, out of reach of plugins' code. `page`:
   * in the page's own realm (no worker could be started, or the options replace parts of the environment, as tests do);
   * `problems` says why. `none`: not started.
   */
  readonly tier: GateTier;
}

/** See `HostState.tier`. */
export type GateTier = 'worker' | 'page' | 'none';

/** A plugin whose bundle has run. */
export interface LoadedPlugin {
  readonly id: string;
  readonly version: string;
  readonly manifest: ServedManifest;
  /** Its components, in both forms of a bundle with their sdk: they take no `sdk` prop. */
  readonly routes: NonNullable<BoundExports['routes']>;
  readonly widgets: NonNullable<BoundExports['widgets']>;
  readonly sdk: PluginSdk;
}

/** Options of `createHost`. Every option has a default. */
export interface HostOptions {
  /** The host version that `engine.experience` is checked against; default: the session's. */
  readonly experienceVersion?: string;
  /** Path templates of the host's own pages. A contributed route that would shadow one is not mounted. */
  readonly hostRoutes?: readonly string[];
  /** The `fetch` that every call uses; default: the page's, captured when the host is created. */
  readonly fetch?: typeof fetch;
  /** The client that a plugin's queries are removed from when the plugin is unloaded. */
  readonly queryClient?: QueryClientLike;
  /** A core that is already loaded; default: `loadCore()`. */
  readonly core?: Core | Promise<Core>;
  /** Called once for each new problem; the snapshot's `problems` lists the current ones. */
  readonly onProblem?: (problem: HostProblem) => void;
  /** Imports a module by URL; default: `import(url)`. */
  readonly importModule?: (url: string) => Promise<unknown>;
  /** Whether to listen to the server's events (evict, restore, theme); default: true. */
  readonly events?: boolean;
  /** Overrides for tests: document, timers, randomness, locks between tabs. */
  readonly environment?: Partial<HostEnvironment>;
}

/** The members of a `SecurityPolicyViolationEvent` that the host reads. */
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
  /** Calls `run` when the page is hidden or left; returns a function that stops that. */
  readonly onPageHide: (run: () => void) => () => void;
  /**
   * Calls `hide` when the page is left (`sleeps`: it enters the back/forward cache) and `wake` when it is restored
   * from that cache. Returns a function that stops that.
   */
  readonly onPageLife?: (life: { readonly hide: (sleeps: boolean) => void; readonly wake: () => void }) => () => void;
  /**
   * Calls `run` when a lost connection may work again: the page became visible (`lost` is false), or the network or
   * the page itself was suspended meanwhile (`lost` is true). Returns a function that stops that.
   */
  readonly onWake?: (run: (lost: boolean) => void) => () => void;
  /** True if the page was loaded over HTTP/1.1, which allows it six connections; default: false. */
  readonly http1?: boolean;
  /** Calls `run` when CSP or Trusted Types block something; returns a function that stops that. */
  readonly onViolation: (run: (violation: Violation) => void) => () => void;
  readonly console: Pick<Console, 'debug' | 'info' | 'warn' | 'error'>;
}

declare const HANDLE: unique symbol;

/**
 * Stands for a host where plugins can see it, which is everywhere in React: an empty object. `PortcullisProvider` takes
 * it.
 */
export interface HostHandle {
  readonly [HANDLE]: never;
}

/**
 * The plugin host of one page. Create it, `start()` it, and render from its snapshots. It makes no decisions itself:
 * the core judges calls, and the policy judges contributions. Methods that need a started host reject (or throw) with
 * a `SessionError` (SDK_NOT_STARTED) before `start()` and after `close()`.
 */
export interface Host {
  /** What `PortcullisProvider` takes. Pass the host itself to no component, context or hook: plugins read those. */
  readonly handle: HostHandle;
  /** Resolves when the first verdict is known; the snapshot's `status` says which. Never rejects. */
  start(): Promise<void>;
  /**
   * Unloads every plugin, closes every stream and frees the core's memory. Final; never rejects. A `start()` in the
   * same task cancels it, because React's StrictMode calls them in that order.
   */
  close(): Promise<void>;
  /**
   * Fetches the manifests and asks the policy again. What is mounted stays until both have responded. A failure is
   * reported in the snapshot's `status`.
   */
  refresh(): Promise<void>;
  /** Calls `listener` on every change of the snapshot; returns a function that stops that. */
  subscribe(listener: () => void): () => void;
  /** The current snapshot: the same object until something changes, as `useSyncExternalStore` requires. */
  getSnapshot(): HostState;
  /**
   * Signs in through the lab login. Rejects with an `HttpError` (code `LOGIN_FAILED`) if the user or password is
   * wrong, and with a `NetworkError` if the server does not respond.
   */
  login(user: string, password: string): Promise<Session>;
  /**
   * Sends the queued telemetry (for at most 2 seconds), then ends the session. Rejects with an `HttpError` or a
   * `NetworkError` if the server did not end it, in which case it continues; with a `SessionError`
   * (SDK_SESSION_CHANGED) if another person has signed in meanwhile, who stays signed in.
   */
  logout(): Promise<void>;
  /**
   * Imports the plugin's bundle unless that is done already. A failed import is tried again. Rejects with a
   * `PluginError` if the plugin is unknown, denied, incompatible or quarantined, or was unloaded meanwhile; with a
   * `BundleError` if its bytes do not match the hash, or its code throws.
   */
  load(pluginId: string): Promise<LoadedPlugin>;
  /** The plugin if its bundle has run; otherwise null. */
  loaded(pluginId: string): LoadedPlugin | null;
  /**
   * Unloads the plugin: closes its streams, aborts its calls and removes its queries. It can be loaded again. Timers
   * and listeners that its code created remain. An unknown plugin is not an error.
   */
  unload(pluginId: string): Promise<void>;
  /**
   * Sends a call of the host itself: with the session's CSRF token, without a plugin's identity. Unlike a plugin's
   * `fetch`, it resolves with error statuses. Rejects with a `TargetError` if the path is not on this origin, with a
   * `NetworkError` if no response arrives, and with a `SessionError` (SDK_SESSION_CHANGED) if another person has
   * signed in since the call was made: no call is sent in another person's session.
   */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /**
   * The decision on a plugin's call, without sending it. Rejects with a `PluginError` (PLUGIN_UNKNOWN) for an unknown
   * plugin.
   */
  explain(pluginId: string, method: string, target: string): Promise<Decision>;
  /** The decision on a plugin's event stream. Rejects as `explain` does. */
  explainTopic(pluginId: string, topic: string): Promise<Decision>;
  /** Adds a problem to the snapshot, as the React bindings do when a contribution crashes. */
  report(problem: HostProblem): void;
}
