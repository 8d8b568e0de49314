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
 * What a plugin may set on a call. Credentials, mode, redirects and the identity headers are the host's: an option
 * of fetch that cannot be honoured rejects with a `TypeError` that says what to write.
 */
export interface PluginRequestInit {
  readonly method?: string;
  readonly headers?: HeadersInit;
  readonly body?: BodyInit | null;
  readonly signal?: AbortSignal | null;
  readonly cache?: RequestCache;
  /**
   * The call outlives the page once it has left. In `pagehide` only one leaves whose method and address this plugin
   * called so before in this page, or where calls are not stamped: there is no time to make a stamp.
   */
  readonly keepalive?: boolean;
  readonly priority?: 'high' | 'low' | 'auto';
  readonly integrity?: string;
  /** Said for a stream as body. It is collected first: over HTTP/1.1 browsers send none. */
  readonly duplex?: 'half';
  readonly credentials?: 'same-origin' | 'include';
  readonly mode?: 'same-origin' | 'cors';
  /** A redirect is an error always: where it leads was not judged. */
  readonly redirect?: 'error';
}

/** What `api.useObjectUrl` gives: both null until the answer is there. */
export interface PluginObjectUrl {
  readonly url: string | null;
  readonly error: Error | null;
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
   * origin with a `TargetError`, an option that cannot be honoured with a `TypeError`. It is sent once more only where
   * the server refused its token or stamp, or where it changes nothing and the browser lost the answer. Aborting ends
   * the body, too, and so does unloading: what is read then rejects with the signal's reason, or a `PluginError`.
   */
  fetch(input: string | URL | Request, init?: PluginRequestInit): Promise<Response>;
  /**
   * The same for clients that bring their own handling of errors (generated clients, ky, axios): an error status is a
   * `Response`, as with the platform's `fetch`, whose type it has.
   */
  rawFetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /**
   * One call whose answer is an event stream (a language model, GraphQL over SSE), as in
   * `for await (const event of sdk.api.stream(path, { method: 'POST', body }))`. The call begins with the loop, and
   * leaving the loop ends it. Once it was answered it does not connect again. Rejects as `fetch` does; with a
   * `StreamError` for an answer that is no event stream.
   */
  stream(input: string | URL | Request, init?: PluginRequestInit): AsyncIterable<PluginStreamEvent>;
  /**
   * Fetches a file and saves it under `fileName`, else the name that the server gives (Content-Disposition), else the
   * last part of the path. The file is held in memory meanwhile. Rejects as `fetch` does.
   */
  download(path: string | URL, fileName?: string): Promise<void>;
  /**
   * A React hook for `<img>`, `<audio>` and `<video>`, whose own requests would not be this plugin's: fetches the path
   * and gives an object URL of its bytes, which is revoked when the component goes. `null` fetches nothing.
   */
  useObjectUrl(path: string | null): PluginObjectUrl;
  /**
   * A React hook over TanStack Query. Give a path (its JSON is the data; an empty answer, such as 204, is `null`) or a
   * function. Keys are the plugin's own: no other plugin's query can have the same one. `error` is what `fetch` rejects
   * with, or a `ContentError`; a denial is not tried again. Throws a `SessionError` without the provider of `portcullis/react`.
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
  /**
   * How long the stream may be silent before it counts as dead and is opened again, in milliseconds; at least 1,000.
   * Absent: learnt from the stream's heartbeats (comment lines), and no limit where it sends none.
   */
  readonly silentMs?: number;
  /**
   * The `lastEventId` of the last event that the plugin has: a stream that is opened asks for what came behind it, as
   * it does when it reconnects. Of no account where another subscriber of the plugin has the stream open.
   */
  readonly lastEventId?: string;
}

/** Event streams of this plugin, judged by its manifest's `permissions.sse`. */
export interface PluginSse {
  /**
   * Subscribes to an event stream; returns how to end it. A topic that no `permissions.sse` entry
   * covers throws a `DeniedError` at once. Subscribers of one path share a stream; it reconnects by
   * itself, and is closed when the last one leaves or the plugin is unloaded. Over the limit of
   * subscriptions it throws a `StreamError`; what happens later is told to `onState`. Over HTTP/1.1, where a browser
   * opens six connections, streams beyond the fifth, the host's own among them, wait (`SDK_STREAM_QUEUED`); an open one
   * may have to wait again when the host's own needs its connection.
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

/** What `useDraft` gives: the text, and how to change it. */
export type PluginDraft = readonly [text: string, write: (text: string) => void];

/** Everything a plugin is given. It is frozen, and dead once the plugin is unloaded. */
export interface PluginSdk {
  readonly pluginId: string;
  /**
   * A React hook for what a person types: as `useState`, but the text is there again when the component is, and also
   * when the same person signs in again after the session ended in the middle of a form. Another person never gets it.
   * Kept in the tab's `sessionStorage`, which other code of this page can read. Writing `initial` again forgets it.
   */
  useDraft(key: string, initial?: string): PluginDraft;
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
