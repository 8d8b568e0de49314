// What a page loads of `portcullis`, compressed as a server sends it, held against the budget: the entry bundled and
// minified (all of it: nothing shaken out) and the core. Fails when it is over. React's bindings are not in it.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** Bytes of brotli, everything together. */
export const BUDGET = 100_000;

const dist = join(dirname(fileURLToPath(import.meta.url)), '../dist');
const sizeOf = (content) => ({
  raw: content.length,
  gzip: gzipSync(content, { level: 9 }).length,
  brotli: brotliCompressSync(content, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22 },
  }).length,
});

/** @returns {Promise<{loaded: Record<string, Size>, instead: Size}>} in bytes; `instead`: where WebAssembly is refused */
export async function measureSize() {
  const { outputFiles } = await build({
    entryPoints: [join(dist, 'index.js')],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    outdir: dist,
    write: false,
  });
  const entry = outputFiles.find(({ path }) => path.endsWith('/index.js'));
  const chunks = outputFiles.filter((file) => file !== entry);
  // The translation has to stay a chunk that is loaded when it is wanted, alone.
  if (chunks.length !== 1 || !chunks[0].path.includes('portcullis-js')) {
    throw new Error(`not what a page is to load: ${outputFiles.map(({ path }) => path).join(', ')}`);
  }
  const loaded = {
    'the SDK (JavaScript)': sizeOf(entry.contents),
    'portcullis.wasm': sizeOf(readFileSync(join(dist, 'core/portcullis.wasm'))),
  };
  const sum = (of) => Object.values(loaded).reduce((all, size) => all + of(size), 0);
  loaded.together = { raw: sum(({ raw }) => raw), gzip: sum(({ gzip }) => gzip), brotli: sum(({ brotli }) => brotli) };
  return { loaded, instead: sizeOf(chunks[0].contents) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { loaded, instead } = await measureSize();
  const cells = (values) => values.map((value) => value.toLocaleString('en').padStart(10)).join(' ');
  console.log(`${''.padEnd(44)} ${cells(['raw', 'gzip', 'brotli'])}`);
  for (const [name, { raw, gzip, brotli }] of Object.entries({
    ...loaded,
    'only where WebAssembly is refused': instead,
  })) {
    console.log(`${name.padEnd(44)} ${cells([raw, gzip, brotli])}`);
  }
  if (loaded.together.brotli > BUDGET) {
    console.error(`${loaded.together.brotli} bytes of brotli are over the budget of ${BUDGET}.`);
    process.exit(1);
  }
}
