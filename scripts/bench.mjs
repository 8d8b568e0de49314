// npm run bench [-- --write]: the core's speed compared with its peers, natively and from JavaScript. --write updates
// docs/benchmarks.md. Only the benchmarks install the peers.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { benchPeers } from './lib/bench_peers.mjs';
import { buildDemo, buildNative, buildSdk, buildSpec, cmakeBuild } from './lib/builds.mjs';
import { buildDir, root, show, step } from './lib/run.mjs';
import { setup } from './lib/setup.mjs';

const folder = join(root, 'bench');
const native = join(buildDir, 'bench', 'native.json');

await setup(['base', 'test', 'bench']);
await buildSpec();
await cmakeBuild('bench', ['core_benchmarks']);
await cmakeBuild('wasm', ['portcullis_wasm']);
await buildSdk();
await buildNative();
await buildDemo();
await benchPeers();
mkdirSync(join(buildDir, 'bench'), { recursive: true });
await step('bench: native', join(buildDir, 'bench', 'core', 'core_benchmarks'), [
  '--benchmark_repetitions=7',
  '--benchmark_enable_random_interleaving=true',
  '--benchmark_report_aggregates_only=true',
  `--benchmark_out=${native}`,
  '--benchmark_out_format=json',
]);
await show('bench: from JavaScript, beside the peers', process.execPath, [
  join(folder, 'run.mjs'),
  native,
  ...process.argv.slice(2),
]);
await show('bench: from createHost to the first widget, in Chromium', process.execPath, [
  join(folder, 'first_widget.mjs'),
]);
await show('bench: the start of the core, in Node and in Chromium', process.execPath, [join(folder, 'start.mjs')]);
