// npm run demo [-- --port N --host H --state DIR]: builds what is missing, starts the BFF with the demo, prints the
// address and the demo users, and stays in the foreground.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { bffBinary, buildAll } from './lib/builds.mjs';
import { fail, root, say } from './lib/run.mjs';
import { setup } from './lib/setup.mjs';

function options() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string', default: '8080' },
        host: { type: 'string', default: 'localhost' },
        state: { type: 'string' },
        'metrics-port': { type: 'string', default: '0' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    fail(`${error.message}\nusage: npm run demo -- [--port N] [--host H] [--state DIR] [--metrics-port N]`, 2);
  }
}

/** Checks that the port is free before a long build starts. */
function probe(host, port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => {
      if (error.code === 'EADDRINUSE')
        fail(`port ${port} on ${host} is in use. Stop what uses it, or pick another: npm run demo -- --port N`);
      fail(`cannot listen on ${host}:${port}: ${error.message}`);
    });
    server.listen({ port, host, exclusive: true }, () => server.close(resolve));
  });
}

const args = options();
if (args.help) {
  say('usage: npm run demo -- [--port N] [--host H] [--state DIR] [--metrics-port N]');
  process.exit(0);
}
const port = Number(args.port);
if (!Number.isInteger(port) || port < 0 || port > 65535)
  fail(`--port takes a number from 0 to 65535, not '${args.port}'`, 2);
if (port !== 0) await probe(args.host, port);

await setup(['base']);
await buildAll();

const demo = join(root, 'demo-spa');
const bff = join(demo, 'ServiceConfigs', 'BFF');
const state = args.state ?? mkdtempSync(join(tmpdir(), 'portcullis-demo-'));
const child = spawn(
  bffBinary(),
  [
    'serve',
    '--config',
    join(bff, 'config'),
    '--plugins',
    join(bff, 'plugins'),
    '--state',
    state,
    '--spa',
    join(demo, 'dist'),
    '--host',
    args.host,
    '--port',
    String(port),
    '--metrics-port',
    args['metrics-port'],
  ],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
createInterface({ input: child.stdout }).on('line', (line) => {
  let event = null;
  try {
    event = JSON.parse(line);
  } catch {}
  if (event?.event !== 'ready') return say(line);
  const shown = new URL(event.url);
  if (['127.0.0.1', '[::1]', '0.0.0.0', '[::]'].includes(shown.hostname)) shown.hostname = 'localhost';
  const other = new URL(shown);
  other.hostname = 'acme.localhost';
  console.log(`
  Portcullis demo     ${shown.origin}
  second tenant       ${other.origin}
  metrics             ${event.metrics_url}/metrics

  user       password   may
  viewer     viewer     see everything that is published
  limited    limited    see less: the hello widget is denied by the PDP
  operator   operator   quarantine plugins, reload the configuration

  Press Ctrl-C to stop.
`);
});
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    stopping = true;
    child.kill('SIGTERM');
  });
}
child.on('close', (code, signal) => {
  if (!args.state) rmSync(state, { recursive: true, force: true });
  process.exit(stopping ? 0 : signal ? 1 : (code ?? 1));
});
