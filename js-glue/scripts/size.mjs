// What a page loads of `portcullis`, compressed as a server sends it, compared with the budgets: the entry that the
// page's main realm evaluates, bundled and minified (nothing shaken out), the gate's worker, and the core. Fails if one
// is over. React's bindings are not counted, nor chunks that are imported when something in them is first used.
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** Bytes of brotli: what the page's main realm evaluates, and everything together (docs/benchmarks.md has the figures). */
export const BUDGETS = { page: 25_000, together: 125_000 };

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

/** Bundles one entry: the files it loads at once, and those that it imports when they are wanted. */
async function bundle(entry) {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(dist, entry)],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    outdir: dist,
    outbase: dist,
    write: false,
    metafile: true,
    absWorkingDir: dist,
  });
  const first = new Set();
  const walk = (name) => {
    if (first.has(name)) return;
    first.add(name);
    for (const { path, kind } of metafile.outputs[name].imports) if (kind === 'import-statement') walk(path);
  };
  walk(entry);
  const files = outputFiles.map(({ path, contents }) => ({ name: relative(dist, path), contents }));
  const part = (isFirst) => files.filter(({ name }) => first.has(name) === isFirst);
  return { now: part(true), later: part(false) };
}

/** Whether the later chunks are these, each alone. */
function assertChunks(entry, later, expected) {
  const names = later.map(({ name }) => name.replace(/^.*\//, ''));
  const unknown = names.filter((name) => !expected.some((stem) => name.startsWith(stem)) && !name.startsWith('chunk-'));
  const missing = expected.filter((stem) => !names.some((name) => name.startsWith(stem)));
  if (unknown.length + missing.length > 0) {
    throw new Error(`not what ${entry} is to load: ${names.join(', ')} (missing: ${missing.join(', ') || 'none'})`);
  }
}

/**
 * In bytes. `loaded`: what every page loads; `glue`: embind's, which is in the worker; `rare`: chunks that are loaded
 * when something in them is first used; `fallback`: the gate where it runs in the page; `instead`: the core where
 * WebAssembly is refused.
 * @returns {Promise<{loaded: Record<string, Size>, glue: Size, rare: Size, fallback: Size, instead: Size}>}
 */
export async function measureSize() {
  const page = await bundle('index.js');
  const worker = await bundle('gate/worker.js');
  assertChunks('the page', page.later, ['engine', 'plugin_rare', 'portcullis-js', 'stream_slots']);
  assertChunks('the worker', worker.later, ['portcullis-js', 'stream_slots']);
  const sizes = (files) => total(files.map(({ contents }) => sizeOf(contents)));
  const named = (files, stem) => files.filter(({ name }) => name.replace(/^.*\//, '').startsWith(stem));
  const loaded = {
    "the page's main realm": sizes(page.now),
    "the gate's worker": sizes(worker.now),
    'portcullis.wasm': sizeOf(readFileSync(join(dist, 'core/portcullis.wasm'))),
  };
  loaded.together = total(Object.values(loaded));
  return {
    loaded,
    glue: sizeOf(readFileSync(join(dist, 'core/portcullis-glue.mjs'))),
    rare: sizes([...named(page.later, 'plugin_rare'), ...named(worker.later, 'stream_slots')]),
    fallback: sizes([...named(page.later, 'engine'), ...named(page.later, 'chunk-')]),
    instead: sizes(named(worker.later, 'portcullis-js')),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { loaded, glue, rare, fallback, instead } = await measureSize();
  const cells = (values) => values.map((value) => value.toLocaleString('en').padStart(10)).join(' ');
  console.log(`${''.padEnd(44)} ${cells(['raw', 'gzip', 'brotli'])}`);
  for (const [name, { raw, gzip, brotli }] of Object.entries({
    ...loaded,
    'in the worker: glue of embind': glue,
    'only what is first used later': rare,
    'only where the gate runs in the page': fallback,
    'only where WebAssembly is refused': instead,
  })) {
    console.log(`${name.padEnd(44)} ${cells([raw, gzip, brotli])}`);
  }
  for (const [name, budget] of [
    ["the page's main realm", BUDGETS.page],
    ['together', BUDGETS.together],
  ]) {
    if (loaded[name].brotli <= budget) continue;
    console.error(`${name}: ${loaded[name].brotli} bytes of brotli are over the budget of ${budget}.`);
    process.exitCode = 1;
  }
}
