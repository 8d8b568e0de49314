// npm run conformance [-- --write] [-- --count N]: the public suites on both hosts, each host against the other, and
// npm's semver against ours. --write updates docs/conformance.md. CONFORMANCE_DIR is the folder of the suites.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSdk, buildSpec, cmakeBuild } from './lib/builds.mjs';
import { buildDir, root, say, show } from './lib/run.mjs';
import { setup } from './lib/setup.mjs';

const tests = join(root, 'core', 'tests');
const native = [join(buildDir, 'release', 'native-host', 'portcullis-bff'), 'console'];
const wasm = [process.execPath, join(root, 'js-glue', 'bin', 'portcullis.mjs'), 'console'];

/** Requires both hosts to be built. @param {{count: number, seed?: number, write?: boolean}} how */
export async function conformance({ count, seed = 1, write = false }) {
  const folder = resolve(root, process.env.CONFORMANCE_DIR ?? '../shared/conformance');
  if (existsSync(folder)) {
    const page = write ? ['--write', join(root, 'docs', 'conformance.md')] : [];
    await show('public suites on both hosts', process.execPath, [
      join(tests, 'conformance', 'run.mjs'),
      folder,
      ...page,
      '--',
      ...native,
      '--',
      ...wasm,
    ]);
  } else {
    say('\n== public suites: skipped, CONFORMANCE_DIR (or ../shared/conformance) is not there');
  }
  const asked = ['--count', String(count), '--seed', String(seed)];
  await show(`native against WASM (${count} questions made from the vectors)`, process.execPath, [
    join(tests, 'differential', 'host_differential.mjs'),
    ...asked,
    '--',
    ...native,
    '--',
    ...wasm,
  ]);
  for (const [name, command] of [
    ['native', native],
    ['WASM', wasm],
  ]) {
    await show(`semver, ${name}, against the npm package (${count} questions)`, process.execPath, [
      join(tests, 'differential', 'semver_differential.mjs'),
      ...asked,
      '--',
      ...command,
    ]);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = (name) => {
    const at = process.argv.indexOf(name);
    return at < 0 ? undefined : Number(process.argv[at + 1]);
  };
  await setup(['base']);
  await buildSpec();
  await cmakeBuild('release', ['portcullis-bff']);
  await cmakeBuild('wasm', ['portcullis_wasm']);
  await buildSdk();
  await conformance({
    count: option('--count') ?? 100000,
    seed: option('--seed') ?? 1,
    write: process.argv.includes('--write'),
  });
}
