// What one tenant's flood costs another tenant: calls of a session of acme.localhost at a steady rate while a client
// of localhost floods. The server on one core, flood and measurement on the other; two server threads, as on two
// cores.
import { spawn } from 'node:child_process';
import { Agent } from 'node:http';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { residentKib } from '../../e2e/lib/floods.mjs';
import { plugin } from '../../e2e/lib/hostile.mjs';
import { SETTINGS, startLab } from '../../e2e/lib/lab.mjs';
import { ask } from '../../e2e/lib/load.mjs';
import { number, table } from '../table.mjs';
import { CORES, pin } from './load.mjs';

export const FLOODS = [
  'colliding keys',
  'colliding keys, 1,000 to an object',
  'announced bodies',
  'unfinished heads',
  'sign-ins',
  'refusals',
];
const EVERY_MS = 10;

const user = (name, tenant) => ({
  user: name,
  password: name,
  name,
  roles: ['viewer'],
  tenants: [tenant],
  idp: 'lab',
});

async function start() {
  const lab = await startLab({
    files: {
      'settings.yaml': { ...SETTINGS, limits: { connections: 10_000 } },
      'users.yaml': { users: [user('viewer', 'localhost'), user('other', 'acme.localhost')] },
      'plugins.yaml': { tenants: { localhost: [plugin('app')], 'acme.localhost': [plugin('app')] } },
      'fixtures.yaml': {
        fixtures: { lab: { responses: [{ method: 'GET', path: '/api/app/ok', json: { ok: true } }] } },
      },
      'routes.yaml': { routes: [{ path: '/api/app/*', methods: ['GET', 'POST'], fixture: 'lab' }] },
    },
    args: ['--threads', '2', '--log-level', 'off'],
  });
  await pin(lab.bff.pid, CORES.server);
  return lab;
}

function flood(kind, lab, session) {
  const what = { kind, port: lab.port, host: `localhost:${lab.port}`, ...session };
  const script = fileURLToPath(new URL('flooder.mjs', import.meta.url));
  const child = spawn('taskset', ['-c', CORES.load, process.execPath, script, JSON.stringify(what)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Floods that only hold connections report nothing: they are effective at once.
  const ready = new Promise((resolve) => {
    child.stdout.once('data', resolve);
    setTimeout(resolve, 8000);
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return {
    ready,
    stop: () => {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

/** Sequential calls started at a steady rate; a late one counts from when it was due. */
async function latencies(lab, session, seconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const options = {
    port: lab.port,
    host: '127.0.0.1',
    path: '/api/app/ok',
    agent,
    headers: { Host: `acme.localhost:${lab.port}`, Cookie: session.cookie, 'X-Plugin-Id': 'app' },
  };
  const took = [];
  let failed = 0;
  let most = 0;
  const calls = [];
  const begin = performance.now();
  for (let n = 0; n * EVERY_MS < seconds * 1000; n++) {
    const due = begin + n * EVERY_MS;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    // A delay of this process is not the server's.
    const from = performance.now();
    calls.push(
      ask(options).then(
        ({ status }) => (status === 200 ? took.push(performance.now() - from) : failed++),
        () => failed++,
      ),
    );
    if (n % 20 === 0) most = Math.max(most, residentKib(lab.bff.pid));
  }
  await Promise.all(calls);
  agent.destroy();
  took.sort((a, b) => a - b);
  const at = (share) => took[Math.min(took.length - 1, Math.floor(took.length * share))];
  return { calls: calls.length, failed, p50: at(0.5), p99: at(0.99), max: took.at(-1), rssMib: most / 1024 };
}

/** @returns {Promise<Record<string, {calls: number, failed: number, p50: number, p99: number, max: number, rssMib: number}>>} */
export async function floods({ seconds, say }) {
  const results = {};
  if (process.getuid() === 0) setPriority(0, -19);
  for (const kind of ['none', ...FLOODS]) {
    say(`flood: ${kind}`);
    const lab = await start();
    try {
      const session = await lab.login('other', 'acme.localhost');
      const running = kind === 'none' ? null : flood(kind, lab, await lab.login('viewer'));
      await running?.ready;
      results[kind] = await latencies(lab, session, seconds);
      await running?.stop();
    } finally {
      await lab.stop();
    }
  }
  return results;
}

export function floodsMarkdown(results) {
  const ms = (value) => (value === undefined ? '-' : value.toFixed(value < 10 ? 2 : 0));
  return `Written by \`npm run bench:bff -- floods --write\`. A session of one tenant calls a fixture every ${EVERY_MS} ms, while a client
of another tenant floods as fast as it can on the core that it shares with the measurement. The server has the other core, two
threads and default limits. Times are in ms, from the call to the end of its answer; memory is the peak RSS.

${table(
  ['flood', 'calls', 'failed', 'p50', 'p99', 'slowest', 'RSS, MiB'],
  Object.entries(results).map(([kind, by]) => [
    kind,
    number(by.calls),
    by.failed,
    ms(by.p50),
    ms(by.p99),
    ms(by.max),
    Math.round(by.rssMib),
  ]),
)}
`;
}
