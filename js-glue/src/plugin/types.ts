import type { ComponentType, FunctionComponent } from 'react';
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
 * Options of a plugin's call. The host sets credentials, mode, redirects and the identity headers. A `fetch` option
 * that cannot be honoured rejects with a `TypeError` that says what to write instead.
 */
export interface PluginRequestInit {
  readonly method?: string;
  readonly headers?: HeadersInit;
  readonly body?: BodyInit | null;
  readonly signal?: AbortSignal | null;
  readonly cache?: RequestCache;
  /**
   * Lets the call outlive the page. In `pagehide` there is no time to make a stamp, so there such a call is sent only
   * if this plugin has already made one with the same method and address in this page, or if calls are not stamped.
   */
  readonly keepalive?: boolean;
  readonly priority?: 'high' | 'low' | 'auto';
  readonly integrity?: string;
  /** Required by browsers for a stream as body. The stream is buffered first: over HTTP/1.1 browsers send none. */
  readonly duplex?: 'half';
  readonly credentials?: 'same-origin' | 'include';
  readonly mode?: 'same-origin' | 'cors';
  /** Redirects are always errors: their target has not been judged. */
  readonly redirect?: 'error';
}

/** The result of `api.useObjectUrl`; both members are null until the response arrives. */
export interface PluginObjectUrl {
  readonly url: string | null;
  readonly error: Error | null;
}

/** Options of `api.useQuery`: those of TanStack Query that need none of its types. */
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

/** The result of `api.useQuery`: the stable part of TanStack Query's result. */
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

/** Calls of this plugin to the server, judged by `permissions.api` of its manifest. */
export interface PluginApi {
  /**
   * Calls the server as this plugin. The core judges method and path first: a call that no rule of the manifest
   * allows rejects with a `DeniedError` before anything is sent. A status other than 2xx or 304 rejects with an
   * `HttpError`, a missing response with a `NetworkError`, an address of another origin with a `TargetError`, and an
   * option that cannot be honoured with a `TypeError`. A call is repeated at most once, only if the server refused
   * its token or stamp, or if its method is safe and the browser lost the response. Aborting the signal and unloading
   * the plugin also end the response's body: reading it then rejects with the signal's reason or a `PluginError`.
   */
  fetch(input: string | URL | Request, init?: PluginRequestInit): Promise<Response>;
  /**
   * Like `fetch`, for clients that handle errors themselves (generated clients, ky, axios): an error status resolves
   * with its `Response`, as with the platform's `fetch`, whose type it has.
   */
  rawFetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /**
   * One call whose response is an event stream (a language model, GraphQL over SSE): `for await (const event of
   * sdk.api.stream(path, { method: 'POST', body }))`. The call starts with the loop and ends when the loop is left.
   * Once the server has responded it does not reconnect. Rejects as `fetch` does, and with a `StreamError` if the
   * response is not an event stream.
   */
  stream(input: string | URL | Request, init?: PluginRequestInit): AsyncIterable<PluginStreamEvent>;
  /**
   * Fetches a file and saves it as `fileName`; default: the name in Content-Disposition, then the last segment of the
   * path. The whole file is held in memory meanwhile. Rejects as `fetch` does.
   */
  download(path: string | URL, fileName?: string): Promise<void>;
  /**
   * A React hook for `<img>`, `<audio>` and `<video>`, whose own requests do not carry the plugin's identity: fetches
   * the path and returns an object URL of its content, which is revoked when the component unmounts. `null` fetches
   * nothing.
   */
  useObjectUrl(path: string | null): PluginObjectUrl;
  /**
   * A React hook over TanStack Query. `query` is a path (the data is its JSON; an empty response such as 204 gives
   * `null`) or a function. Keys are scoped to the plugin, so they cannot collide with another plugin's. `error` is
   * what `fetch` rejects with, or a `ContentError`; denials are not retried. Throws a `SessionError` if the provider
   * of `portcullis/react` is missing.
   */
  useQuery<T = unknown>(
    key: string | readonly unknown[],
    query: string | ((context: { signal: AbortSignal }) => Promise<T>),
    options?: PluginQueryOptions<T>,
  ): PluginQueryResult<T>;
  /** The decision that `fetch` would get, without sending anything. A denial is a result, not an error. */
  explain(method: string, path: string): Promise<Decision>;
}

/** One event of a stream, as defined by the HTML standard's event stream interpretation. */
export interface PluginStreamEvent {
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
}

/** `waiting`: the connection was lost or temporarily refused, and is tried again. `closed`: permanently. */
export type PluginStreamState = 'connecting' | 'open' | 'waiting' | 'closed';

