import { readFileSync } from 'node:fs';

/** A file that a person wrote and that is no text here. `code` is a system error's name for callers that print errors. */
export class TextFileError extends Error {
  readonly code: 'TEXT_IS_UTF16' | 'TEXT_IS_NOT_UTF8';
  /** Without the file's name. */
  readonly reason: string;

  constructor(file: string, code: TextFileError['code'], reason: string) {
    super(`${file} ${reason}`);
    this.name = 'TextFileError';
    this.code = code;
    this.reason = reason;
  }
}

/** The text of a file in UTF-8, without the byte order mark that Windows editors write; as the server reads its files. */
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
