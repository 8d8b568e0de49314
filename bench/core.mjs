// The core with its module, which the package keeps to itself: to measure a bare export, and the start.
import { readFileSync } from 'node:fs';
import { Core } from '../js-glue/dist/core/core.js';
import { Memory } from '../js-glue/dist/core/memory.js';
import create from '../js-glue/dist/core/portcullis-core.mjs';

export const WASM = new URL('../js-glue/dist/core/portcullis.wasm', import.meta.url);

export async function openCore(bytes = readFileSync(WASM)) {
  const raw = await new Promise((resolve, reject) => {
    create({
      instantiateWasm(imports, done) {
        WebAssembly.instantiate(bytes, imports).then(({ instance }) => done(instance), reject);
        return {};
      },
      onAbort: reject,
    }).then(resolve, reject);
  });
  return { core: new Core(raw), raw, memory: new Memory(raw) };
}
