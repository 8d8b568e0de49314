// npm run bench: everything once, beside its peers; writes docs/benchmarks.md and its pictures.
//   node bench/run.mjs NATIVE.json [--write]   NATIVE.json: Google Benchmark's output
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { measureSize } from '../js-glue/scripts/size.mjs';
import { openCore, WASM } from './core.mjs';
import { benchDecide, compileOurs, manifestsOf } from './decide.mjs';
import { measureLevels } from './levels.mjs';
import { CONTENDERS } from './loading.mjs';
import { median } from './measure.mjs';
import { writePage } from './page.mjs';
import { benchPolicies } from './policies.mjs';
import { benchEventStream, benchManifests, benchSemver } from './text.mjs';

const say = (text) => process.stderr.write(`${text}\n`);
const { core, module } = await openCore();
const native = Object.fromEntries(
  // The coefficient of variation of zeros is written as NaN, which is not valid JSON.
  JSON.parse(readFileSync(process.argv[2], 'utf8').replace(/\bNaN\b/g, 'null'))
    .benchmarks.filter((each) => each.aggregate_name === 'median')
    .map((each) => [each.run_name, each]),
);
const results = { decide: {}, load: {}, native };

for (const plugins of [1, 100, 10000]) {
  for (const normalised of [true, false]) {
    say(`decisions: ${plugins} plugins, paths ${normalised ? 'canonical' : 'to be normalised'}`);
    results.decide[`${plugins} ${normalised ? 'canonical' : 'to be normalised'}`] = benchDecide(
      core,
      module,
      plugins,
      normalised,
    );
  }
}
say('semver');
results.semver = benchSemver(core);
say('event streams');
results.eventStream = benchEventStream(core);
say('manifests');
results.manifests = benchManifests(core, 1000);
say('policy engines');
const policies = compileOurs(core, manifestsOf(10));
results.policies = await benchPolicies(policies, 10);
for (const policy of policies) policy.free();

say('compiling the rules of 10,000 plugins');
for (const name of CONTENDERS) {
  const loading = fileURLToPath(new URL('./loading.mjs', import.meta.url));
  const rounds = Array.from({ length: 3 }, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', loading, name, '10000'], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout);
  });
  results.load[name] = { ms: median(rounds.map(({ ms }) => ms)), bytes: median(rounds.map(({ bytes }) => bytes)) };
}

say('size and start');
const bytes = readFileSync(WASM);
const starts = [];
for (let round = 0; round < 15; round += 1) {
  const started = performance.now();
  const opened = await openCore(bytes);
  opened.core.semver.valid('1.2.3');
  starts.push(performance.now() - started);
}
results.start = { ms: median(starts) };
results.size = await measureSize();
const write = process.argv.includes('--write');
if (write) say('what the levels of optimisation cost (minutes)');
results.levels = write ? await measureLevels() : [];

process.stdout.write(writePage(results, { write }));
