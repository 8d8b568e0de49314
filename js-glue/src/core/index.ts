/** The bare core, without the host SDK: decisions, validation, semver, streams. */

export type { Decision, ManifestProblem } from '../decision.js';
export { CoreError, StreamError } from '../errors.js';
export {
  type AdmissionCondition,
  CODES,
  type Code,
  LIMITS,
  type NamedShape,
  type Purpose,
  RESERVED,
} from '../generated/spec.js';
export type * from '../manifest.js';
export { Admission, type AdmissionFacts } from './admission.js';
export { Authzen, type AuthzenBatch, type AuthzenQuestion, type AuthzenReply, type Permits } from './authzen.js';
export { type CanonicalTarget, type Compiled, Core } from './core.js';
export { EventStreamParser, type StreamEvent } from './event_stream.js';
export { IntegrityStrings, type IntegrityVerdict } from './integrity.js';
export { type LedgerClosed, type LedgerOpened, type LedgerReleased, SubscriptionLedger } from './ledger.js';
export { loadCore } from './load.js';
export { PolicyHandle, type Verdict } from './policy.js';
export { type EngineVerdict, Semver } from './semver.js';
