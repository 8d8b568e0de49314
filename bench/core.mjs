// The core with its module, which the package keeps to itself: to measure a bare export, and the start.
import { readFileSync } from 'node:fs';
import { bindCore } from '../js-glue/dist/core/bindings.js';
import { Core } from '../js-glue/dist/core/core.js';

export const WASM = new URL('../js-glue/dist/core/portcullis.wasm', import.meta.url);

export async function openCore(bytes = readFileSync(WASM)) {
  const module = await bindCore(async (imports) => (await WebAssembly.instantiate(bytes, imports)).instance.exports);
  return { core: new Core(module), module };
}
