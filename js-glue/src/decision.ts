import type { Code } from './generated/spec.js';

/**
 * What the core says about one call or topic. A denial is an answer, not an error: `code` says why,
 * `explain` names the nearest rule and what would have allowed it.
 */
export interface Decision {
  readonly allowed: boolean;
  readonly code: Code;
  /** The canonical target, which is what has to be fetched; null when there is none. */
  readonly target: string | null;
  /** JSON pointer of the rule that allows it, for example `/permissions/api/2`; null when denied. */
  readonly rule: string | null;
  /** Percent-decoded values of the template's parameters. */
  readonly params: Readonly<Record<string, string>>;
  readonly explain: string;
}

/** One finding of the manifest's validation. */
export interface ManifestProblem {
  readonly severity: 'error' | 'warning';
  readonly code: Code;
  /** JSON pointer into the manifest; empty for the whole of it. */
  readonly pointer: string;
  readonly message: string;
}
