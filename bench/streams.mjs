// Event streams: memory of an open one, one event to all, and how fast they close.
//   node bench/streams.mjs [--streams=10000] [--rounds=7]   prints its part of docs/benchmarks.md
//
// Server and readers have a core each. One thread of the server is measured: that is what a connection belongs to.
// The peers run in the same process of measuring: a loop of bare send() calls to as many readers, in turns with the
// server's events, and a bare Beast coroutine for each connection.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SETTINGS, startLab } from '../e2e/lib/lab.mjs';
import { median } from './measure.mjs';
import { cpuNs, pin, privateBytes, startProgram } from './processes.mjs';
import { streamsMarkdown } from './streams_page.mjs';

export { streamsBars, streamsMarkdown } from './streams_page.mjs';

const SERVER_CORE = 0;
const LOAD_CORE = 1;
const program = (name) => fileURLToPath(new URL(`../build/bench/bench/native/${name}`, import.meta.url));
const clock = () => process.hrtime.bigint();
const sinceMs = (started, ns) => Number(BigInt(ns) - started) / 1e6;

const RULES = { api: [], sse: ['/api/configs/stream', '/events'] };
const listing = (more = {}) => ({
  tenants: {
    localhost: [
      {
        id: 'hello',
        version: '1.0.0',
        engine: { experience: '>=1.0.0' },
        bundle: { file: '/app/plugins/hello.js' },
        permissions: RULES,
        ...more,
      },
    ],
  },
});

