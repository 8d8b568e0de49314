import type { Code } from './generated/spec.js';

/**
 * The core's verdict on one call or topic. A denial is an answer, not an error: `code` says why, and `explain` names
 * the nearest rule and what would have allowed it.
 */
export interface Decision {
  readonly allowed: boolean;
  readonly code: Code;
  /** The canonical target, which is what must be fetched; null if the target has no canonical form. */
  readonly target: string | null;
  /** JSON pointer of the rule that allows it, for example `/permissions/api/2`; null when denied. */
  readonly rule: string | null;
  /** The percent-decoded values of the template's parameters. */
  readonly params: Readonly<Record<string, string>>;
  readonly explain: string;
}

/** One problem found while validating a manifest. */
export interface ManifestProblem {
  readonly severity: 'error' | 'warning';
  readonly code: Code;
  /** JSON pointer into the manifest; empty for the whole document. */
  readonly pointer: string;
  readonly message: string;
}