/** Options of `sse.subscribe`. */
export interface PluginStreamOptions {
  /** Delivers only events of these types; default: all. */
  readonly types?: readonly string[];
  /** Called on every change; `error` says why a stream waits or was closed. */
  readonly onState?: (state: PluginStreamState, error: Error | null) => void;
  /**
   * How long the stream may be silent before it is considered dead and reopened, in milliseconds; at least 1,000.
   * Default: learned from the stream's heartbeats (comment lines); unlimited if it sends none.
   */
  readonly silentMs?: number;
  /**
   * The `lastEventId` of the last event that the plugin has seen: the first connection requests what followed it, as
   * a reconnect does. Ignored if another subscriber of the plugin has the stream open already.
   */
  readonly lastEventId?: string;
}

/** Event streams of this plugin, judged by `permissions.sse` of its manifest. */
export interface PluginSse {
  /**
   * Subscribes to an event stream; returns a function that unsubscribes. Failures close the subscription and go to
   * `onState`, or to the console if there is none: a `DeniedError` if no `permissions.sse` entry covers the topic, a
   * `StreamError` over the limit of subscriptions. Throws only if the plugin was unloaded. Subscribers of one path share a stream. It reconnects by itself, and is closed when the last
   * subscriber leaves or the plugin is unloaded. Over HTTP/1.1, where a browser opens six connections, streams beyond
   * the fifth (the host's own included) wait (`SDK_STREAM_QUEUED`), and an open one may have to wait again when the
   * host's own stream needs its connection.
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

/** Policy questions that a manifest cannot express, for example whether this person may press a button. */
export interface PluginAuthz {
  /** Resolves with whether the policy permits the request. Never rejects; every failure is a denial. */
  evaluate(request: PluginEvaluation): Promise<boolean>;
}

/** Writes to the page's console with the plugin's id as prefix. Nothing is sent to the server. */
export interface PluginLogger {
  debug(...data: readonly unknown[]): void;
  info(...data: readonly unknown[]): void;
  warn(...data: readonly unknown[]): void;
  error(...data: readonly unknown[]): void;
}

/** Usage events of the plugin. No rule of the manifest is needed. */
export interface PluginTelemetry {
  /**
   * Queues an event. Batches are sent in the background and when the page is hidden. Never throws; what cannot be
   * sent is dropped.
   */
  track(name: string, props?: Readonly<Record<string, unknown>>): void;
}

/** The result of `useDraft`: the text and a function that changes it. */
export type PluginDraft = readonly [text: string, write: (text: string) => void];

/**
 * Everything that a plugin receives. Frozen; unusable once the plugin is unloaded. Other code in the page can read what
 * React keeps: props, contexts, state, refs and dependency lists. Put neither the sdk nor one of its functions there.
 */
export interface PluginSdk {
  readonly pluginId: string;
  /**
   * A React hook for text that a person types. It works like `useState`, but keeps the text when the component is
   * unmounted and when the same person signs in again after the session ended. Another person never sees it. The text
   * is stored in the tab's `sessionStorage`, which other code in this page can read. Writing `initial` removes it.
   */
  useDraft(key: string, initial?: string): PluginDraft;
  readonly api: PluginApi;
  readonly sse: PluginSse;
  readonly authz: PluginAuthz;
  readonly logger: PluginLogger;
  readonly telemetry: PluginTelemetry;
}

/** Props of a widget of the record form. */
export interface WidgetProps {
  readonly sdk: PluginSdk;
}

/** Props of a contributed page of the record form. */
export interface PageProps {
  readonly sdk: PluginSdk;
  /** Values of the route's `:name` segments; `*` holds what a trailing `*` matched. */
  readonly params: Readonly<Record<string, string>>;
  /** Navigates within the app, without reloading the document. */
  readonly navigate: (to: string) => void;
}

/**
 * The record form of a bundle's exports, as its default export or as named exports. The host calls each component with
 * its props and the sdk, so each must be a function component (also in `memo`, `forwardRef` or `lazy`).
 */
export interface PluginExports {
  readonly routes?: Readonly<Record<string, FunctionComponent<PageProps>>>;
  readonly widgets?: Readonly<Record<string, FunctionComponent<WidgetProps>>>;
}

/** What a factory returns: components that have their sdk already, so the host passes none. */
export interface BoundExports {
  readonly routes?: Readonly<Record<string, ComponentType<Omit<PageProps, 'sdk'>>>>;
  readonly widgets?: Readonly<Record<string, ComponentType<Omit<WidgetProps, 'sdk'>>>>;
}

/**
 * The function form of a bundle's default export: it receives the sdk once, and keeps it in a variable that every
 * component of the bundle can use.
 */
export type PluginFactory = (sdk: PluginSdk) => BoundExports | Promise<BoundExports>;