/** An upstream with an event stream that sends one event and stays open. */
async function startUpstream() {
  const server = createServer((_, answer) => {
    answer.writeHead(200, { 'Content-Type': 'text/event-stream' });
    answer.write('event: hello\ndata: open\n\n');
  });
  await new Promise((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function startServer(upstream) {
  const lab = await startLab({
    files: {
      'settings.yaml': {
        ...SETTINGS,
        operator_token_file: 'operator.token',
        limits: {
          connections: 19000,
          connections_per_address: 19000,
          streams_per_session: 10000,
          streams_per_account: 19000,
          streams_per_address: 19000,
          streams_per_tenant: 19000,
        },
      },
      'plugins.yaml': listing(),
      'routes.yaml': {
        upstreams: { one: { url: upstream.url } },
        routes: [{ path: '/events/up/*', kind: 'sse', upstream: 'one' }],
      },
    },
    bundles: { 'hello.js': 'export const widgets = {};\n' },
    args: ['--threads', '1', '--log-level', 'warning'],
  });
  pin(lab.bff.pid, SERVER_CORE);
  const [viewer, operator] = [await lab.login('viewer'), await lab.login('operator')];
  const files = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  return {
    lab,
    viewer,
    pid: lab.bff.pid,
    /** Calls the operator's endpoint; returns when the call was made. */
    act: async (target) => {
      const asked = clock();
      const answer = await lab.send({ method: 'POST', target, session: operator });
      if (answer.status !== 200) throw new Error(`${target}: ${answer.status} ${answer.text}`);
      return asked;
    },
    /** The file with the request that each reader sends. */
    request: (target, plugin) => {
      const file = join(files, 'request');
      const identity = plugin ? `X-Plugin-Id: ${plugin}\r\n` : '';
      const lines = `Host: localhost:${lab.port}\r\nCookie: ${viewer.cookie}\r\nAccept: text/event-stream\r\n`;
      writeFileSync(file, `GET ${target} HTTP/1.1\r\n${lines}${identity}\r\n`);
      return file;
    },
    stop: async () => {
      rmSync(files, { recursive: true, force: true });
      await lab.stop();
    },
  };
}

/** Waits until the process is idle. */
async function settled(pid) {
  for (let before = -1, now = cpuNs(pid); now !== before; before = now, now = cpuNs(pid)) {
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** Bytes of the event on the wire, including chunk framing. */
async function eventBytes(server, clients, file) {
  await clients.ask(`open ${server.lab.port} 1 ${file} event: hello`);
  await clients.ask('arm event: evict');
  await server.act('/api/plugins/quarantine/hello');
  const { bytes } = await clients.ask('wait');
  await clients.ask('close');
  await server.act('/api/plugins/unquarantine/hello');
  return bytes;
}

/** Opens the streams and returns the memory that each costs the process. */
async function openAll(clients, { pid, port, count, file }) {
  await clients.ask(`open ${port} ${Math.ceil(count / 50)} ${file} event: hello`);
  await clients.ask('close');
  await settled(pid);
  const before = privateBytes(pid);
  const { got } = await clients.ask(`open ${port} ${count} ${file} event: hello`);
  if (got !== count) throw new Error(`${got} of ${count} streams opened`);
  await settled(pid);
  return (privateBytes(pid) - before) / count;
}

async function beastMemory(clients, count, file) {
  const beast = startProgram(program('beast_streams'), { core: SERVER_CORE, greets: true });
  try {
    const { port } = await beast.greeting;
    return await openAll(clients, { pid: beast.pid, port, count, file });
  } finally {
    await clients.ask('close');
    await beast.stop();
  }
}

/**
 * One event to all readers, in turns: the server's, and the same bytes by a loop of send(). In one half of the turns
 * the readers read while it is sent, so that each must be woken; in the other they are busy until it is sent.
 */
async function fanOut(server, clients, { count, rounds, size }) {
  const loop = startProgram(program('send_loop'), { core: SERVER_CORE, greets: true });
  const readers = startProgram(program('stream_clients'), { core: LOAD_CORE });
  const seen = { awake: { bare: [], ours: [] }, busy: { bare: [], ours: [] } };
  const bare = async (kept) => {
    await readers.ask('arm event: evict');
    let waiting = kept === seen.awake ? readers.ask('wait') : null;
    const sent = await loop.ask(`send ${size}`);
    waiting ??= readers.ask('wait');
    const got = await waiting;
    if (sent.sent !== count) throw new Error(`the loop sent ${sent.sent} of ${count}`);
    return { cpu: sent.cpu_ns / 1e6, span: Number(BigInt(got.last_ns) - BigInt(got.first_ns)) / 1e6 };
  };
  const ours = async (kept, event) => {
    await settled(server.pid);
    const cpu = cpuNs(server.pid);
    await clients.ask(`arm event: ${event}`);
    let waiting = kept === seen.awake ? clients.ask('wait') : null;
    const asked = await server.act(`/api/plugins/${event === 'evict' ? '' : 'un'}quarantine/hello`);
    if (waiting === null) await settled(server.pid);
    waiting ??= clients.ask('wait');
    const got = await waiting;
    await settled(server.pid);
    return {
      cpu: (cpuNs(server.pid) - cpu) / 1e6,
      span: Number(BigInt(got.last_ns) - BigInt(got.first_ns)) / 1e6,
      all: sinceMs(asked, got.last_ns),
    };
  };
  try {
    const { port } = await loop.greeting;
    await readers.ask(`open ${port} ${count} /dev/null event: hello`);
    for (let turn = 0; turn < rounds * 4 + 4; turn += 1) {
      const kept = turn % 4 < 2 ? seen.awake : seen.busy;
      const [first, second] = [await bare(kept), await ours(kept, turn % 2 === 0 ? 'evict' : 'restore')];
      if (turn < 4) continue;
      kept.bare.push(first);
      kept.ours.push(second);
    }
  } finally {
    await readers.stop();
    await loop.stop();
  }
  const part = ({ bare: theirs, ours: own }) => {
    const of = (list, what) => median(list.map((turn) => turn[what]));
    return {
      bare: { cpuMs: of(theirs, 'cpu'), spanMs: of(theirs, 'span') },
      ours: { cpuMs: of(own, 'cpu'), spanMs: of(own, 'span'), askedToLastMs: of(own, 'all') },
      cpuRatio: of(own, 'cpu') / of(theirs, 'cpu'),
      spanRatio: of(own, 'span') / of(theirs, 'span'),
    };
  };
  return { bytes: size, ...part(seen.awake), busy: part(seen.busy) };
}

const CAUSES = {
  quarantine: { act: '/api/plugins/quarantine/hello', undo: '/api/plugins/unquarantine/hello' },
  disabled: { files: listing({ enabled: false }), act: '/api/plugins/refresh', undo: '/api/plugins/refresh' },
  'permission taken away': {
    files: listing({ permissions: { api: [], sse: [] } }),
    act: '/api/plugins/refresh',
    undo: '/api/plugins/refresh',
  },
};

/** From the call of the operator's endpoint to the end of the first and the last stream, as their readers see it. */
async function closing(server, clients, { streams, rounds }) {
  const rows = [];
  const kinds = {
    'of the server': ['/api/configs/stream', 'event: theme'],
    proxied: ['/events/up/sse', 'event: hello'],
  };
  for (const [kind, [target, marker]] of Object.entries(kinds)) {
    for (const [cause, { files, act, undo }] of Object.entries(CAUSES)) {
      const times = [];
      for (let round = 0; round < rounds; round += 1) {
        await clients.ask(`open ${server.lab.port} ${streams} ${server.request(target, 'hello')} ${marker}`);
        await settled(server.pid);
        if (files) server.lab.write('plugins.yaml', files);
        await clients.ask('arm never');
        const allGone = clients.ask('gone');
        const asked = await server.act(act);
        const gone = await allGone;
        times.push({ first: sinceMs(asked, gone.first_ns), last: sinceMs(asked, gone.last_ns) });
        await clients.ask('close');
        server.lab.write('plugins.yaml', listing());
        await server.act(undo);
        await settled(server.pid);
      }
      const of = (what) => median(times.map((time) => time[what]));
      rows.push({ kind, cause, streams, firstMs: of('first'), lastMs: of('last') });
    }
  }
  return rows;
}

/** Runs everything. `count` streams are open while events are sent; a tenth of them is closed at a time. */
export async function streams({ count = 10000, rounds = 7 } = {}) {
  pin(process.pid, LOAD_CORE);
  const upstream = await startUpstream();
  const server = await startServer(upstream);
  const clients = startProgram(program('stream_clients'), { core: LOAD_CORE });
  try {
    const file = server.request('/api/plugins/events');
    const beastBytes = await beastMemory(clients, count, file);
    const size = await eventBytes(server, clients, file);
    const bytes = await openAll(clients, { pid: server.pid, port: server.lab.port, count, file });
    const events = await fanOut(server, clients, { count, rounds, size });
    await clients.ask('close');
    await settled(server.pid);
    const closed = await closing(server, clients, { streams: Math.ceil(count / 10), rounds: 3 });
    return { count, memory: { bytes, beastBytes }, fanOut: events, closing: closed };
  } finally {
    await clients.stop();
    await server.stop();
    upstream.stop();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = (name, otherwise) => {
    const given = process.argv.find((text) => text.startsWith(`--${name}=`));
    return given ? Number(given.split('=')[1]) : otherwise;
  };
  const result = await streams({ count: option('streams', 10000), rounds: option('rounds', 7) });
  process.stderr.write(`${JSON.stringify(result, null, 1)}\n`);
  process.stdout.write(streamsMarkdown(result));
}
