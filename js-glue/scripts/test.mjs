// Compiles test/ into build/ and runs it with node:test. Arguments are passed on to node, for
// example `--test-name-pattern=evict`.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
const run = (...args) => spawnSync(process.execPath, args, { stdio: 'inherit', cwd: root }).status ?? 1;

const out = join(root, 'build');
rmSync(out, { recursive: true, force: true });
if (run(tsc, '-p', 'tsconfig.test.json') !== 0) process.exit(1);
const files = readdirSync(out)
  .filter((file) => file.endsWith('.test.js'))
  .map((file) => join(out, file));
process.exit(run('--test', '--test-reporter=spec', ...process.argv.slice(2), ...files));
