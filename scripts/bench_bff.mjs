// npm run bench:bff [-- throughput] [streams] [stamp] [floods] [--write] [--seconds=N] [--rounds=N]: the server
// compared with nginx and haproxy, its streams with a loop of plain sends, and stamped calls with unstamped ones; all
// three by default. `floods`: a tenant's latency while another one floods; its section is in docs/reliability.md.
// --write updates the section of docs/benchmarks.md for what was run.
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
