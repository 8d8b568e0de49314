// The server under test: its log is read line by line and discarded, and it is observed from outside.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { binary } from '../lib/examples.mjs';

const KEPT_LINES = 50;

/** For `startLab({ start })`: like startBff, but the log of millions of requests is not kept. */
export async function startServer({ config, plugins, state, args = [] }) {
  const folders = ['--config', config, '--plugins', plugins, '--state', state];
  const ports = ['--host', '127.0.0.1', '--port', '0', '--metrics-port', '0'];
  const child = spawn(binary, ['serve', ...folders, ...ports, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  const last = [];
  const waiting = new Set();
  let lines = 0;
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines += 1;
    if (line.includes('"event":"request"')) return;
    last.push(line);
    if (last.length > KEPT_LINES) last.shift();
    for (const { pattern, resolve } of waiting) if (pattern.test(line)) resolve(line);
  });
  const ready = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => resolve(JSON.parse(line)));
    exited.then((code) => reject(new Error(`the server ended with ${code}\n${last.join('\n')}`)));
  });
  return {
    url: ready.url,
    metricsUrl: ready.metrics_url,
    pid: child.pid,
    exited,
    running: () => child.exitCode === null && child.signalCode === null,
    lines: () => lines,
    lastLines: () => last.slice(),
    /** Resolves with the next log line that matches; rejects if the server ends first. */
    logged(pattern) {
      return new Promise((resolve, reject) => {
        const entry = { pattern, resolve: (line) => waiting.delete(entry) && resolve(line) };
        waiting.add(entry);
        exited.then(() => reject(new Error('the server ended')));
      });
    },
    signal: (name) => child.kill(name),
    async stop() {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

/** Memory in KiB, threads and open descriptors. */
export function look(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const number = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  return {
    rss: number('VmRSS'),
    anon: number('RssAnon'),
    threads: number('Threads'),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/** The number of connections to these loopback ports, seen from the client side. */
export function connectionsTo(ports) {
  const wanted = new Set(ports.map((port) => port.toString(16).toUpperCase().padStart(4, '0')));
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .filter((line) => wanted.has(/^\s*\d+: [0-9A-F]+:[0-9A-F]+ [0-9A-F]+:([0-9A-F]{4}) (?:01|08) /.exec(line)?.[1]))
    .length;
}

/** `/metrics` as text, and sums over all series of one name whose labels match. */
export async function metrics(url) {
  const text = await (await fetch(`${url}/metrics`, { headers: { Connection: 'close' } })).text();
  const sum = (name, labels = '') =>
    text
      .split('\n')
      .filter((line) => (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && line.includes(labels))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  return { text, sum };
}
