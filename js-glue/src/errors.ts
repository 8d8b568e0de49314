import type { Decision } from './decision.js';
import type { Code } from './generated/spec.js';

/** An RFC 9457 problem as the server sends it. */
export interface ProblemDetails {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly code?: string;
  readonly plugin_id?: string;
  readonly tenant?: string;
  readonly request_id?: string;
  readonly explain?: string;
  readonly [extension: string]: unknown;
}

// Two copies of this module can meet in one page (the host's and a test's), where instanceof fails.
const BRAND = Symbol.for('portcullis.error');

/** What every error of this package is. `code` is the contract; the message is for people. */
export abstract class PortcullisError<C extends Code = Code> extends Error {
  readonly code: C;
  readonly [BRAND] = true;

  constructor(code: C, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether it is an error of this package, from whichever copy of it. */
export function isPortcullisError(value: unknown): value is PortcullisError {
  return typeof value === 'object' && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
}

const known = new Set<unknown>();

/** The codes that the core lists: a page that loads the core has not to load their names a second time. */
export function learnCodes(codes: readonly Code[]): void {
  for (const code of codes) known.add(code);
}

/** Whether a text from the wire is one of the known codes; until the core is loaded none is. */
export function isCode(value: unknown): value is Code {
  return known.has(value);
}

/** The core denied the call or the topic; nothing was sent. */
export class DeniedError extends PortcullisError {
  override readonly name = 'DeniedError';
  readonly pluginId: string;
  readonly decision: Decision;

  constructor(pluginId: string, decision: Decision) {
    super(decision.code, decision.explain);
    this.pluginId = pluginId;
    this.decision = decision;
  }

  /** Which rule was nearest, and what would allow the call. */
  get explain(): string {
    return this.decision.explain;
  }
}

/** The server answered with an error status. `code` is the server's where it gave a known one. */
export class HttpError extends PortcullisError {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly problem: ProblemDetails | null;
  /** The answer, for its headers; the body is read already when `problem` is not null. */
  readonly response: Response;

  constructor(response: Response, problem: ProblemDetails | null) {
    const code = isCode(problem?.code) ? problem.code : 'SDK_HTTP_ERROR';
    const detail = problem?.explain ?? problem?.detail ?? problem?.title;
    super(code, `${response.status} ${code}${detail ? `: ${detail}` : ''}`);
    this.status = response.status;
    this.problem = problem;
    this.response = response;
  }

  /** What the server said would allow the call; null when it said nothing. */
  get explain(): string | null {
    return this.problem?.explain ?? null;
  }

  /** What to look for in the server's log; null when the answer came from elsewhere. */
  get requestId(): string | null {
    return this.problem?.request_id ?? this.response.headers.get('x-request-id');
  }
}

/** The server could not be reached, or broke off. */
export class NetworkError extends PortcullisError<'SDK_NETWORK_ERROR'> {
  override readonly name = 'NetworkError';

  constructor(message: string, options?: ErrorOptions) {
    super('SDK_NETWORK_ERROR', message, options);
  }
}

/** The address is not a path of this origin, or an answer wanted to lead elsewhere. */
export class TargetError extends PortcullisError<'SDK_BAD_TARGET'> {
  override readonly name = 'TargetError';

  constructor(message: string, options?: ErrorOptions) {
    super('SDK_BAD_TARGET', message, options);
  }
}

/**
 * `SDK_BUNDLE_FAILED`: the server refused it, its bytes do not have the hash, or it threw; `cause` says
 * which. `SDK_INTEGRITY_UNREADABLE`: the manifest has no hash that a browser enforces.
 * `SDK_COMPONENT_MISSING`: it ran, and does not export what the manifest names.
 */
export type BundleErrorCode = 'SDK_BUNDLE_FAILED' | 'SDK_INTEGRITY_UNREADABLE' | 'SDK_COMPONENT_MISSING';

/** The bundle was not imported, or does not export what its manifest says. */
export class BundleError extends PortcullisError<BundleErrorCode> {
  override readonly name = 'BundleError';
  readonly pluginId: string;

  constructor(code: BundleErrorCode, pluginId: string, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.pluginId = pluginId;
  }
}

/** Why a plugin cannot be loaded or used. `docs/codes.md` says what each means. */
export type PluginErrorCode =
  | 'PLUGIN_UNKNOWN'
  | 'PLUGIN_QUARANTINED'
  | 'SDK_PLUGIN_UNLOADED'
  | 'SDK_INCOMPATIBLE'
  | 'SDK_PDP_DENIED'
  | 'MANIFEST_INVALID';

/** The plugin is not in a state in which this can be done. */
export class PluginError extends PortcullisError<PluginErrorCode> {
  override readonly name = 'PluginError';
  readonly pluginId: string;

  constructor(code: PluginErrorCode, pluginId: string, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.pluginId = pluginId;
  }
}

/**
 * `SDK_SESSION_CHANGED`: another person is signed in than the one in whose session it was asked, or nobody;
 * it was not sent, or the server refused it.
 */
export type SessionErrorCode = 'SDK_SESSION_REQUIRED' | 'SDK_SESSION_CHANGED' | 'SDK_NOT_STARTED';

/** There is no session, it is another one, or the host is not started. */
export class SessionError extends PortcullisError<SessionErrorCode> {
  override readonly name = 'SessionError';
}

/** What can become of an event stream. `docs/codes.md` says what each means. */
export type StreamErrorCode = 'SDK_STREAM_FAILED' | 'SDK_STREAM_QUEUED' | 'EVENT_TOO_LARGE' | 'SUBSCRIPTION_LIMIT';

/** An event stream ended for good, `cause` says why; or waits for a connection (`SDK_STREAM_QUEUED`). */
export class StreamError extends PortcullisError<StreamErrorCode> {
  override readonly name = 'StreamError';
}

/** The answer to a query is not JSON. */
export class ContentError extends PortcullisError<'SDK_NOT_JSON'> {
  override readonly name = 'ContentError';

  constructor(message: string, options?: ErrorOptions) {
    super('SDK_NOT_JSON', message, options);
  }
}

/** The WebAssembly core could not be loaded, or refused an argument. */
export class CoreError extends PortcullisError {
  override readonly name = 'CoreError';
}
