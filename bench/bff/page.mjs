// The results of `npm run bench:bff`, as the server's section of docs/benchmarks.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chart } from '../chart.mjs';
import { number, table, times, writeSection } from '../table.mjs';
import { KITS } from './node_bff.mjs';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));

/** The highest allowed multiple of nginx's cost, which applies no rules. */
const mostOf = (name) => (name === 'proxy' ? 1.35 : 1.25);
/** The lowest allowed cost of a Node BFF, as a multiple of ours. */
const LEAST = 8;
const WHAT = {
  json: 'small JSON',
  bundle: '60 KB bundle',
  'not modified': 'the bundle, 304',
  proxy: 'reverse proxy',
};
const met = (yes) => (yes ? 'yes' : 'no');

/** Answers one case only, and has no column. */
const BARE = 'bare Node';

/** A row for each case, a column for each contender. */
const columns = (results, key, show) => {
  const names = Object.keys(Object.values(results)[0]).filter((who) => who !== BARE);
  const rows = Object.entries(results).map(([name, by]) => [WHAT[name], ...names.map((who) => show(by[who][key]))]);
  return table(['', ...names], rows);
};
const digits = (value) => value.toFixed(2);

/** What the Node BFFs cannot go below. */
function bareText({ json }) {
  const bare = json?.[BARE]?.cpuUs;
  if (bare === undefined) return '';
  return `
What is built on fastify cannot go below \`node:http\`: with the same JSON for everybody, no rule, no session and no security
header it takes ${digits(bare)} µs, ${times(bare / json.portcullis.cpuUs)} what ours takes with all of them.
`;
}

function nodeText(results) {
  const peers = KITS.map((kit) => `Node ${kit}`);
  return `## The server beside a Node BFF

What a team would otherwise write ([\`bench/bff/node\`](../bench/bff/node/server.mjs)), twice: fastify, a find-my-way
router of each plugin's rules, undici, sessions in a Map. Both do for these requests what ours does: canonical path,
tenant, service worker, upgrade, session, CSRF, plugin, rules, rate; security headers, request id, ETags, header lists
of the proxy, counters and a histogram. _Node by hand_ is written for speed: synchronous hooks, headers made once,
\`pool.stream\` for the proxy, and no other package. _Node of plugins_ is put together as most are: @fastify/cookie,
@fastify/helmet, @fastify/rate-limit and @fastify/reply-from, prom-client, async hooks. Before anything is measured, all
have to answer the same requests alike (\`bench/bff/agree.mjs\`: status, headers and body, refusals too, and what the
upstream gets). No log, \`NODE_ENV=production\`, one process on the same core. They leave out the second look at a running
call, circuit breakers, a plugin's health, the audit log and an account's share of the rate, which ours has.

${table(
  ['CPU time', ...peers.map((who) => `${who} / ours`), 'bar', ...peers.map((who) => `met, ${who}`)],
  Object.entries(results).map(([name, by]) => {
    const ratios = peers.map((who) => by[who].cpuUs / by.portcullis.cpuUs);
    return [WHAT[name], ...ratios.map(times), `at least ${times(LEAST)}`, ...ratios.map((each) => met(each >= LEAST))];
  }),
)}
${bareText(results)}`;
}

function throughputText(results, versions) {
  const versionsText = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `## The server beside nginx and haproxy

Written by \`npm run bench:bff -- --write\`:
${versionsText.join(', ')}.

Each server is one thread on a core of its own, wrk with 32 kept-alive connections and the upstream (nginx) share
another; they take turns in one run, medians of the rounds. All get the same requests, with a session's cookie and a plugin's name. Ours judges a
session, a plugin and its 20 rules for every request, but the bundle's, which need a session only, and counts, measures
and rates it; nginx and haproxy have no rule at all, and write no security headers. No logs. The CPU time is what the
scheduler counted for the server's process; the load generator is saturated first. On a shared machine the ratios move
by a tenth and more from run to run, that of the proxy most.

CPU time a request, in µs:

${columns(results, 'cpuUs', digits)}

${table(
  ['CPU time', 'ours / nginx', 'bar', 'met'],
  Object.entries(results).map(([name, by]) => {
    const ratio = by.portcullis.cpuUs / by.nginx.cpuUs;
    return [WHAT[name], times(ratio), `at most ${times(mostOf(name))}`, met(ratio <= mostOf(name))];
  }),
)}

![CPU time a request](benchmarks/server.svg)

Requests a second, while the load generator has the other core:

${columns(results, 'perSecond', number)}

99 of 100 answers came within so many ms (the load is closed, so this is mostly the wait in its own queue):

${columns(results, 'p99Ms', digits)}

${nodeText(results)}`;
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
        bars: Object.entries(by)
          .filter(([who]) => who !== BARE)
          .map(([who, { cpuUs }]) => ({ name: who, value: cpuUs })),
      }));
      writeFileSync(`${docs}benchmarks/server.svg`, chart('CPU time of the server for one request', 'µs', groups));
    }
    writeSection(`${docs}benchmarks.md`, 'bench:bff', text);
  }
  return text;
}
