// Compiles the package: TypeScript into dist/, and the core's translation to JavaScript beside it. The core itself
// (dist/core/portcullis.wasm) and embind's glue (portcullis-glue.mjs) are written there by the CMake preset `wasm`.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { translate } from './translate.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');

const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.json')], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
const wasm = join(root, 'dist/core/portcullis.wasm');
if (!existsSync(wasm)) {
  console.error('js-glue/dist/core/portcullis.wasm is not there yet: build the CMake preset `wasm`');
  process.exit(1);
}
translate(wasm, join(root, 'dist/core/portcullis-js.mjs'));
for (const name of ['portcullis-glue.d.mts', 'portcullis-js.d.mts']) {
  copyFileSync(join(root, 'src/core', name), join(root, 'dist/core', name));
}
