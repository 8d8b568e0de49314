import { isCode } from './errors.js';
import type { Code } from './generated/spec.js';
import { readProblem } from './wire.js';

/**
 * Refusals after which a call may be sent again. A HEAD response has no body: `UNSPECIFIED_STAMP` is a refusal of its stamp,
 * `UNSPECIFIED` one for an unknown reason. Null: no refusal, or none with a known code.
 */
export type Refusal = Code | 'UNSPECIFIED' | 'UNSPECIFIED_STAMP' | null;

const VERDICTS = ['x-allowlist-violation', 'x-plugin-quarantined', 'x-integrity-error'];

/**
 * Returns the code of a 403; null if it has none. A code about stamps counts only together with the server's own
 * header, which no upstream can send. The response to a HEAD has no body, so its headers tell whether it concerns the
 * stamp (`UNSPECIFIED_STAMP`); a HEAD with no verdict header is `UNSPECIFIED`.
 */
export async function refusalOf(response: Response, method: string): Promise<Refusal> {
  if (response.status !== 403) return null;
  const ofStamp = response.headers.get('x-stamp-violation') !== null;
  if (method !== 'HEAD') {
    const code = (await readProblem(response.clone()))?.code;
    return isCode(code) && (ofStamp || !code.startsWith('STAMP_')) ? code : null;
  }
  if (ofStamp) return 'UNSPECIFIED_STAMP';
  return VERDICTS.some((name) => response.headers.get(name) !== null) ? null : 'UNSPECIFIED';
}
