import { compileWasm } from '#wasm-source';
import { CoreError } from '../errors.js';
import { bindCore } from './bindings.js';
import { Core } from './core.js';
import type { CoreExports } from './fast_api.js';

let shared: Promise<Core> | null = null;

/**
 * Loads the core: WebAssembly, compiled while it streams in a page, read from disk under Node. One
 * core per realm, however often it is called; a load that failed is tried again by the next call.
 * Under a Content-Security-Policy it wants `script-src 'wasm-unsafe-eval'` and `connect-src 'self'`,
 * and nothing else: no `unsafe-eval`, no worker. Where WebAssembly is refused, the same module
 * translated to JavaScript is imported in its place: the same answers, a larger download, slower.
 * Rejects with a `CoreError` (SDK_CORE_FAILED).
 */
export function loadCore(): Promise<Core> {
  shared ??= load().catch((cause: unknown) => {
    shared = null;
    throw new CoreError('SDK_CORE_FAILED', 'the core could not be loaded', { cause });
  });
  return shared;
}

async function load(): Promise<Core> {
  if (await wasmIsAllowed()) return new Core(await bindCore(instantiateWasm));
  const { default: instantiate } = await import('./portcullis-js.mjs');
  return new Core(await bindCore(instantiate));
}

/** The smallest module there is: its header. */
const EMPTY = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

/**
 * Asked with a module that cannot be wrong, so that a .wasm that arrives broken stays an error, and
 * before the download, which would be for nothing. A policy refuses by a CompileError, WebKit's
 * lockdown mode by having no WebAssembly at all.
 */
async function wasmIsAllowed(): Promise<boolean> {
  try {
    await WebAssembly.compile(EMPTY);
    return true;
  } catch {
    return false;
  }
}

async function instantiateWasm(imports: WebAssembly.Imports): Promise<CoreExports> {
  const { exports } = await WebAssembly.instantiate(await compileWasm(), imports);
  return exports as unknown as CoreExports;
}
