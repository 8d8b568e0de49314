// Bodies of 2 GB through the real server, in both directions, complete and in constant memory; backpressure reaches
// the upstream.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { cleanup } from '../lib/cleanup.mjs';
import { startLab } from '../lib/lab.mjs';
import { until } from '../lib/load.mjs';

const SIZE = 2 * 1024 ** 3 + 4097; // more than an int32, and not a multiple of a block
const BLOCK = Buffer.from(Uint8Array.from({ length: 1_000_003 }, (_, at) => (at * 7919) >> 3));
const MIB = 1024;
/** Allowed memory growth, whatever the size: the buffers of one exchange, and the allocator's slack. */
const ALLOWED = 8 * MIB;

/** Writes SIZE bytes of repeated BLOCKs as fast as the peer accepts them. */
async function pour(socket) {
  for (let left = SIZE; left > 0; left -= BLOCK.length) {
    if (!socket.write(left >= BLOCK.length ? BLOCK : BLOCK.subarray(0, left))) await once(socket, 'drain');
  }
}

/** Hashes what follows the head of a message; `head` and, after SIZE bytes, `digest` are promises. */
function drink(socket) {
  const hash = createHash('sha1');
  let head = null;
  let text = Buffer.alloc(0);
  let got = 0;
  const heads = deferred();
  const digests = deferred();
  const failed = (error) => {
    heads.reject(error);
    digests.reject(error);
  };
  heads.promise.catch(() => {});
  digests.promise.catch(() => {});
  socket.on('error', failed);
  socket.on('close', () => failed(new Error(`closed after ${got} bytes of the body`)));
  socket.on('data', (chunk) => {
    let body = chunk;
    if (head === null) {
      text = Buffer.concat([text, chunk]);
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      head = text.subarray(0, end).toString('latin1');
      body = text.subarray(end + 4);
      heads.resolve(head);
    }
    got += body.length;
    hash.update(body);
    if (got >= SIZE) digests.resolve({ got, sha1: hash.digest('hex') });
  });
  return { head: heads.promise, digest: digests.promise, got: () => got };
}

function deferred() {
  const out = {};
  out.promise = new Promise((resolve, reject) => Object.assign(out, { resolve, reject }));
  return out;
}

const expected = () => {
  const hash = createHash('sha1');
  let left = SIZE;
  for (; left >= BLOCK.length; left -= BLOCK.length) hash.update(BLOCK);
  return hash.update(BLOCK.subarray(0, left)).digest('hex');
};

let upstream;
let lab;
let sha1;
let flow = null; // how many bytes of the last download the upstream could send

before(async () => {
  sha1 = expected();
  upstream = createServer((socket) => {
    socket.on('error', () => {});
    const { head, digest } = drink(socket);
    head
      .then(async (text) => {
        if (text.startsWith('GET ')) {
          socket.write(
            `HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nConnection: close\r\nContent-Length: ${SIZE}\r\n\r\n`,
          );
          const own = { bytes: 0 };
          flow = own;
          const timer = setInterval(() => {
            own.bytes = socket.bytesWritten;
          }, 20);
          socket.on('close', () => clearInterval(timer));
          await pour(socket);
          return;
        }
        const answer = JSON.stringify(await digest);
        socket.end(
          `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${answer.length}\r\nConnection: close\r\n\r\n${answer}`,
        );
      })
      .catch(() => socket.destroy());
  });
  await new Promise((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const plugin = {
    id: 'app',
    version: '1.0.0',
    engine: { experience: '>=1.0.0' },
    bundle: { file: '/app/plugins/app/1.0.0/index.esm.js' },
    permissions: {
      api: [
        { method: 'GET', path: '/api/app/large' },
        { method: 'POST', path: '/api/app/large' },
      ],
      sse: [],
    },
  };
  lab = await startLab({
    files: {
      'plugins.yaml': { tenants: { localhost: [plugin] } },
      'routes.yaml': {
        upstreams: { app: { url: `http://127.0.0.1:${upstream.address().port}` } },
        routes: [{ path: '/api/app/*', methods: ['GET', 'POST'], upstream: 'app' }],
      },
    },
    bundles: { 'app/1.0.0/index.esm.js': 'export default {};\n' },
  });
});
after(async () => {
  await lab?.stop();
  await new Promise((resolve) => (upstream ? upstream.close(resolve) : resolve()));
});

const status = (name) =>
  Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${lab.bff.pid}/status`, 'utf8'))[1]);
/** Tracks the peak growth of the server's resident memory from now on, in KiB. */
function watchPeak() {
  writeFileSync(`/proc/${lab.bff.pid}/clear_refs`, '5');
  const start = status('VmRSS');
  return () => status('VmHWM') - start;
}

async function open(method, length) {
  const { cookie, csrf } = await lab.login('viewer');
  const socket = connect({ port: lab.port, host: '127.0.0.1' });
  socket.on('error', () => {});
  await once(socket, 'connect');
  const host = `localhost:${lab.port}`;
  socket.write(
    `${method} /api/app/large HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\nOrigin: http://${host}\r\n` +
      `X-CSRF-Token: ${csrf}\r\nX-Plugin-Id: app\r\n${length}\r\n`,
  );
  return socket;
}

test('uploads 2 GB completely in constant memory', async (t) => {
  const socket = await open('POST', `Content-Type: application/octet-stream\r\nContent-Length: ${SIZE}\r\n`);
  cleanup(t, () => socket.destroy());
  const peak = watchPeak();
  let answer = '';
  const answered = new Promise((resolve) => {
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (answer.endsWith('}')) resolve();
    });
    socket.on('close', resolve);
  });
  await Promise.race([pour(socket), answered]);
  await answered;
  assert.match(answer, /^HTTP\/1\.1 200 /);
  assert.deepEqual(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))), { got: SIZE, sha1 });
  const more = peak();
  t.diagnostic(`peak: ${more} KiB over what it had before`);
  assert.ok(more < ALLOWED, `${more} KiB more`);
});

test('downloads 2 GB completely in constant memory', async (t) => {
  const socket = await open('GET', '');
  cleanup(t, () => socket.destroy());
  const peak = watchPeak();
  const { head, digest } = drink(socket);
  assert.match(await head, /^HTTP\/1\.1 200 /);
  assert.deepEqual(await digest, { got: SIZE, sha1 });
  const more = peak();
  t.diagnostic(`peak: ${more} KiB over what it had before`);
  assert.ok(more < ALLOWED, `${more} KiB more`);
});

test('reads from the upstream only as fast as the client reads', async (t) => {
  flow = null;
  const socket = await open('GET', '');
  cleanup(t, () => socket.destroy());
  socket.pause();
  const peak = watchPeak();
  // When the kernel's buffers in both directions and the server's are full, nothing moves any more.
  let last = -1;
  let same = 0;
  await until(
    () => {
      const bytes = flow?.bytes ?? 0;
      same = bytes > 0 && bytes === last ? same + 1 : 0;
      last = bytes;
      return same >= 25;
    },
    'the flow to stop',
    { timeoutMs: 60_000 },
  );
  assert.ok(last < 64 * 1024 ** 2, `${last} bytes were fetched for nobody`);
  assert.ok(peak() < ALLOWED);
});
