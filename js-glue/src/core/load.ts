import { compileWasm } from '#wasm-source';
import { CoreError } from '../errors.js';
import { Core } from './core.js';
import type { CoreModule } from './module.js';

let shared: Promise<Core> | null = null;

/**
 * Loads the core: WebAssembly, compiled while it streams in a page, read from disk under Node. One
 * core per realm, however often it is called; a load that failed is tried again by the next call.
 * Under a Content-Security-Policy it needs `script-src 'wasm-unsafe-eval'` and `connect-src 'self'`,
 * and nothing else: no `unsafe-eval`, no worker. Rejects with a `CoreError` (SDK_CORE_FAILED).
 */
export function loadCore(): Promise<Core> {
  shared ??= load().catch((cause: unknown) => {
    shared = null;
    throw new CoreError('SDK_CORE_FAILED', 'the WebAssembly core could not be loaded', { cause });
  });
  return shared;
}

async function load(): Promise<Core> {
  const [{ default: create }, compiled] = await Promise.all([import('./portcullis-core.mjs'), compileWasm()]);
  return new Core(
    await new Promise<CoreModule>((resolve, reject) => {
      create({
        instantiateWasm(imports, done) {
          // The glue has no way to hear that this failed; without the reject it would wait for ever.
          WebAssembly.instantiate(compiled, imports).then(done).catch(reject);
          return {};
        },
        printErr: () => {},
        onAbort: (reason) => reject(new Error(String(reason))),
      }).then(resolve, reject);
    }),
  );
}
