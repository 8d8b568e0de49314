import type { Decision } from './decision.js';
import type { Code } from './generated/spec.js';

/** An RFC 9457 problem document, as the server sends it. */
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

// A page can contain two copies of this module (the host's and a test's), where instanceof fails.
const BRAND = Symbol.for('portcullis.error');

/**
 * Base class of every error of this package. `code` is the stable contract; the message is for people and may change.
 */
export abstract class PortcullisError<C extends Code = Code> extends Error {
  readonly code: C;
  readonly [BRAND] = true;

  constructor(code: C, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Returns whether a value is an error of this package, from any copy of it. */
export function isPortcullisError(value: unknown): value is PortcullisError {
  return typeof value === 'object' && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
}

const known = new Set<unknown>();

/** Registers the codes that the core lists, so that a page that loads the core does not carry the list twice. */
export function learnCodes(codes: readonly Code[]): void {
  for (const code of codes) known.add(code);
}

/** Returns whether a value from the wire is a known code. Always false until the core is loaded. */
export function isCode(value: unknown): value is Code {
  return known.has(value);
}

/** The core denied the call or the topic. Nothing was sent. */
export class DeniedError extends PortcullisError {
  override readonly name = 'DeniedError';
  readonly pluginId: string;
  readonly decision: Decision;

  constructor(pluginId: string, decision: Decision) {
    super(decision.code, decision.explain);
    this.pluginId = pluginId;
    this.decision = decision;
  }

  /** Names the nearest rule and what would allow the call. */
  get explain(): string {
    return this.decision.explain;
  }
}

/**
 * The server responded with an error status. `code` is the server's if it sent a known one, otherwise
 * `SDK_HTTP_ERROR`.
 */
export class HttpError extends PortcullisError {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly problem: ProblemDetails | null;
  /** The response, for its headers. Its body is already consumed when `problem` is not null. */
  readonly response: Response;

  constructor(response: Response, problem: ProblemDetails | null) {
    const code = isCode(problem?.code) ? problem.code : 'SDK_HTTP_ERROR';
    const detail = problem?.explain ?? problem?.detail ?? problem?.title;
    super(code, `${response.status} ${code}${detail ? `: ${detail}` : ''}`);
    this.status = response.status;
    this.problem = problem;
    this.response = response;
  }

  /** What would allow the call, according to the server; null when it gave no explanation. */
  get explain(): string | null {
    return this.problem?.explain ?? null;
  }

  /** The request id to search for in the server's log; null when the response did not come from the server. */
  get requestId(): string | null {
    return this.problem?.request_id ?? this.response.headers.get('x-request-id');
  }
}

/** The server could not be reached, or the connection broke. */
export class NetworkError extends PortcullisError<'SDK_NETWORK_ERROR'> {
  override readonly name = 'NetworkError';

  constructor(message: string, options?: ErrorOptions) {
    super('SDK_NETWORK_ERROR', message, options);
  }
}

/** The address is not a path on this origin, or the response was a redirect. */
export class TargetError extends PortcullisError<'SDK_BAD_TARGET'> {
  override readonly name = 'TargetError';

  constructor(message: string, options?: ErrorOptions) {
    super('SDK_BAD_TARGET', message, options);
  }
}

/**
 * Why a bundle could not be used.
 *
 * `SDK_BUNDLE_FAILED`: the server refused it, its bytes do not match the hash, or it threw; `cause` says which.
 * `SDK_INTEGRITY_UNREADABLE`: the manifest has no hash that a browser would enforce. `SDK_COMPONENT_MISSING`: it ran
 * but does not export a component that its manifest names. `SDK_COMPONENT_UNSUPPORTED`: the component is a class, and
 * the bundle's record form cannot give it its sdk.
 */
export type BundleErrorCode =
  | 'SDK_BUNDLE_FAILED'
  | 'SDK_INTEGRITY_UNREADABLE'
  | 'SDK_COMPONENT_MISSING'
  | 'SDK_COMPONENT_UNSUPPORTED';

/** The bundle was not imported, or does not export what its manifest names. */
export class BundleError extends PortcullisError<BundleErrorCode> {
  override readonly name = 'BundleError';
  readonly pluginId: string;

  constructor(code: BundleErrorCode, pluginId: string, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.pluginId = pluginId;
  }
}

/** Why a plugin cannot be loaded or used. See `docs/codes.md` for each code. */
export type PluginErrorCode =
  | 'PLUGIN_UNKNOWN'
  | 'PLUGIN_QUARANTINED'
  | 'SDK_PLUGIN_UNLOADED'
  | 'SDK_INCOMPATIBLE'
  | 'SDK_PDP_DENIED'
  | 'MANIFEST_INVALID';

/** The plugin's state does not permit the operation. */
export class PluginError extends PortcullisError<PluginErrorCode> {
  override readonly name = 'PluginError';
  readonly pluginId: string;

  constructor(code: PluginErrorCode, pluginId: string, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.pluginId = pluginId;
  }
}

/**
 * Why a call has no valid session.
 *
 * `SDK_SESSION_REQUIRED`: nobody is signed in. `SDK_SESSION_CHANGED`: the person who made the call has signed out, or
 * another person has signed in since; the call was not sent, or the server refused it. `SDK_NOT_STARTED`: the host is
 * not started, or is closed.
 */
export type SessionErrorCode = 'SDK_SESSION_REQUIRED' | 'SDK_SESSION_CHANGED' | 'SDK_NOT_STARTED';

/** There is no session, the session changed, or the host is not started. */
export class SessionError extends PortcullisError<SessionErrorCode> {
  override readonly name = 'SessionError';
}

/** Why an event stream ended or waits. See `docs/codes.md` for each code. */
export type StreamErrorCode = 'SDK_STREAM_FAILED' | 'SDK_STREAM_QUEUED' | 'EVENT_TOO_LARGE' | 'SUBSCRIPTION_LIMIT';

/** An event stream ended permanently (`cause` says why), or waits for a connection (`SDK_STREAM_QUEUED`). */
export class StreamError extends PortcullisError<StreamErrorCode> {
  override readonly name = 'StreamError';
}

/** The response to a query is not JSON. */
export class ContentError extends PortcullisError<'SDK_NOT_JSON'> {
  override readonly name = 'ContentError';

  constructor(message: string, options?: ErrorOptions) {
    super('SDK_NOT_JSON', message, options);
  }
}

/** The WebAssembly core could not be loaded, or rejected an argument. */
export class CoreError extends PortcullisError {
  override readonly name = 'CoreError';
}
