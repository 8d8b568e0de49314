// npm run -s bff -- ARGS: runs the native binary, and builds it first if it does not exist.
import { spawn } from 'node:child_process';
import { bffBinary, buildNative, buildSpec } from './lib/builds.mjs';
import { setup } from './lib/setup.mjs';

if (!bffBinary()) {
  await setup(['base']);
  await buildSpec();
  await buildNative();
}
const child = spawn(bffBinary(), process.argv.slice(2), { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('close', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
