/** The glue that Emscripten writes beside the compiled modules. */
import type { CoreModule, CoreModuleOptions } from './module.js';

export default function createPortcullisCore(options: CoreModuleOptions): Promise<CoreModule>;
