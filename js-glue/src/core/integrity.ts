import type { Code } from '../generated/spec.js';
import { primitives } from '../primitives.js';
import { utf8 } from './captured.js';
import { type CoreInternals, codeOf } from './internals.js';

const { parse } = primitives;

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
    return this.#read(this.#core.text.integrityParse(utf8(value)));
  }

  /** One `sha256-BASE64` only, as the wire carries it and every browser reads it. */
  parseWire(value: string): IntegrityVerdict {
    return this.#read(this.#core.text.integrityParseSri(utf8(value)));
  }

  #read(answer: string): IntegrityVerdict {
    const parts = parse(answer) as [code: number, hex: string];
    const code = codeOf(this.#core, parts[0]);
    return code === 'ALLOWED' ? { ok: true, hex: parts[1] } : { ok: false, code };
  }
}
