// npm run fuzz -- SECONDS: runs each libFuzzer target of core and server for that long. npm test uses a fixed number
// of runs instead.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSpec, cmakeBuild } from './lib/builds.mjs';
import { buildDir, fail, root, step } from './lib/run.mjs';
import { setup } from './lib/setup.mjs';

const folders = [join(root, 'core', 'fuzz'), join(root, 'native-host', 'fuzz')];

/** @param {{runs?: number, seconds?: number}} how */
export async function fuzz({ runs, seconds }) {
  const fuzzers = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('_fuzz.cpp'))
      .map((name) => ({ folder, stem: name.slice(0, -'_fuzz.cpp'.length) })),
  );
  await cmakeBuild(
    'fuzz',
    fuzzers.map(({ stem }) => `${stem}_fuzz`),
  );
  for (const { folder, stem } of fuzzers) {
    const found = join(buildDir, 'fuzz', 'corpus', stem);
    const seeds = join(folder, 'corpus', stem);
    const artifacts = join(buildDir, 'fuzz', 'artifacts', stem);
    mkdirSync(found, { recursive: true });
    mkdirSync(artifacts, { recursive: true });
    const dictionary = join(folder, `${stem}.dict`);
    const args = [
      found,
      ...(existsSync(seeds) ? [seeds] : []),
      ...(existsSync(dictionary) ? [`-dict=${dictionary}`] : []),
      `-artifact_prefix=${artifacts}/`,
      '-rss_limit_mb=2048',
      '-timeout=10',
      '-print_final_stats=1',
      // A fixed seed for the short run: the same inputs on every machine, so that failures are reproducible.
      ...(seconds ? [`-max_total_time=${seconds}`] : [`-runs=${runs}`, '-seed=1']),
    ];
    await step(
      `fuzz ${stem} (${seconds ? `${seconds} s` : `${runs} runs`})`,
      join(buildDir, 'fuzz', relative(root, folder).replace(/^core.fuzz$/, 'core'), `${stem}_fuzz`),
      args,
    );
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const seconds = Number(process.argv[2] ?? 60);
  if (!Number.isInteger(seconds) || seconds < 1) fail('usage: npm run fuzz -- SECONDS', 2);
  await setup(['base', 'test']);
  await buildSpec();
  await fuzz({ seconds });
}
