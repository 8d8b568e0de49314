// What a page loads of `portcullis`, compressed as a server sends it, held against the budget: the entry bundled and
// minified (all of it: nothing shaken out) with what it imports at once, and the core. Fails when it is over. React's
// bindings are not in it, nor chunks that are imported when a plugin first uses them.
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/**
 * Bytes of brotli, everything together: module, glue and SDK (ADR 0008; docs/benchmarks.md has today's figure). Keeps
 * the page's part from growing unnoticed.
 */
export const BUDGET = 112_000;

/** Chunks that few pages load: what plugins rarely use, and the sharing of connections over HTTP/1.1. */
const EXPECTED_RARE = 2;

const dist = join(dirname(fileURLToPath(import.meta.url)), '../dist');
const total = (sizes) =>
  Object.fromEntries(['raw', 'gzip', 'brotli'].map((of) => [of, sizes.reduce((all, size) => all + size[of], 0)]));
const sizeOf = (content) => ({
  raw: content.length,
  gzip: gzipSync(content, { level: 9 }).length,
  brotli: brotliCompressSync(content, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22 },
  }).length,
});

/**
 * In bytes. `loaded`: what every page loads; `glue`: embind's, which is in the SDK's JavaScript; `rare`: chunks that
 * are loaded when something in them is first used; `instead`: where WebAssembly is refused.
 * @returns {Promise<{loaded: Record<string, Size>, glue: Size, rare: Size, instead: Size}>}
 */
export async function measureSize() {
  const { outputFiles, metafile } = await build({
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
    metafile: true,
    absWorkingDir: dist,
  });
  // The entry and what it imports at once; the rest is imported when it is wanted.
  const first = new Set();
  const walk = (name) => {
    if (first.has(name)) return;
    first.add(name);
    for (const { path, kind } of metafile.outputs[name].imports) if (kind === 'import-statement') walk(path);
  };
  walk('index.js');
  const files = outputFiles.map(({ path, contents }) => ({ name: relative(dist, path), contents }));
  const later = files.filter(({ name }) => !first.has(name));
  const translation = later.filter(({ name }) => name.startsWith('portcullis-js'));
  const rare = later.filter(({ name }) => !name.startsWith('portcullis-js'));
  // Each has to stay a chunk that is loaded when it is wanted, alone.
  if (
    translation.length !== 1 ||
    rare.length !== EXPECTED_RARE ||
    !rare.every(({ name }) => /^(plugin_rare|stream_slots)/.test(name))
  ) {
    throw new Error(`not what a page is to load: ${files.map(({ name }) => name).join(', ')}`);
  }
  const loaded = {
    'the SDK (JavaScript)': total(files.filter(({ name }) => first.has(name)).map(({ contents }) => sizeOf(contents))),
    'portcullis.wasm': sizeOf(readFileSync(join(dist, 'core/portcullis.wasm'))),
  };
  loaded.together = total(Object.values(loaded));
  return {
    loaded,
    glue: sizeOf(readFileSync(join(dist, 'core/portcullis-glue.mjs'))),
    rare: total(rare.map(({ contents }) => sizeOf(contents))),
    instead: sizeOf(translation[0].contents),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { loaded, glue, rare, instead } = await measureSize();
  const cells = (values) => values.map((value) => value.toLocaleString('en').padStart(10)).join(' ');
  console.log(`${''.padEnd(44)} ${cells(['raw', 'gzip', 'brotli'])}`);
  for (const [name, { raw, gzip, brotli }] of Object.entries({
    ...loaded,
    'in the SDK: glue of embind': glue,
    'only what is first used later': rare,
    'only where WebAssembly is refused': instead,
  })) {
    console.log(`${name.padEnd(44)} ${cells([raw, gzip, brotli])}`);
  }
  if (loaded.together.brotli > BUDGET) {
    console.error(`${loaded.together.brotli} bytes of brotli are over the budget of ${BUDGET}.`);
    process.exit(1);
  }
}
