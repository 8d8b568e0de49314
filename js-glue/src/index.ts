/**
 * The host SDK: create a host, start it, and render from its snapshots. React bindings are in `portcullis/react`;
 * what plugin authors import is in `portcullis/plugin`.
 */

export type { Decision, ManifestProblem } from './decision.js';
export {
  BundleError,
  type BundleErrorCode,
  ContentError,
  CoreError,
  DeniedError,
  HttpError,
  isPortcullisError,
  NetworkError,
  PluginError,
  type PluginErrorCode,
  PortcullisError,
  type ProblemDetails,
  SessionError,
  StreamError,
  type StreamErrorCode,
  TargetError,
} from './errors.js';
export { type Code, LIMITS, type NamedShape, RESERVED } from './generated/spec.js';
export { createHost } from './host.js';
export type * from './host_types.js';
export type * from './manifest.js';
export type * from './plugin/types.js';
export type { HostProblem } from './problems.js';
export { applyTheme, themeVariables } from './theme.js';
