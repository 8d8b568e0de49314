import type { Code } from '../generated/spec.js';
import { type CoreInternals, splitCode } from './internals.js';
import { utf8 } from './memory.js';

/** The hash as 64 lower-case hexadecimal digits, or why the text is none. */
export type IntegrityVerdict =
  | { readonly ok: true; readonly hex: string }
  | { readonly ok: false; readonly code: Code };

/** Bundle hashes as texts. It hashes nothing. */
export class IntegrityStrings {
  readonly #core: CoreInternals;

  constructor(core: CoreInternals) {
    this.#core = core;
  }

  /** `sha256:HEX` or one `sha256-BASE64`, as configuration may write it. */
  parse(value: string): IntegrityVerdict {
    return this.#read(this.#core.module.integrityParse(utf8(value)));
  }

  /** One `sha256-BASE64` only, as the wire carries it and every browser reads it. */
  parseWire(value: string): IntegrityVerdict {
    return this.#read(this.#core.module.integrityParseSri(utf8(value)));
  }

  #read(answer: string): IntegrityVerdict {
    const [code, hex] = splitCode(this.#core, answer);
    return code === 'ALLOWED' ? { ok: true, hex } : { ok: false, code };
  }
}
