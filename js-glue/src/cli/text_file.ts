import { readFileSync } from 'node:fs';

/** A text file that is not UTF-8. `code` has the form of a system error's, for callers that print errors. */
export class TextFileError extends Error {
  readonly code: 'TEXT_IS_UTF16' | 'TEXT_IS_NOT_UTF8';
  /** The message without the file's name. */
  readonly reason: string;

  constructor(file: string, code: TextFileError['code'], reason: string) {
    super(`${file} ${reason}`);
    this.name = 'TextFileError';
    this.code = code;
    this.reason = reason;
  }
}

/** Reads a UTF-8 text file without its byte order mark (Windows editors write one), as the server reads its files. */
export function readText(file: string): string {
  const bytes = readFileSync(file);
  const [first, second] = bytes;
  const marked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (marked || (bytes.length > 1 && (first === 0) !== (second === 0))) {
    throw new TextFileError(file, 'TEXT_IS_UTF16', "is UTF-16, as PowerShell's > writes it; save it as UTF-8");
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new TextFileError(file, 'TEXT_IS_NOT_UTF8', 'is not valid UTF-8; save it as UTF-8');
  }
}
