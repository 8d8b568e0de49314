// npm run bench:bff [-- throughput] [streams] [stamp] [floods] [heads] [--write] [--seconds=N] [--rounds=N]: the server beside nginx and
// haproxy, its streams beside a loop of bare sends, and calls with a stamp beside calls without; these three when none is named.
// `floods`: what a tenant waits for while another one floods; its section is in docs/reliability.md.
// `heads`: two readers of request heads in the same server; its section is in ADR 0016.
// --write renews its section of docs/benchmarks.md, with what was run.
import { join } from 'node:path';
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
await show('bench: the server beside its peers', process.execPath, [
  join(root, 'bench', 'bff', 'run.mjs'),
  ...process.argv.slice(2),
]);
