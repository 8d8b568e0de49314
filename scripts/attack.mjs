// npm run attack [-- PART...]: every attack (or those whose id has one of the parts) in Chromium against the real
// server, as a table: attack, tier, expected, seen. Exits 1 when one is not as expected.
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
