// Hand-written HTTP/1.1: sends the request line unchanged, which no client library does.
import { connect } from 'node:net';

/** The bytes of a request; `target` is sent unchanged (latin1). */
export function requestBytes({ method = 'GET', target, headers = {}, body = '' }) {
  const lines = [`${method} ${target} HTTP/1.1`];
  const all = { ...headers, Connection: 'close' };
  if (body || !['GET', 'HEAD'].includes(method)) all['Content-Length'] = String(Buffer.byteLength(body));
  for (const [name, value] of Object.entries(all)) {
    for (const one of Array.isArray(value) ? value : [value]) lines.push(`${name}: ${one}`);
  }
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body)]);
}

/** Sends bytes and reads until the connection ends. */
export function exchange(port, bytes, { host = '127.0.0.1', timeoutMs = 10_000 } = {}) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host });
    const chunks = [];
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error('no answer in time')));
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(parse(Buffer.concat(chunks))));
  });
}

/** Opens a stream: `opened` resolves with the first bytes that match, `ended` with all bytes at its end. */
export function openStream(port, bytes, { until = /\r\n\r\n/, host = '127.0.0.1', timeoutMs = 10_000 } = {}) {
  const chunks = [];
  const socket = connect({ port, host });
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error('the stream is still open')));
  socket.on('connect', () => socket.write(bytes));
  const ended = new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => resolve(parse(Buffer.concat(chunks))));
  });
  const opened = new Promise((resolve, reject) => {
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      const text = Buffer.concat(chunks).toString('latin1');
      if (until.test(text)) resolve(text);
    });
    ended.then((answer) => reject(new Error(`ended first: ${answer.status} ${answer.text}`)), reject);
  });
  ended.catch(() => {});
  opened.catch(() => {});
  return { opened, ended, close: () => socket.destroy() };
}

function dechunk(body) {
  const parts = [];
  let at = 0;
  for (;;) {
    const end = body.indexOf('\r\n', at);
    if (end < 0) break;
    const size = Number.parseInt(body.subarray(at, end).toString('latin1'), 16);
    if (!size) break;
    parts.push(body.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  return Buffer.concat(parts);
}

function parse(bytes) {
  const split = bytes.indexOf('\r\n\r\n');
  if (split < 0) return { status: 0, headers: {}, text: bytes.toString('latin1'), json: () => null };
  const [first, ...lines] = bytes.subarray(0, split).toString('latin1').split('\r\n');
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  let body = bytes.subarray(split + 4);
  if (/chunked/i.test(headers['transfer-encoding'] ?? '')) body = dechunk(body);
  const text = body.toString('utf8');
  return { status: Number(first.split(' ')[1]), headers, text, json: () => JSON.parse(text) };
}
