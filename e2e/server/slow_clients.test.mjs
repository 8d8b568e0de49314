// Slow, silent and too many clients against the real server, which must keep serving the others.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { cleanup } from '../lib/cleanup.mjs';
import { converse, hostileLab, rawUpstream } from '../lib/hostile.mjs';
import { until } from '../lib/load.mjs';

let upstream;
let lab;
const LIMIT = 200;

before(async () => {
  upstream = await rawUpstream({
    answer: ({ target }) => {
      const text = JSON.stringify({ target, more: target.endsWith('/large') ? 'x'.repeat(4 << 20) : '' });
      return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
    },
  });
  lab = await hostileLab({
    upstream,
    settings: {
      limits: { connections: LIMIT, connections_per_address: LIMIT },
      timeouts: { head_ms: 500, idle_ms: 60_000, body_ms: 500, write_ms: 500 },
    },
  });
});
after(() => Promise.all([lab?.stop(), upstream?.close()]));

const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${lab.bff.pid}/status`, 'utf8'))[1]);
const open = () =>
  new Promise((resolve, reject) => {
    const socket = connect({ port: lab.port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(socket));
    socket.on('error', reject);
  });
const request = () => `GET /api/app/x HTTP/1.1\r\nHost: ${lab.host}\r\n${lab.credentials}\r\n`;
/** The response to one request on a kept connection. */
const answered = (socket) =>
  new Promise((resolve, reject) => {
    let text = '';
    const closed = () => reject(new Error(`closed: ${text}`));
    const read = (chunk) => {
      text += chunk.toString('latin1');
      if (!text.includes('"target"')) return;
      socket.off('data', read);
      socket.off('close', closed);
      resolve(Number(text.slice(9, 12)));
    };
    socket.on('data', read);
    socket.once('close', closed);
    socket.write(request());
  });

/** A client that sends `bytes` one by one until it gets a response or is disconnected. */
function trickle(bytes, everyMs) {
  return new Promise((resolve) => {
    const socket = connect({ port: lab.port, host: '127.0.0.1' });
    let text = '';
    let at = 0;
    const timer = setInterval(() => {
      if (at < bytes.length) socket.write(bytes[at++]);
    }, everyMs);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(timer);
      resolve({ text, said: at });
    });
  });
}

test('ends byte-by-byte heads and bodies with 408 while it serves others', async () => {
  upstream.forget();
  const head = `POST /api/app/slow HTTP/1.1\r\nHost: ${lab.host}\r\n${lab.credentials}Content-Length: 100000\r\n\r\n`;
  const slow = [
    ...Array.from({ length: 20 }, () => trickle([...request()], 20)),
    ...Array.from({ length: 20 }, () => trickle([head, ...'x'.repeat(100_000)], 20)),
  ];
  const quick = await open();
  for (let n = 0; n < 20; n += 1) assert.equal(await answered(quick), 200);
  quick.destroy();
  for (const { text } of await Promise.all(slow)) assert.match(text, /^HTTP\/1\.1 408 /);
  assert.ok(!upstream.targets().includes('/api/app/slow'), 'no whole request of them');
});

test('refuses thousands of excess connections with an immediate 503 and keeps serving the others', async (t) => {
  const held = [];
  cleanup(t, () => held.forEach((socket) => void socket.destroy()));
  await until(async () => (await converse(lab.port, request(), { count: 1 })).statuses[0] === 200, 'room');
  while (held.length < LIMIT - 5) held.push(await open());
  assert.deepEqual(new Set(await Promise.all(held.map(answered))), new Set([200]));
  // Silent clients take the last five connections.
  for (let n = 0; n < 5; n += 1) held.push(await open());
  const before = memory();
  let told = 0;
  let lost = 0;
  const started = Date.now();
  for (let batch = 0; batch < 6; batch += 1) {
    const some = Array.from({ length: 500 }, () => converse(lab.port, request()));
    // Meanwhile the accepted ones are answered.
    assert.deepEqual(new Set(await Promise.all(held.slice(0, 20).map(answered))), new Set([200]));
    for (const { answers } of await Promise.all(some)) {
      if (answers[0]?.status === 503) told += 1;
      else lost += 1;
    }
  }
  const took = Date.now() - started;
  assert.deepEqual({ told, lost }, { told: 3000, lost: 0 });
  const grown = memory() - before;
  assert.ok(grown < 8 * 1024, `${grown} KiB more`);
  t.diagnostic(`3,000 refusals in ${took} ms, ${grown} KiB more`);
  await until(async () => {
    const text = await (await fetch(`${lab.bff.metricsUrl}/metrics`)).text();
    // The last refused connections may still be closing.
    if (!/^portcullis_connections (?:19|20)\d$/m.test(text)) return false;
    return Number(/^portcullis_connections_refused_total (\d+)/m.exec(text)?.[1]) >= 3000;
  }, 'all are counted');
  for (const socket of held) socket.destroy();
  await until(async () => (await converse(lab.port, request(), { count: 1 })).statuses[0] === 200, 'room again');
});

test('aborts a client that never reads a large response, and its upstream call', async () => {
  const socket = await open();
  socket.on('error', () => {});
  socket.pause();
  // More than all buffers on the way can hold.
  const large = `GET /api/app/large HTTP/1.1\r\nHost: ${lab.host}\r\n${lab.credentials}\r\n`;
  socket.write(large.repeat(10));
  const cutOff = (line) => line.includes('/api/app/large') && line.includes('"complete":false');
  await until(() => lab.bff.log.split('\n').some(cutOff), 'an answer that was not taken to its end');
  socket.destroy();
  assert.equal((await converse(lab.port, request(), { count: 1 })).statuses[0], 200);
});

test('refuses an unfinished head as its own request, not as the one before', async () => {
  const socket = await open();
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.write(`GET /api/app/x HTTP/1.1\r\nHost: ${lab.host}\r\n${lab.credentials}X-Request-ID: the-first-one\r\n\r\n`);
  await until(() => text.includes('"target"'), 'the answer');
  assert.match(text, /X-Request-ID: the-first-one/);
  text = '';
  socket.write('G');
  await until(() => text.includes('REQUEST_TIMEOUT'), 'the refusal');
  assert.match(text, /^HTTP\/1\.1 408 /);
  assert.doesNotMatch(text, /the-first-one/);
  socket.destroy();
});

test('gives others their turn while one client always has a next request ready', async () => {
  const others = await open();
  const greedy = await Promise.all(Array.from({ length: 8 }, open));
  const many = `GET /readyz HTTP/1.1\r\nHost: ${lab.host}\r\n\r\n`.repeat(2000);
  let served = 0;
  for (const socket of greedy) {
    socket.on('data', (chunk) => {
      served += chunk.length;
      if (socket.writableLength === 0) socket.write(many);
    });
    socket.write(many);
  }
  await until(() => served > 1_000_000, 'the flood');
  for (let i = 0; i < 20; i += 1) {
    others.write(request());
    assert.equal(await answered(others), 200);
  }
  const before = served;
  await until(() => served > before, 'the flood goes on');
  for (const socket of [others, ...greedy]) socket.destroy();
});
