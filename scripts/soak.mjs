// npm run soak [-- MINUTES] [--seed N] [--write]: the real server under mixed load while it is reloaded, quarantines
// plugins and loses its upstream; fails on a wrong response or growing RSS. Ends by itself, after 10 minutes by
// default. The summary is in build/soak/. --write updates docs/soak.svg and the figures in docs/reliability.md.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildNative, buildSdk, buildSpec, cmakeBuild } from './lib/builds.mjs';
import { buildDir, fail, root, say } from './lib/run.mjs';
import { setup } from './lib/setup.mjs';

const USAGE = 'usage: npm run soak -- [MINUTES] [--seed N] [--write]';
const MOST_MINUTES = 24 * 60;

function options() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { seed: { type: 'string', default: '1' }, write: { type: 'boolean', default: false } },
    });
    const minutes = Number(positionals[0] ?? 10);
    const seed = Number(values.seed);
    if (positionals.length > 1 || !(minutes > 0 && minutes <= MOST_MINUTES) || !Number.isInteger(seed)) fail(USAGE, 2);
    return { seconds: minutes * 60, seed, write: values.write };
  } catch (error) {
    fail(`${error.message}\n${USAGE}`, 2);
  }
}

const { seconds, seed, write } = options();
await setup(['base']);
await buildSpec();
await buildNative();
await cmakeBuild('wasm', ['portcullis_wasm']);
await buildSdk();

// Imported only now, because both need the build's output.
const { soak } = await import('../e2e/soak/driver.mjs');
const { facts, failures, memoryCurve, renewed, table } = await import('../e2e/soak/report.mjs');

let interrupted = false;
process.once('SIGINT', () => (interrupted = true));
say(`soaking for ${seconds} s with seed ${seed}`);
const summary = await soak({ seconds, seed, progress: say, stopped: () => interrupted });
const folder = join(buildDir, 'soak');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'summary.json'), `${JSON.stringify(summary, null, 1)}\n`);
writeFileSync(join(folder, 'memory.svg'), memoryCurve(summary));

console.log(`\n${table(summary)}\n\n${facts(summary).join('\n')}\n`);
for (const wrong of summary.wrong.slice(0, 5)) say(JSON.stringify(wrong));
if (interrupted) fail('interrupted: nothing is judged');
const why = failures(summary);
if (why.length > 0) fail(`the soak failed: ${why.join('; ')} (build/soak/summary.json)`);
if (write) {
  const path = join(root, 'docs', 'reliability.md');
  const machine = `${cpus()[0].model.trim()}, ${availableParallelism()} cores for the server, the load and the upstreams together, Node ${process.versions.node}.`;
  writeFileSync(join(root, 'docs', 'soak.svg'), memoryCurve(summary));
  writeFileSync(path, renewed(readFileSync(path, 'utf8'), summary, machine));
}
say('the soak passed: no wrong answer, nothing left over, RSS grew by less than 5 %');
