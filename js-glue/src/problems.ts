import type { Decision, ManifestProblem } from './decision.js';
import type { Code } from './generated/spec.js';

/** A problem that the operator of the page should know about. Problems never stop the host. */
export interface HostProblem {
  readonly code: Code;
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  readonly pluginId?: string;
  /** The contribution concerned: a route's path, or `slot/Component`. */
  readonly contribution?: string;
  readonly decision?: Decision;
  readonly manifestProblems?: readonly ManifestProblem[];
  readonly cause?: unknown;
}
