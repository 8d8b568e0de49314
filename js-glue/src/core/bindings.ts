import { decoder } from '../primitives.js';
import type { CoreModule } from './module.js';

/** What a compiled core exports, WebAssembly or its translation: functions over numbers, and its memory. */
export interface CoreExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly _initialize: () => void;
  readonly call_input: (index: number, bytes: number) => number;
  readonly call_output: () => number;
  readonly call_output_bytes: () => number;
  readonly [name: string]: unknown;
}

type Call = (...numbers: number[]) => number | undefined;

/**
 * The core's exports as functions over texts and numbers: `call_ledger_new` becomes `ledgerNew`,
 * `pc_check` is `_pc_check` as it stands. wasm/bindings.cpp says how texts go in and come out.
 */
export function bindCore(core: CoreExports): CoreModule {
  core._initialize();
  let heap = new Uint8Array(core.memory.buffer);
  const bytes = (): Uint8Array => {
    if (heap.buffer !== core.memory.buffer) heap = new Uint8Array(core.memory.buffer);
    return heap;
  };
  const callOf =
    (call: Call) =>
    (...args: (Uint8Array | number | boolean)[]): string | number => {
      const numbers: number[] = [];
      let inputs = 0;
      for (const arg of args) {
        if (typeof arg !== 'object') numbers.push(Number(arg));
        else {
          // Asking for room may grow the memory, so the view is taken after it.
          const at = core.call_input(inputs++, arg.length);
          bytes().set(arg, at);
        }
      }
      const answer = call(...numbers);
      if (answer !== undefined) return answer;
      const at = core.call_output();
      return decoder.decode(bytes().subarray(at, at + core.call_output_bytes()));
    };
  const module: Record<string, unknown> = {};
  Object.defineProperty(module, 'HEAPU8', { get: bytes });
  for (const [name, value] of Object.entries(core)) {
    if (name.startsWith('pc_')) module[`_${name}`] = value;
    if (name.startsWith('call_')) {
      const own = name.slice(5).replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
      module[own] = callOf(value as Call);
    }
  }
  return module as unknown as CoreModule;
}
