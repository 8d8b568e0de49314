// Runs one flood until it is killed: node flooder.mjs JSON. A separate process, so that the measurement waits for the
// server and not for the flood.
import { connect } from 'node:net';
import { collidingTexts, evaluation, hold, manyObjects, oneObject } from '../../e2e/lib/floods.mjs';

const { kind, port, host, cookie, csrf } = JSON.parse(process.argv[2]);
const proofs = `Host: ${host}\r\nCookie: ${cookie}\r\nOrigin: http://${host}\r\nX-CSRF-Token: ${csrf}\r\n`;
const post = (target, length, fields = proofs) =>
  `POST ${target} HTTP/1.1\r\n${fields}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
const whole = (target, body, fields) => post(target, Buffer.byteLength(body), fields) + body;

/** Repeats the request as soon as it is answered, on `connections` at once, forever. */
function repeat(connections, bytes) {
  const text = typeof bytes === 'function' ? bytes : () => bytes;
  const open = () => {
    const socket = connect({ port, host: '127.0.0.1' });
    const say = () => socket.write(text());
    socket.on('connect', say);
    // Responses are small: one piece is one response, or the end of several.
    socket.on('data', say);
    socket.on('error', () => {});
    socket.on('close', () => setTimeout(open, 10));
  };
  for (let i = 0; i < connections; i++) open();
}

/** Opens and holds `count` connections, and reopens closed ones. */
async function holdOn(count, bytes) {
  for (;;) {
    const held = await hold(port, count, bytes);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    held.release();
  }
}

const FLOODS = {
  'colliding keys': () => {
    const keys = collidingTexts(24_000);
    repeat(8, whole('/access/v1/evaluation', evaluation(oneObject(keys))));
  },
  'colliding keys, 1,000 to an object': () => {
    const keys = collidingTexts(24_000);
    repeat(8, whole('/access/v1/evaluation', evaluation(manyObjects(keys, 1000))));
  },
  'announced bodies': () => holdOn(3000, post('/access/v1/evaluation', 1 << 20)),
  'unfinished heads': () => holdOn(3000, `GET / HTTP/1.1\r\nHost: ${host}\r\nX-A: ${'a'.repeat(12_000)}`),
  'sign-ins': () =>
    repeat(
      16,
      whole('/auth/login', '{"user":"viewer","password":"viewer"}', `Host: ${host}\r\nOrigin: http://${host}\r\n`),
    ),
  refusals: () => repeat(16, `GET /api/app/%2f HTTP/1.1\r\nHost: ${host}\r\n\r\n`.repeat(50)),
};

await FLOODS[kind]();
process.stdout.write('ready\n');
