import { readFile } from 'node:fs/promises';

/** The module's code under Node: read from beside this file. */
export async function compileWasm(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(new URL('./portcullis.wasm', import.meta.url)));
}
