import { createHash } from 'node:crypto';
import type { Core } from '../core/index.js';
import { SigningError } from './signing_keys.js';
import { validateText } from './validate.js';

/** How every statement begins: nothing that begins so is signed as a bundle. */
const STATEMENT_HEAD = 'portcullis-manifest-v';

export function isStatement(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, STATEMENT_HEAD.length)).toString('latin1') === STATEMENT_HEAD;
}

/** What is signed for a manifest with this bundle; the core says it, for the server, too. */
export function statementOf(core: Core, manifestText: string, file: string, bundle: Uint8Array): Buffer {
  const hash = `sha256:${createHash('sha256').update(bundle).digest('hex')}`;
  // The text itself: what JSON.parse makes of it has other numbers and forgets a key that stands twice.
  const line = JSON.stringify({ op: 'manifest.statement', manifest: manifestText, bundle: hash });
  const { statement } = JSON.parse(core.console(line)) as { statement?: string | null };
  if (typeof statement === 'string') return Buffer.from(statement);
  const problems = validateText(core, manifestText)
    .filter(({ severity }) => severity === 'error')
    .map((problem) => `${file}:${problem.line}:${problem.column}: error ${problem.code}: ${problem.message}`);
  throw new SigningError([`${file} is no manifest that could be signed`, ...problems].join('\n'));
}
