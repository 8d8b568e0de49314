import type { ComponentType } from 'react';
import type { Decision } from '../decision.js';

export type { Decision } from '../decision.js';
export type { Code } from '../generated/spec.js';
export type {
  ApiRule,
  Method,
  ParamShape,
  PluginManifest,
  RouteDeclaration,
  WidgetDeclaration,
} from '../manifest.js';

/**
 * What a plugin may set on a call. Credentials, mode, redirects and the identity headers are the
 * host's: a key that is not listed here is ignored.
 */
export interface PluginRequestInit {
  readonly method?: string;
  readonly headers?: HeadersInit;
  readonly body?: BodyInit | null;
  readonly signal?: AbortSignal | null;
  readonly cache?: RequestCache;
}

/** Options of `api.useQuery`; the same as those of TanStack Query that need no type of it. */
export interface PluginQueryOptions<T> {
  readonly enabled?: boolean;
  readonly staleTime?: number;
  readonly gcTime?: number;
  readonly refetchInterval?: number | false;
  readonly refetchOnWindowFocus?: boolean;
  readonly retry?: boolean | number;
  readonly initialData?: T;
  readonly placeholderData?: T;
}

/** What `api.useQuery` gives: the stable part of TanStack Query's result. */
export interface PluginQueryResult<T> {
  readonly data: T | undefined;
  readonly error: Error | null;
  readonly status: 'pending' | 'error' | 'success';
  readonly isPending: boolean;
  readonly isError: boolean;
  readonly isSuccess: boolean;
  readonly isFetching: boolean;
  readonly refetch: () => Promise<unknown>;
}

/** Calls of this plugin to the server, judged by its manifest's `permissions.api`. */
export interface PluginApi {
  /**
   * Calls the server as this plugin. The core judges method and path first: a call that no rule of
   * the manifest allows rejects with a `DeniedError` before any byte leaves the page. A status that
   * is not 2xx (or 304) rejects with an `HttpError`; no answer with a `NetworkError`, an address of another
   * origin with a `TargetError`, an unloaded plugin with a `PluginError`. It never retries.
   */
  fetch(path: string | URL, init?: PluginRequestInit): Promise<Response>;
  /**
   * A React hook over TanStack Query. Give a path (its JSON is the data) or a function. Keys are the
   * plugin's own: no other plugin's query can have the same one. `error` is what `fetch` rejects with; a
   * denial is not tried again. Throws a `SessionError` without the provider of `portcullis/react`.
   */
  useQuery<T = unknown>(
    key: string | readonly unknown[],
    query: string | ((context: { signal: AbortSignal }) => Promise<T>),
    options?: PluginQueryOptions<T>,
  ): PluginQueryResult<T>;
  /** What `fetch` would be told, without calling. A denial is an answer, not an error. */
  explain(method: string, path: string): Decision;
}

/** One event of a stream, as the HTML standard's event-stream interpretation gives it. */
export interface PluginStreamEvent {
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
}

/** `waiting`: the connection was lost, or refused for now, and is tried again. `closed`: for good. */
export type PluginStreamState = 'connecting' | 'open' | 'waiting' | 'closed';

/** What `sse.subscribe` takes besides path and handler. */
export interface PluginStreamOptions {
  /** Only events of these types; absent: every event. */
  readonly types?: readonly string[];
  /** Told of every change; `error` says why a stream waits or is closed for good. */
  readonly onState?: (state: PluginStreamState, error: Error | null) => void;
}

/** Event streams of this plugin, judged by its manifest's `permissions.sse`. */
export interface PluginSse {
  /**
   * Subscribes to an event stream; returns how to end it. A topic that no `permissions.sse` entry
   * covers throws a `DeniedError` at once. Subscribers of one path share a stream; it reconnects by
   * itself, and is closed when the last one leaves or the plugin is unloaded. Over the limit of
   * subscriptions it throws a `StreamError`; what happens later is told to `onState`.
   */
  subscribe(path: string, handler: (event: PluginStreamEvent) => void, options?: PluginStreamOptions): () => void;
}

/** A question to the policy decision point. The subject is always the session's. */
export interface PluginEvaluation {
  readonly resource: {
    readonly type: string;
    readonly id: string;
    readonly properties?: Readonly<Record<string, unknown>>;
  };
  readonly action: string | { readonly name: string; readonly properties?: Readonly<Record<string, unknown>> };
  readonly context?: Readonly<Record<string, unknown>>;
}

/** Questions to the policy, for what a manifest cannot say: may this person press this button? */
export interface PluginAuthz {
  /** Whether the policy permits it. Any failure is a denial; it never rejects. */
  evaluate(request: PluginEvaluation): Promise<boolean>;
}

/** The page's console, each line with the plugin's id. Nothing is sent to the server. */
export interface PluginLogger {
  debug(...data: readonly unknown[]): void;
  info(...data: readonly unknown[]): void;
  warn(...data: readonly unknown[]): void;
  error(...data: readonly unknown[]): void;
}

/** Events about how the plugin is used. It needs no rule of the manifest. */
export interface PluginTelemetry {
  /** Queues an event; batches are sent in the background and when the page is hidden. Never throws. */
  track(name: string, props?: Readonly<Record<string, unknown>>): void;
}

/** Everything a plugin is given. It is frozen, and dead once the plugin is unloaded. */
export interface PluginSdk {
  readonly pluginId: string;
  readonly api: PluginApi;
  readonly sse: PluginSse;
  readonly authz: PluginAuthz;
  readonly logger: PluginLogger;
  readonly telemetry: PluginTelemetry;
}

/** Props of a widget. */
export interface WidgetProps {
  readonly sdk: PluginSdk;
}

/** Props of a contributed page. */
export interface PageProps {
  readonly sdk: PluginSdk;
  /** Values of the route's `:name` segments; `*` has what a trailing `*` matched. */
  readonly params: Readonly<Record<string, string>>;
  /** Goes to another page of the app without loading the document again. */
  readonly navigate: (to: string) => void;
}

/** What a bundle exports, as its default or as names. */
export interface PluginExports {
  readonly routes?: Readonly<Record<string, ComponentType<PageProps>>>;
  readonly widgets?: Readonly<Record<string, ComponentType<WidgetProps>>>;
}

/** What a factory returns: components that have their sdk already, so the host hands them none. */
export interface BoundExports {
  readonly routes?: Readonly<Record<string, ComponentType<Omit<PageProps, 'sdk'>>>>;
  readonly widgets?: Readonly<Record<string, ComponentType<Omit<WidgetProps, 'sdk'>>>>;
}

/**
 * The strong form of a bundle's default export: it is given its sdk, and nobody else is. Neither a prop
 * nor a context holds it, where code that looks into React's fibers would find it.
 */
export type PluginFactory = (sdk: PluginSdk) => BoundExports | Promise<BoundExports>;
