import { CoreError } from '../errors.js';
import { freeze } from './captured.js';
import type { Memory } from './memory.js';
import type { Bytes, TextApi } from './text_api.js';

/** How embind converts one type of an argument or an answer. */
export interface EmbindType {
  readonly name: string;
  readonly argPackAdvance: number;
  fromWireType(wire: number | undefined): unknown;
  toWireType(destructors: null, value: unknown): number;
  /** What gives an argument's memory back; null where it has none. */
  readonly destructorFunction: ((wire: number) => void) | null;
}

/** What embind's glue finds in `Module` (wasm/embind_library.js). */
export interface TextCalls {
  readonly textType: EmbindType;
  craftCall(name: string, types: readonly (EmbindType | null)[], invoker: Invoker, target: number): Call;
}

type Invoker = (target: number, ...wires: number[]) => number | undefined;
type Call = (a?: unknown, b?: unknown, c?: unknown) => unknown;

/** The most arguments that a call has. */
const MOST = 3;
/** In the place of an argument that a call has not: WebAssembly ignores what it is given too much. */
const NOTHING: EmbindType = freeze({
  name: '',
  argPackAdvance: 0,
  fromWireType: () => undefined,
  toWireType: () => 0,
  destructorFunction: null,
});

/**
 * The parts of embind that run at call time. Texts cross as bytes; arguments stand in variables, where embind's own
 * glue has lists, and the invoker is called without `apply`. Whatever goes wrong in a call is a `CoreError`
 * (SDK_CORE_FAILED): an argument of the wrong type, a type that embind does not know, a core that gave up.
 */
export function textCalls(memory: Memory): TextCalls & { finish(): TextApi } {
  const api: Record<string, Call> = {};
  const textType: EmbindType = freeze({
    name: 'std::string',
    argPackAdvance: 8,
    fromWireType: (wire: number) => memory.take(wire),
    toWireType: (_: null, bytes: unknown) => memory.give(bytes as Bytes),
    destructorFunction: (wire: number) => memory.free(wire),
  });
  return {
    textType,
    craftCall(name, [answer, , ...types], invoker, target) {
      if (types.length > MOST) throw new CoreError('SDK_CORE_FAILED', `the core's call ${name} has too many arguments`);
      const [a = NOTHING, b = NOTHING, c = NOTHING] = types as EmbindType[];
      const { fromWireType } = answer as EmbindType;
      const call: Call = (x, y, z) => {
        try {
          const p = a.toWireType(null, x);
          const q = b.toWireType(null, y);
          const r = c.toWireType(null, z);
          const wire = invoker(target, p, q, r);
          if (a.destructorFunction !== null) a.destructorFunction(p);
          if (b.destructorFunction !== null) b.destructorFunction(q);
          if (c.destructorFunction !== null) c.destructorFunction(r);
          return fromWireType(wire);
        } catch (cause) {
          throw new CoreError('SDK_CORE_FAILED', `the core's call ${name} failed`, { cause });
        }
      };
      api[name] = call;
      return call;
    },
    finish: () => freeze(api) as unknown as TextApi,
  };
}
