// Processes of a benchmark: pinned to a core, controlled by lines of JSON, and measured by the kernel's counters.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** Moves every thread of a running process to one core. */
export function pin(pid, core) {
  const { status, stderr } = spawnSync('taskset', ['-acp', String(core), String(pid)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`taskset: ${stderr}`);
}

/** A program that answers each input line with a line of JSON, on its own core. */
export function startProgram(path, { core, greets = false }) {
  const child = spawn('taskset', ['-c', String(core), path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = [];
  const lines = [];
  const ended = new Promise((resolve) => child.once('exit', resolve));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const next = waiting.shift();
    if (next) next.resolve(JSON.parse(line));
    else lines.push(JSON.parse(line));
  });
  child.on('exit', (code, signal) => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`${path} ended with ${code ?? signal}`));
  });
  const read = () =>
    lines.length > 0
      ? Promise.resolve(lines.shift())
      : new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  return {
    pid: child.pid,
    greeting: greets ? read() : null,
    ask: (line) => {
      child.stdin.write(`${line}\n`);
      return read();
    },
    stop: () => {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

/** CPU time of all current threads, in ns; exact while they sleep. */
export function cpuNs(pid) {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).reduce(
    (sum, id) => sum + Number(readFileSync(`${tasks}/${id}/schedstat`, 'utf8').split(' ')[0]),
    0,
  );
}

/** Private dirty memory, in bytes. */
export function privateBytes(pid) {
  const line = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(/^Private_Dirty:\s+(\d+) kB/m);
  return Number(line[1]) * 1024;
}
