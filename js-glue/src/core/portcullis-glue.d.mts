/** embind's glue for the core, as emcc wrote it (wasm/CMakeLists.txt, scripts/glue.mjs). */
import type { GlueOptions } from './bindings.js';

export default function createGlue(options: GlueOptions): Promise<unknown>;
