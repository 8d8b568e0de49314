// The core with its internal module, which the package does not export: to measure a single export, and the start.
import { readFileSync } from 'node:fs';
import { bindCore } from '../js-glue/dist/core/bindings.js';
import { Core } from '../js-glue/dist/core/core.js';

export const WASM = new URL('../js-glue/dist/core/portcullis.wasm', import.meta.url);

export async function openCore(bytes = readFileSync(WASM)) {
  const module = await bindCore(async (imports) => (await WebAssembly.instantiate(bytes, imports)).instance.exports);
  return { core: new Core(module), module };
}
