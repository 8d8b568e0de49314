// npm run attack [-- PART...]: runs every attack (or those whose id contains one of the parts) in Chromium against
// the real server and prints a table: attack, tier, expected, seen. Exits with 1 if a result is not as expected.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildAll } from './lib/builds.mjs';
import { root } from './lib/run.mjs';
import { setup } from './lib/setup.mjs';

await setup(['base', 'test']);
await buildAll();
const run = join(root, 'e2e', 'attack', 'run.mjs');
const { status } = spawnSync(process.execPath, [run, ...process.argv.slice(2)], { stdio: 'inherit', cwd: root });
process.exit(status ?? 1);
