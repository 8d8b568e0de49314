import { createHash } from 'node:crypto';
import type { Core } from '../core/index.js';
import { SigningError } from './signing_keys.js';
import { validateText } from './validate.js';

/** The prefix of every statement. A file that starts with it is never signed as a bundle. */
const STATEMENT_HEAD = 'portcullis-manifest-v';

export function isStatement(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, STATEMENT_HEAD.length)).toString('latin1') === STATEMENT_HEAD;
}

/** Returns the text that is signed for a manifest with this bundle. The core builds it, for the server too. */
export function statementOf(core: Core, manifestText: string, file: string, bundle: Uint8Array): Buffer {
  const hash = `sha256:${createHash('sha256').update(bundle).digest('hex')}`;
  // Passes the original text: JSON.parse would change numbers and drop duplicate keys.
  const line = JSON.stringify({ op: 'manifest.statement', manifest: manifestText, bundle: hash });
  const { statement } = JSON.parse(core.console(line)) as { statement?: string | null };
  if (typeof statement === 'string') return Buffer.from(statement);
  const problems = validateText(core, manifestText)
    .filter(({ severity }) => severity === 'error')
    .map((problem) => `${file}:${problem.line}:${problem.column}: error ${problem.code}: ${problem.message}`);
  throw new SigningError([`${file} is not a valid manifest, so it cannot be signed`, ...problems].join('\n'));
}
