// npm run bench:bff [-- throughput] [streams] [stamp] [floods] [--write] [--seconds=N] [--rounds=N]: the server beside nginx and
// haproxy, its streams beside a loop of bare sends, and calls with a stamp beside calls without; these three when none is named.
// `floods`: what a tenant waits for while another one floods; its section is in docs/reliability.md.
// --write renews its section of docs/benchmarks.md, with what was run.
import { join } from 'node:path';
import { buildNative, buildSdk, buildSpec, cmakeBuild } from './lib/builds.mjs';
import { root, show } from './lib/run.mjs';
import { setup } from './lib/setup.mjs';

await setup(['base', 'test', 'bench']);
await buildSpec();
await buildNative();
await cmakeBuild('bench', ['stream_clients', 'send_loop', 'beast_streams']);
await cmakeBuild('wasm', ['portcullis_wasm']);
await buildSdk(); // its portcullis/playwright starts the server
await show('bench: the server beside its peers', process.execPath, [
  join(root, 'bench', 'bff', 'run.mjs'),
  ...process.argv.slice(2),
]);
