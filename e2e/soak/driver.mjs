// The soak: the real server under mixed load while it is reloaded, quarantines plugins and loses its upstream.
// Bounded, on loopback, and repeatable by its seed as far as timing allows: the same requests in the same order,
// interleaved by the clock.
import { performance } from 'node:perf_hooks';
import { loadCore } from 'portcullis/core';
import { startLab } from '../lib/lab.mjs';
import { Announcements } from './announcements.mjs';
import { Client } from './client.mjs';
import { Operator, Trouble, wait } from './disturbances.mjs';
import { Judge } from './judge.mjs';
import { Oracle } from './oracle.mjs';
import { random } from './random.mjs';
import { Reached } from './reached.mjs';
import { Requests } from './requests.mjs';
import { connectionsTo, look, metrics, startServer } from './server.mjs';
import { Sessions } from './sessions.mjs';
import { readers } from './streams.mjs';
import { Tally } from './tally.mjs';
import { startUpstream } from './upstream.mjs';
import { BUNDLES, State, settledFiles, World } from './world.mjs';

const USERS_AT_ONCE = 16;
const STREAMS_OF_EACH = 4;
/** A user's longest pause between two calls. */
const THINK_MS = 12;
const IDLE_WITHIN_MS = 15_000;

/**
 * Runs for `seconds`, and longer until `enough(tally, operator, trouble)` is true, but at most `mostSeconds`.
 * `progress(line)` is called every few seconds; `stopped()` ends it early. Returns the tally's summary.
 */
export async function soak({
  seconds,
  seed = 1,
  progress = () => {},
  everyMs = 5000,
  stopped = () => false,
  enough = () => true,
  mostSeconds = seconds,
  threads = 2,
  core = null,
}) {
  const chance = random(seed);
  const tally = new Tally({ seconds, seed });
  const reached = new Reached((id, reason) => tally.wrong({ kind: 'upstream', id }, {}, reason));
  const seen = (ids, whole) => reached.told(ids, whole);
  const steady = await startUpstream({ seen });
  const shaky = await startUpstream({ seen });
  const state = new State();
  const lab = await startLab({
    files: { ...settledFiles(steady.url, shaky.url), ...state.files() },
    bundles: BUNDLES,
    args: ['--threads', String(threads)],
    start: startServer,
  });
  const server = lab.bff;
  const world = new World(state);
  const client = new Client(lab.port);
  const oracle = new Oracle(new Judge(core ?? (await loadCore())));
  const announcements = new Announcements();

  /** Counts one response; `wrong` is the oracle's complaint. */
  const record = (request, answer, wrong, during = null) => {
    tally.answer(request, answer);
    if (wrong !== null) tally.wrong(request, answer, wrong, during);
  };
  const sessions = new Sessions(client, world, record);
  const requests = new Requests(chance, sessions);
  const trouble = new Trouble({
    upstream: shaky,
    restart: (port) => startUpstream({ port, seen }),
    random: random(seed + 1),
    metricsUrl: server.metricsUrl,
    probe: async () => {
      const session = sessions.pick('localhost', chance);
      const target = '/api/shaky/items/1';
      const probe = { tenant: 'localhost', method: 'GET', target, identity: 'writer', session, id: 'soak-probe' };
      return (await client.send(probe)).status === 200;
    },
  });
  const operator = new Operator({ lab, client, world, announcements, sessions, record, random: random(seed + 2) });

  /** Sends one request and checks its response against everything that happened meanwhile. */
  async function one(request) {
    const sent = performance.now();
    const pending = client.send(request);
    if (request.target.includes('shaky')) trouble.follow(pending);
    const answer = await pending;
    if (request.manner === 'breaks off') {
      reached.half(request.id);
      return tally.answer(request, { ...answer, failed: undefined, status: 0 });
    }
    const during = {
      states: world.states(sent, answer.ended),
      sessionEnding: request.signedIn && request.session.endingAt !== undefined,
      disturbed: trouble.within(sent, answer.ended),
    };
    record(request, answer, oracle.check(request, answer, during), during);
    if (oracle.deniedFor(request, during)) reached.denied(request.id);
  }

  const started = performance.now();
  const end = started + seconds * 1000;
  let failed = null;
  const latest = started + mostSeconds * 1000;
  const stopping = () => {
    const now = performance.now();
    const over = now >= latest || (now >= end && enough(tally, operator, trouble));
    return failed !== null || over || stopped();
  };
  const until = async (work, pause) => {
    while (!stopping()) {
      await work();
      await wait(pause());
    }
  };
  let streams = 0;
  const reading = {
    ...{ client, world, oracle, announcements, sessions, trouble, stopping, record, random: random(seed + 3) },
    request(what) {
      streams += 1;
      return requests.signed({ csrf: 'good', id: `soak-stream-${streams}`, ...what });
    },
  };
  const watch = async () => {
    tally.sample((performance.now() - started) / 1000, look(server.pid));
  };
  let told = 0;
  const tell = () => {
    const now = performance.now();
    if (now - told < everyMs) return;
    told = now;
    progress(tally.line((now - started) / 1000, trouble.mood));
  };

  try {
    const { sum } = await metrics(server.metricsUrl);
    const before = { ...look(server.pid), connections: sum('portcullis_connections') };
    await sessions.start();
    await operator.start();
    const user = () =>
      until(
        () => one(requests.next()),
        () => chance.below(THINK_MS),
      );
    const work = [
      ...Array.from({ length: USERS_AT_ONCE }, user),
      ...readers(reading, STREAMS_OF_EACH).map((reader) => reader.run()),
      until(
        () => sessions.rotate(chance),
        () => 800 + chance.below(800),
      ),
      until(
        () => operator.act(),
        () => 200 + operator.random.below(800),
      ),
      until(
        () => trouble.act(),
        () => 300 + trouble.random.below(1500),
      ),
      until(watch, () => 1000),
      until(
        async () => tell(),
        () => 200,
      ),
    ];
    server.exited.then((code) => {
      failed ??= new Error(`the server ended with ${code}\n${server.lastLines().join('\n')}`);
    });
    await Promise.all(work.map((part) => part.catch((error) => (failed ??= error))));
    if (failed) throw failed;
    client.close();
    tally.idle(before, await becomesIdle(server, before, [steady.port, shaky.port]));
    return tally.summary({ operator: operator.counts, trouble: trouble.counts, logLines: server.lines() });
  } finally {
    client.close();
    await lab.stop();
    await Promise.all([steady.kill(), trouble.upstream.kill()]);
  }
}

/** What remains when all clients are gone: only the pooled connections to upstreams. */
async function becomesIdle(server, before, upstreams) {
  const deadline = performance.now() + IDLE_WITHIN_MS;
  for (;;) {
    const { sum, text } = await metrics(server.metricsUrl);
    const now = {
      pooled: connectionsTo(upstreams),
      ...look(server.pid),
      connections: sum('portcullis_connections'),
      streams: sum('portcullis_streams'),
      requests: sum('portcullis_requests_total'),
      internalErrors: sum('portcullis_requests_total', 'code="500"'),
      slowStreams: sum('portcullis_slow_streams_dropped_total'),
      reloads: /portcullis_config_generation (\d+)/.exec(text)?.[1],
    };
    const closed = now.descriptors <= before.descriptors + now.pooled;
    if (closed && now.connections <= before.connections && now.streams === 0) return now;
    if (performance.now() > deadline) return now;
    await wait(200);
  }
}
