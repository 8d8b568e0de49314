// The results of `npm run bench:bff`, as the server's section of docs/benchmarks.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chart } from '../chart.mjs';
import { number, table, times, writeSection } from '../table.mjs';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));

/** The highest allowed multiple of nginx's cost, which applies no rules. */
const barOf = (name) => (name === 'proxy' ? 1.35 : 1.25);
const WHAT = {
  json: 'small JSON',
  bundle: '60 KB bundle',
  'not modified': 'the bundle, 304',
  proxy: 'reverse proxy',
};

function throughputText(results, versions) {
  const names = Object.keys(Object.values(results)[0]);
  const rows = (key, digits) =>
    Object.entries(results).map(([name, by]) => [
      WHAT[name],
      ...names.map((who) => (digits === undefined ? number(by[who][key]) : by[who][key].toFixed(digits))),
    ]);
  return `## The server beside nginx and haproxy

Written by \`npm run bench:bff -- --write\`: ${Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')}. Each server is one
thread on a core of its own, wrk with 32 kept-alive connections and the upstream (nginx) share another; they take turns
in one run, medians of the rounds. All get the same requests, with a session's cookie and a plugin's name. Ours judges a
session, a plugin and its 20 rules for every request, but the bundle's, which need a session only, and counts, measures
and rates it; the others have no rule at all, and write no security headers. No logs. The CPU time is what the scheduler
counted for the server's process; the load generator is saturated first. On a shared machine the ratios move by a tenth
and more from run to run, that of the proxy most.

CPU time a request, in µs:

${table(
  ['', ...names, 'ours / nginx', 'bar', 'met'],
  Object.entries(results).map(([name, by]) => {
    const ratio = by.portcullis.cpuUs / by.nginx.cpuUs;
    return [
      WHAT[name],
      ...names.map((who) => by[who].cpuUs.toFixed(2)),
      times(ratio),
      times(barOf(name)),
      ratio <= barOf(name) ? 'yes' : 'no',
    ];
  }),
)}

![CPU time a request](benchmarks/server.svg)

Requests a second, while the load generator has the other core:

${table(['', ...names], rows('perSecond'))}

99 of 100 answers came within so many ms (the load is closed, so this is mostly the wait in its own queue):

${table(['', ...names], rows('p99Ms', 2))}
`;
}

/** @returns {string} the section */
export function bffPage({ throughput, versions, further = [] }, { write }) {
  const parts = [];
  if (throughput) parts.push(throughputText(throughput, versions));
  parts.push(...further);
  const text = parts.join('\n');
  if (write) {
    if (throughput) {
      mkdirSync(`${docs}benchmarks`, { recursive: true });
      const groups = Object.entries(throughput).map(([name, by]) => ({
        label: WHAT[name],
        bars: Object.entries(by).map(([who, { cpuUs }]) => ({ name: who, value: cpuUs })),
      }));
      writeFileSync(`${docs}benchmarks/server.svg`, chart('CPU time of the server for one request', 'µs', groups));
    }
    writeSection(`${docs}benchmarks.md`, 'bench:bff', text);
  }
  return text;
}
