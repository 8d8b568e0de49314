// Translates dist/core/portcullis.wasm to JavaScript (Binaryen's wasm2js) for pages whose policy refuses
// WebAssembly: dist/core/portcullis-js.mjs. The very module that everyone else runs, so the same rules; no eval.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from 'esbuild';

/** Some thousand plugins. The core traps when it has no more, as WebAssembly does at its own limit. */
const MEMORY_BYTES = 64 * 1024 * 1024;

/** Replaces what must be there exactly once: wasm2js is not made to be built upon. */
function replaceOnce(text, pattern, replacement) {
  const found = text.split(pattern).length - 1;
  if (found !== 1) throw new Error(`wasm2js wrote ${JSON.stringify(pattern)} ${found} times, not once`);
  return text.replace(pattern, () => replacement);
}

export function translate(wasmFile, outFile) {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(wasmFile)));
  const others = imports.filter(({ module, name }) => module !== 'env' || !name.startsWith('_embind_register_'));
  if (others.length > 0)
    throw new Error(`portcullis.wasm imports ${JSON.stringify(others)}; it is to need embind only`);
  const work = mkdtempSync(join(tmpdir(), 'portcullis-'));
  try {
    const raw = join(work, 'raw.mjs');
    const { status, stderr, error } = spawnSync('wasm2js', [wasmFile, '-O2', '-o', raw], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`wasm2js failed: ${error?.message ?? stderr}`);
    let source = readFileSync(raw, 'utf8');
    const tail = source.indexOf('\nvar retasmFunc = ');
    if (tail < 0) throw new Error('wasm2js wrote no retasmFunc');
    // embind's registrations come as arguments, as a module's imports would.
    source = source.slice(0, tail).replace(/^import .* from 'env';\n/gm, '');
    // All its memory from the start (pages that nobody touches cost nothing): where it grows, wasm2js makes new
    // views, and `HEAP32[call() >> 2]` still reads the old ones if the call was what grew it.
    source = replaceOnce(source, 'new ArrayBuffer(2097152)', `new ArrayBuffer(${MEMORY_BYTES})`);
    source = replaceOnce(source, '(oldPages < newPages) && (newPages < 65536)', 'false');
    source = replaceOnce(source, 'return buffer.byteLength / 65536 | 0', `return ${MEMORY_BYTES / 65536}`);
    source = replaceOnce(source, '  return oldPages;\n', '  return pagesToAdd ? -1 : oldPages;\n');
    source += `
      export default ({ env }) => {
        const imports = { ...env, abort() { throw new Error('unreachable'); } };
        return Object.freeze(asmFunc({ ...imports, env: imports }));
      };
    `;
    const { code } = transformSync(source, { minify: true, format: 'esm', target: 'es2022', legalComments: 'none' });
    if (/\beval\b|\bFunction\(|\bimport\b/.test(code)) throw new Error('the translation evaluates or imports code');
    writeFileSync(outFile, code);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
