// What a page loads of `portcullis`, compressed as a server sends it, held against the budget: the entry bundled and
// minified (all of it: nothing shaken out) and the core. Fails when it is over. React's bindings are not in it.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'esbuild';

const BUDGET = 100_000;

const dist = join(dirname(fileURLToPath(import.meta.url)), '../dist');
const sizeOf = (content) => ({
  raw: content.length,
  brotli: brotliCompressSync(content, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22 },
  }).length,
});

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
const total = Object.values(loaded).reduce((sum, { raw, brotli }) => ({
  raw: sum.raw + raw,
  brotli: sum.brotli + brotli,
}));
const row = (name, { raw, brotli }) =>
  `${name.padEnd(44)} ${raw.toLocaleString('en').padStart(10)} ${brotli.toLocaleString('en').padStart(10)}`;
console.log(`${''.padEnd(44)} ${'raw'.padStart(10)} ${'brotli'.padStart(10)}`);
for (const [name, size] of Object.entries(loaded)) console.log(row(name, size));
console.log(row('together', total));
console.log(row('only where WebAssembly is refused', sizeOf(chunks[0].contents)));
if (total.brotli > BUDGET) {
  console.error(`${total.brotli} bytes are over the budget of ${BUDGET}.`);
  process.exit(1);
}
