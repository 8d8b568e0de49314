// The soak's upstream, in its own process: echoes the request and its caller, and sends a body that belongs to that
// request. On a message it becomes slow, silent, aborts halfway, or speaks no HTTP. Started by `startUpstream`.
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { bodyOf } from './random.mjs';

const EVENT_MS = 100;
/** Event numbers follow the clock, so that they continue across a restart. */
const EPOCH = Date.UTC(2026, 0, 1);
/** How far back a stream may be resumed. */
export const RESUMABLE_EVENTS = 600;

/**
 * Starts it in its own process; `seen(ids, whole)` reports the requests that reached it, and which of them were
 * complete.
 */
export async function startUpstream({ port = 0, seen = () => {} } = {}) {
  const child = fork(fileURLToPath(import.meta.url), [String(port)], { env: { ...process.env, SOAK_UPSTREAM: '1' } });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  let settle = () => {};
  const bound = await new Promise((resolve, reject) => {
    child.on('message', (message) => {
      if (message.port) resolve(message.port);
      if (message.seen) seen(message.seen, message.whole);
      if (message.mood) settle();
    });
    exited.then((code) => reject(new Error(`the upstream ended with ${code}`)));
  });
  return {
    port: bound,
    url: `http://127.0.0.1:${bound}`,
    /** Resolves when the mood is set; calls that the previous one held are aborted. */
    mood: (name) =>
      new Promise((resolve) => {
        settle = resolve;
        exited.then(resolve);
        child.send({ mood: name });
      }),
    kill: () => {
      child.kill('SIGKILL');
      return exited;
    },
  };
}

function serve(port) {
  let mood = 'fine';
  let ids = [];
  let whole = [];
  const held = new Set();

  const feed = (req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    res.flushHeaders();
    const now = () => Math.floor((Date.now() - EPOCH) / EVENT_MS);
    const last = Number(req.headers['last-event-id'] ?? Number.NaN);
    let at = now();
    if (Number.isInteger(last) && last <= at && at - last < RESUMABLE_EVENTS) at = last;
    const plugin = req.headers['x-plugin-id'];
    const tick = () => {
      for (const end = now(); at < end; ) {
        at += 1;
        res.write(`id: ${at}\ndata: ${JSON.stringify({ n: at, target: req.url, plugin })}\n\n`);
      }
    };
    tick();
    const timer = setInterval(tick, EVENT_MS / 2);
    res.on('close', () => clearInterval(timer));
  };

  const answer = (req, res, up) => {
    const query = new URL(req.url, 'http://upstream').searchParams;
    const id = req.headers['x-request-id'];
    const body = bodyOf(id, Number(query.get('size') ?? 0));
    const echo = {
      method: req.method,
      target: req.url,
      plugin: req.headers['x-plugin-id'] ?? null,
      tenant: req.headers['x-portcullis-tenant'],
      user: req.headers['x-portcullis-user'],
      id,
      ...up,
    };
    const length = query.has('chunked') ? {} : { 'Content-Length': body.length };
    res.writeHead(200, { 'Content-Type': 'text/plain', 'X-Echo': JSON.stringify(echo), ...length });
    if (mood !== 'reset' || body.length < 2) return res.end(body);
    res.write(body.subarray(0, body.length >> 1), () => req.socket.resetAndDestroy());
  };

  const server = createServer((req, res) => {
    ids.push(req.headers['x-request-id']);
    let crc = 0;
    let bytes = 0;
    req.on('data', (chunk) => {
      crc = crc32(chunk, crc);
      bytes += chunk.length;
    });
    res.on('error', () => {});
    req.on('error', () => {});
    req.on('end', () => {
      whole.push(req.headers['x-request-id']);
      if (mood === 'silent') return held.add(req.socket);
      if (mood === 'garbage') return req.socket.end('\x16\x03\x01 this is no HTTP\n\n');
      if (req.url.startsWith('/events/')) return feed(req, res);
      if (mood === 'slow') return setTimeout(answer, 50 + (bytes % 250), req, res, { bytes, crc });
      answer(req, res, { bytes, crc });
    });
  });
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.listen(port, '127.0.0.1', () => process.send({ port: server.address().port }));
  setInterval(() => {
    if (ids.length || whole.length) process.send({ seen: ids, whole });
    ids = [];
    whole = [];
  }, 500).unref();
  process.on('message', (message) => {
    mood = message.mood;
    for (const socket of held) socket.destroy();
    held.clear();
    process.send({ mood });
  });
  process.on('disconnect', () => process.exit(0)); // exits together with the soak
}

if (process.env.SOAK_UPSTREAM) serve(Number(process.argv[2]));
