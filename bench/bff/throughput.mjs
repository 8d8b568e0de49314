// The same work on portcullis-bff, nginx, haproxy and Node BFFs in one run: the server's CPU time per request, requests
// per second, p99. The contenders take turns; medians over the rounds. A contender that has no such request misses
// that case.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from '../measure.mjs';
import { checkAgreement } from './agree.mjs';
import { turn } from './load.mjs';
import { KITS, startBareNode, startNode } from './node_bff.mjs';
import { startOurs } from './ours.mjs';
import { startHaproxy, startNginx, startUpstream } from './peers.mjs';

export const CASES = ['json', 'bundle', 'not modified', 'proxy'];
const JSON_TEXT = '{"currency":"EUR","day":"2026-03-14","revenue":48260,"orders":312,"average":154.68}';

/** 60 KB that compress like code. */
const bundleText = () => {
  let text = 'export default {};\n';
  for (let at = 0; text.length < 60_000; at += 1)
    text += `export const value${at} = (x) => x * ${at * 7919} + ${at};\n`;
  return text.slice(0, 60_000);
};

/** @returns {Promise<Record<string, Record<string, {cpuUs: number, perSecond: number, p99Ms: number}>>>} */
export async function throughput({ seconds = 3, rounds = 5, cases = CASES, only = null, say = () => {} } = {}) {
  if (only === null) say(`portcullis-bff and the Node BFFs answer ${(await checkAgreement()).length} requests alike`);
  const home = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  const bundleFolder = join(home, 'bundle');
  mkdirSync(bundleFolder);
  const work = { home, json: JSON_TEXT, bundleText: bundleText(), bundleFolder };
  writeFileSync(join(bundleFolder, 'index.esm.js'), work.bundleText);
  const running = [];
  const begin = async (starting) => {
    const started = await starting;
    running.push(started);
    return started;
  };
  try {
    work.upstream = await begin(startUpstream(home, JSON_TEXT));
    const contenders = {};
    const makers = {
      ...{ portcullis: startOurs, nginx: startNginx, haproxy: startHaproxy },
      ...Object.fromEntries(KITS.map((kit) => [`Node ${kit}`, (site) => startNode(kit, site)])),
      'bare Node': startBareNode,
    };
    for (const [name, make] of Object.entries(makers)) {
      if (only === null || only.includes(name)) contenders[name] = await begin(make(work));
    }
    const results = {};
    for (const name of cases) {
      const able = Object.entries(contenders).filter(([, { requests }]) => requests[name] !== undefined);
      const taken = Object.fromEntries(able.map(([each]) => [each, []]));
      for (let round = 0; round <= rounds; round += 1) {
        for (const [contender, { pid, requests }] of able) {
          // The same bytes for all: a peer also parses the session's cookie and the plugin's header.
          const { Host: _host, ...sent } = contenders.portcullis?.requests[name].headers ?? {};
          const request = { pid, ...requests[name] };
          request.headers = { ...sent, ...request.headers };
          const got = await turn(request, { seconds: round === 0 ? 1 : seconds });
          if (round > 0) taken[contender].push(got); // the first warms up
        }
      }
      results[name] = Object.fromEntries(
        Object.entries(taken).map(([contender, turns]) => [
          contender,
          Object.fromEntries(
            ['cpuUs', 'perSecond', 'p99Ms'].map((key) => [key, median(turns.map((each) => each[key]))]),
          ),
        ]),
      );
      const line = Object.entries(results[name]).map(([who, { cpuUs }]) => `${who} ${cpuUs.toFixed(2)} us`);
      say(`${name}: ${line.join(', ')}`);
    }
    return results;
  } finally {
    for (const each of running.reverse()) await each.stop();
    rmSync(home, { recursive: true, force: true });
  }
}
