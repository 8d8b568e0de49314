/** portcullis.wasm translated to JavaScript (scripts/translate.mjs). */
import type { CoreExports } from './fast_api.js';

/** A core of its own at each call, as an instance of the module would be. */
export default function instantiate(imports: WebAssembly.Imports): CoreExports;
