// Compiles the package: TypeScript into dist/. The core (dist/core/portcullis.wasm and its glue) is
// written there by the CMake preset `wasm`.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');

const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.json')], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
for (const file of ['portcullis.wasm', 'portcullis-core.mjs']) {
  if (!existsSync(join(root, 'dist/core', file))) {
    console.error(`js-glue/dist/core/${file} is not there yet: build the CMake preset \`wasm\``);
    process.exit(1);
  }
}
