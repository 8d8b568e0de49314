// One turn of load against one server and its cost: requests from wrk, CPU time from the kernel.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setPriority } from 'node:os';
import { cpuNs } from '../processes.mjs';

/** The core that the server has to itself, and the one that load and upstream share. */
export const CORES = { server: '0', load: '1' };

/** A higher CPU priority than other processes; setting it needs root. */
const NICE = process.getuid() === 0 ? -19 : 0;

/** Moves a process and all of its threads to one core. */
export async function pin(pid, core) {
  await run('taskset', ['-a', '-p', '-c', core, String(pid)]);
  for (const thread of readdirSync(`/proc/${pid}/task`)) setPriority(Number(thread), NICE);
}

export function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (err += text));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(out) : reject(new Error(`${command} ${args.join(' ')}: ${code}\n${out}${err}`)),
    );
  });
}

const UNITS = { us: 1e-3, ms: 1, s: 1e3, m: 6e4 };

/** wrk's output as numbers. */
export function readWrk(text) {
  const requests = Number(/(\d+) requests in/.exec(text)?.[1]);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]);
  const [, p99, unit] = /\s99%\s+([\d.]+)(us|ms|s|m)\b/.exec(text) ?? [];
  const wrong = Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0);
  const broken = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text);
  const errors = broken ? broken.slice(1).reduce((sum, each) => sum + Number(each), 0) : 0;
  if (!requests || !p99) throw new Error(`not what wrk prints:\n${text}`);
  return { requests, perSecond, p99Ms: Number(p99) * UNITS[unit], wrong, errors };
}

/**
 * Loads `url` for some seconds from the load's core. Every answer has to be a success (or 304).
 * @returns {Promise<{cpuUs: number, perSecond: number, p99Ms: number}>} CPU time of the server for one request
 */
export async function turn({ pid, url, headers }, { seconds, connections = 32 }) {
  const before = cpuNs(pid);
  const text = await run('nice', [
    ...[
      '-n',
      String(NICE),
      'taskset',
      '-c',
      CORES.load,
      'wrk',
      '-t1',
      `-c${connections}`,
      `-d${seconds}s`,
      '--latency',
    ],
    ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
    url,
  ]);
  const spent = cpuNs(pid) - before;
  const { requests, perSecond, p99Ms, wrong, errors } = readWrk(text);
  if (wrong + errors > 0) throw new Error(`${url}: ${wrong} answers were refusals, ${errors} broke off\n${text}`);
  return { cpuUs: spent / requests / 1000, perSecond, p99Ms };
}
