// Two readers of request heads in the same server: Beast's, which it has, and one by hand, which tests hold Beast's
// against (ADR 0016). They take turns in one run, and so does a second process of the first, which shows how far two
// equal servers are apart. The share is what the reader by hand saves of a request's CPU time.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBff } from 'portcullis/playwright';
import { median } from '../measure.mjs';
import { startProgram } from '../processes.mjs';
import { table } from '../table.mjs';
import { CORES, turn } from './load.mjs';
import { startOurs } from './ours.mjs';

const built = (path) => fileURLToPath(new URL(`../../build/${path}`, import.meta.url));
const SERVERS = {
  beast: undefined,
  'by hand': built('release/native-host/bff_plain_heads'),
  'beast again': undefined,
};
const READERS = { beast: 'request_heads_beast', 'by hand': 'request_heads_plain' };
const JSON_TEXT = '{"currency":"EUR","day":"2026-03-14","revenue":48260,"orders":312,"average":154.68}';
/** Own code stays from this share of a request on. */
const BAR = 0.1;

/** What a browser sends beside Host, Cookie and what the page sets. */
const BROWSER = {
  Connection: 'keep-alive',
  'sec-ch-ua-platform': '"Linux"',
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
  Accept: 'application/json',
  'sec-ch-ua': '"Not)A;Brand";v="8", "Chromium";v="138", "Google Chrome";v="138"',
  'sec-ch-ua-mobile': '?0',
  'Sec-Fetch-Site': 'same-origin',
  'Sec-Fetch-Mode': 'cors',
  'Sec-Fetch-Dest': 'empty',
  Referer: 'http://localhost:8080/dashboards/sales',
  'Accept-Encoding': 'gzip, deflate, br, zstd',
  'Accept-Language': 'en-GB,en;q=0.9,de;q=0.8',
};

/** Each name in turn, `rounds` times, in alternating order; the medians. */
async function inTurns(names, rounds, once) {
  const taken = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    const order = round % 2 === 0 ? names : [...names].reverse();
    for (const name of order) {
      const value = await once(name);
      if (round > 0) taken[name].push(value); // the first warms up
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(taken[name])]));
}

async function alone(file, rounds) {
  const programs = Object.fromEntries(
    Object.entries(READERS).map(([name, stem]) => [
      name,
      startProgram(built(`bench/bench/native/${stem}`), { core: CORES.server }),
    ]),
  );
  try {
    return await inTurns(Object.keys(READERS), rounds, async (name) => {
      const { ns } = await programs[name].ask(`${file} 50000`);
      return ns;
    });
  } finally {
    for (const each of Object.values(programs)) await each.stop();
  }
}

/** @returns {Promise<{bytes: number, fields: number, aloneNs: Record<string, number>, cpuUs: Record<string, number>}>} */
export async function heads({ seconds = 3, rounds = 15, say = () => {} } = {}) {
  const home = mkdtempSync(join(tmpdir(), 'portcullis-heads-'));
  const work = { json: JSON_TEXT, bundleText: 'export default {};', upstream: { url: 'http://127.0.0.1:9' } };
  const servers = {};
  try {
    for (const [name, binary] of Object.entries(SERVERS)) {
      const start = (options) => startBff(binary === undefined ? options : { ...options, binary });
      servers[name] = await startOurs({ ...work, start });
    }
    const requestOf = (name) => {
      const { url, headers } = servers[name].requests.json;
      return { pid: servers[name].pid, url, headers: { ...headers, ...BROWSER } };
    };
    const { url, headers } = requestOf('beast');
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `GET ${new URL(url).pathname} HTTP/1.1\r\n${lines.join('')}\r\n`;
    const file = join(home, 'head');
    writeFileSync(file, head);
    const aloneNs = await alone(file, rounds);
    say(`alone: ${JSON.stringify(aloneNs)} ns`);
    const cpuUs = await inTurns(Object.keys(SERVERS), rounds, async (name) => {
      const got = await turn(requestOf(name), { seconds });
      return got.cpuUs;
    });
    say(`server: ${JSON.stringify(cpuUs)} us`);
    return { bytes: head.length, fields: lines.length, aloneNs, cpuUs };
  } finally {
    for (const each of Object.values(servers)) await each.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** @returns {string} the section of ADR 0016 */
export function headsMarkdown({ bytes, fields, aloneNs, cpuUs }) {
  const share = 1 - cpuUs['by hand'] / cpuUs.beast;
  const noise = Math.abs(1 - cpuUs['beast again'] / cpuUs.beast);
  const computed = (aloneNs.beast - aloneNs['by hand']) / 1000 / cpuUs.beast;
  return `Written by \`npm run bench:bff -- heads --write\`: a call with a small JSON answer whose head has ${fields} fields and
${bytes} bytes, as a browser sends it; session, plugin and rules are judged as ever. Medians of alternating rounds.

${table(
  ['', 'Beast', 'by hand', 'saved of a request'],
  [
    ['CPU time of the server for one request, µs', cpuUs.beast.toFixed(2), cpuUs['by hand'].toFixed(2), percent(share)],
    ['reading the head alone, ns', aloneNs.beast.toFixed(0), aloneNs['by hand'].toFixed(0), percent(computed)],
  ],
)}

Two processes with Beast were ${percent(noise)} apart in the same run. The bar for own code is ${percent(BAR)}: ${
    Math.max(share, computed) >= BAR ? 'reached' : 'not reached'
  }.
`;
}
