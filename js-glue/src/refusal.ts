import { isCode } from './errors.js';
import type { Code } from './generated/spec.js';
import { readProblem } from './wire.js';

/** Refusals that a call may get over, and why. */
export type Refusal = Code | 'UNTOLD' | 'UNTOLD_STAMP' | null;

const VERDICTS = ['x-allowlist-violation', 'x-plugin-quarantined', 'x-integrity-error'];

/**
 * The code of a 403; null when it has none. What is said of the stamp is the server's own word only with its header,
 * which no upstream can send. The answer to a HEAD has no body to say it: its headers tell whether it is about the stamp
 * (`UNTOLD_STAMP`), and what is no other verdict either is `UNTOLD`.
 */
export async function refusalOf(response: Response, method: string): Promise<Refusal> {
  if (response.status !== 403) return null;
  const ofStamp = response.headers.get('x-stamp-violation') !== null;
  if (method !== 'HEAD') {
    const code = (await readProblem(response.clone()))?.code;
    return isCode(code) && (ofStamp || !code.startsWith('STAMP_')) ? code : null;
  }
  if (ofStamp) return 'UNTOLD_STAMP';
  return VERDICTS.some((name) => response.headers.get(name) !== null) ? null : 'UNTOLD';
}
