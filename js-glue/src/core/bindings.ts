import type { CoreExports } from './fast_api.js';
import type { CoreModule } from './internals.js';
import { Memory } from './memory.js';
import createGlue from './portcullis-glue.mjs';
import { type TextCalls, textCalls } from './text_calls.js';

/** Makes an instance of the core, with what embind's registrations are for its imports. */
export type Instantiate = (imports: WebAssembly.Imports) => CoreExports | Promise<CoreExports>;

/** What embind's glue is given; it keeps its own state in the same object, which nobody else gets to see. */
export interface GlueOptions extends TextCalls {
  /** Emscripten's hook: `receive` runs the core's constructors, and with them embind's registrations. */
  instantiateWasm(imports: WebAssembly.Imports, receive: (instance: { exports: CoreExports }) => void): object;
}

/** An instance of the core, its constructors run. Rejects with whatever went wrong on the way. */
export function bindCore(instantiate: Instantiate): Promise<CoreModule> {
  return new Promise((resolve, reject) => {
    const options: Partial<GlueOptions> = {
      instantiateWasm(imports, receive) {
        const received = (exports: CoreExports): void => {
          const memory = new Memory(exports);
          const calls = textCalls(memory);
          Object.assign(options, calls);
          receive({ exports });
          resolve(Object.freeze({ text: calls.finish(), fast: exports, memory }));
        };
        Promise.resolve(instantiate(imports)).then(received).catch(reject);
        return {};
      },
    };
    // Its own promise says less, and earlier: what it is for is done when `receive` returns.
    createGlue(options as GlueOptions).catch(reject);
  });
}
