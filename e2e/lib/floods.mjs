// Floods: what one client sends to make the server slow, large or blind for everybody else. Raw sockets, shared by
// the flood tests and `npm run bench:bff -- floods`.
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';

// libstdc++'s std::hash of strings is MurmurHash64A with a constant seed. Each of its steps is invertible, so for any
// first eight bytes there are eight more that produce a chosen hash. The 64-bit arithmetic works on halves, because
// BigInt is ten times slower.
const MUL = [0xc6a4a793, 0x5bd1e995];
const INVERSE = (() => {
  const mul = 0xc6a4a7935bd1e995n;
  let inverse = mul;
  for (let i = 0; i < 6; i++) inverse = BigInt.asUintN(64, inverse * (2n - mul * inverse));
  return [Number(inverse >> 32n), Number(inverse & 0xffffffffn)];
})();

let high = 0;
let low = 0;

function multiply(ah, al, [bh, bl]) {
  const a0 = al & 0xffff;
  const a1 = al >>> 16;
  const b0 = bl & 0xffff;
  const b1 = bl >>> 16;
  const p01 = a0 * b1;
  const p10 = a1 * b0;
  const middle = (a0 * b0) / 65536 + (p01 % 65536) + (p10 % 65536);
  const carried = Math.floor(middle / 65536) + Math.floor(p01 / 65536) + Math.floor(p10 / 65536) + a1 * b1;
  low = Math.imul(al, bl) >>> 0;
  high = (carried + Math.imul(ah, bl) + Math.imul(al, bh)) >>> 0;
}

function mix() {
  low = (low ^ (high >>> 15)) >>> 0; // v ^ (v >> 47) is its own inverse
}

/** `count` texts of 16 ASCII characters (including control characters) that all have the same std::hash. */
export function collidingTexts(count) {
  const seed = 0xc70f6907n ^ BigInt.asUintN(64, 16n * 0xc6a4a7935bd1e995n);
  const start = [Number(seed >> 32n), Number(seed & 0xffffffffn)];
  const wanted = [0x01234567, 0x89abcdef];
  const bytes = Buffer.alloc(16, 'a');
  const out = [];
  for (let number = 0; out.length < count; number++) {
    for (let i = 0, rest = number; i < 8; i++, rest = Math.floor(rest / 26)) bytes[i] = 97 + (rest % 26);
    multiply(bytes.readUInt32LE(4), bytes.readUInt32LE(0), MUL);
    mix();
    multiply(high, low, MUL);
    multiply((start[0] ^ high) >>> 0, (start[1] ^ low) >>> 0, MUL);
    multiply((high ^ wanted[0]) >>> 0, (low ^ wanted[1]) >>> 0, INVERSE);
    mix();
    multiply(high, low, INVERSE);
    if (((high | low) & 0x80808080) !== 0) continue;
    bytes.writeUInt32LE(low, 8);
    bytes.writeUInt32LE(high, 12);
    out.push(bytes.toString('latin1'));
  }
  return out;
}

/** An evaluation whose resource has these properties. */
export const evaluation = (properties) =>
  JSON.stringify({ resource: { type: 'plugin.route', id: 'x', properties }, action: { name: 'view' } });

/** The keys as members of one object. */
export const oneObject = (keys) => Object.fromEntries(keys.map((key) => [key, 0]));

/** The keys as members of objects with `each` keys. */
export function manyObjects(keys, each) {
  const list = [];
  for (let at = 0; at < keys.length; at += each) list.push(oneObject(keys.slice(at, at + each)));
  return { list };
}

/** Opens `count` connections, sends `bytes` on each, and keeps them open; responses and resets are ignored. */
export async function hold(port, count, bytes) {
  const sockets = [];
  const open = () =>
    new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' });
      sockets.push(socket);
      socket.on('error', resolve);
      socket.on('close', resolve);
      socket.on('data', () => {});
      socket.on('connect', () => socket.write(bytes, resolve));
    });
  for (let at = 0; at < count; at += 100) {
    await Promise.all(Array.from({ length: Math.min(100, count - at) }, open));
  }
  return {
    sockets,
    release: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Resident memory of a process, in KiB. */
export const residentKib = (pid) => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

/** CPU time of all threads of a process so far, in ms. */
export function cpuMs(pid) {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).reduce(
    (sum, id) => sum + Number(readFileSync(`${tasks}/${id}/schedstat`, 'utf8').split(' ')[0]) / 1e6,
    0,
  );
}
