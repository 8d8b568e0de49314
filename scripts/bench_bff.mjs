// npm run bench:bff [-- throughput] [streams] [stamp] [floods] [heads] [--write] [--seconds=N] [--rounds=N]: the
// server compared with nginx, haproxy and two Node BFFs, its streams with a loop of plain sends, and stamped calls with
// unstamped ones; these three by default. `heads`: two parsers of request heads in the same server; its section is in
// ADR 0016. `floods`: a tenant's latency while another one floods; its section is in docs/reliability.md.
// --write updates the section of docs/benchmarks.md for what was run.
import { join } from 'node:path';
import { benchPeers } from './lib/bench_peers.mjs';
import { buildNative, buildSdk, buildSpec, cmakeBuild } from './lib/builds.mjs';
import { root, show } from './lib/run.mjs';
import { setup } from './lib/setup.mjs';

await setup(['base', 'test', 'bench']);
await buildSpec();
await buildNative();
await cmakeBuild('bench', ['stream_clients', 'send_loop', 'beast_streams']);
if (process.argv.includes('heads')) {
  await cmakeBuild('release', ['bff_plain_heads']);
  await cmakeBuild('bench', ['request_heads_beast', 'request_heads_plain']);
}
await cmakeBuild('wasm', ['portcullis_wasm']);
await buildSdk(); // its portcullis/playwright starts the server
await benchPeers();
await show('bench: the server beside its peers', process.execPath, [
  join(root, 'bench', 'bff', 'run.mjs'),
  ...process.argv.slice(2),
]);
