// Makes dist/core/portcullis-glue.mjs of what emcc wrote: embind's registrations, minified, closed off from the page.
//
//   node glue.mjs IN OUT
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

/**
 * Hides what the glue must not use: load.ts instantiates the module, or its translation where there is no WebAssembly
 * at all. Emscripten's own way to fetch and compile it is never taken, and falls away where esbuild sees that.
 */
const ABSENT = ['document', 'fetch', 'XMLHttpRequest', 'process', 'require', 'self', 'window'];

export function makeGlue(source) {
  const { code } = transformSync(`const WebAssembly = { RuntimeError: Error };\n${source}`, {
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    define: Object.fromEntries(ABSENT.map((name) => [name, 'undefined'])),
  });
  const found = /\beval\b|\bFunction\(|\bimport\b/.exec(code);
  if (found) throw new Error(`the glue has \`${found[0]}\`: it is to evaluate and import nothing`);
  return code;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , from, to] = process.argv;
  writeFileSync(to, makeGlue(readFileSync(from, 'utf8')));
}
