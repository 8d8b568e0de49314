// Oversized input is refused at its limit, with the headers of every response, and the server continues to serve.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { cleanup } from '../lib/cleanup.mjs';
import { converse, hostileLab, rawUpstream } from '../lib/hostile.mjs';

let upstream;
let lab;

before(async () => {
  upstream = await rawUpstream();
  lab = await hostileLab({ upstream, settings: { limits: { header_fields: 2000 } } });
});
after(() => Promise.all([lab?.stop(), upstream?.close()]));
beforeEach(() => upstream.forget());

const head = (fields, line = 'GET /api/app/x HTTP/1.1') =>
  `${line}\r\nHost: ${lab.host}\r\n${lab.credentials}${fields}\r\n\r\n`;

/** Expects one response with `status` and the code, the end of the connection, and nothing at the upstream. */
async function refused(bytes, status, code) {
  const { statuses, answers, closed } = await converse(lab.port, bytes);
  assert.deepEqual({ statuses, closed }, { statuses: [status], closed: true });
  assert.equal(JSON.parse(answers[0].body).code, code);
  assert.equal(upstream.bytes(), '');
  assertHeaders(answers[0]);
}

function assertHeaders({ headers, status }) {
  const where = `of the ${status}`;
  assert.match(headers['content-security-policy'], /default-src '(self|none)'.*frame-ancestors 'none'/, where);
  assert.equal(headers['x-content-type-options'], 'nosniff', where);
  assert.equal(headers['referrer-policy'], 'same-origin', where);
  assert.match(headers['permissions-policy'], /camera=\(\)/, where);
  assert.equal(headers['cross-origin-opener-policy'], 'noopener-allow-popups', where);
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin', where);
  assert.equal(headers['cache-control'], 'no-store', where);
  assert.match(headers.vary, /Cookie/, where);
  assert.match(headers.date, / GMT$/, where);
  assert.match(headers['x-request-id'], /^[0-9a-f]{32}$/, where);
  assert.equal(headers['content-type'], 'application/problem+json', where);
  assert.equal(headers.server, undefined, where);
}

test('rejects 16 KB of header fields with 431, in one field or in many', async () => {
  await refused(head(`X-A: ${'a'.repeat(32768)}`), 431, 'HEADERS_TOO_LARGE');
  await refused(head(`${'a:\r\n'.repeat(10_000)}b:`), 431, 'HEADERS_TOO_LARGE');
  await refused(head(`${'a'.repeat(40_000)}: b`), 431, 'HEADERS_TOO_LARGE');
  await refused(head(`X-A: ${'a'.repeat(1 << 20)}`), 431, 'HEADERS_TOO_LARGE');
});

test('answers two thousand small header fields quickly, and rejects more with 431', async () => {
  await refused(head(`${'a:\r\n'.repeat(2001)}b:`), 431, 'HEADERS_TOO_LARGE');
  const room = 7_000 - lab.credentials.length;
  const many = ['a:\r\n', 'connection:a\r\n', 'cookie:a=b\r\n', 'accept:a\r\n', 'x-forwarded-for:a\r\n'];
  for (const line of many) {
    const { statuses } = await converse(lab.port, head(`${line.repeat(room / line.length)}b:`), {
      count: 1,
      timeoutMs: 3000,
    });
    assert.deepEqual(statuses, [200], line);
  }
});

test('names the oversized part of a request line', async () => {
  const path = (length) => `GET /api/app/${'a'.repeat(length)} HTTP/1.1`;
  await refused(head('X-A: b', path(1 << 20)), 414, 'PATH_TOO_LONG');
  const query = (length) => `GET /api/app/x?${'a'.repeat(length)} HTTP/1.1`;
  await refused(head('X-A: b', query(1 << 20)), 414, 'QUERY_TOO_LONG');
  await refused(head('X-A: b', `${'G'.repeat(1 << 20)} / HTTP/1.1`), 501, 'METHOD_UNKNOWN');
  await refused(head('X-A: b', `${'G('.repeat(1 << 19)} / HTTP/1.1`), 400, 'BAD_REQUEST');
  const { answers } = await converse(lab.port, head('X-A: b', path(2048)), { count: 1 });
  assert.equal(JSON.parse(answers[0].body).code, 'PATH_TOO_LONG');
  assert.equal(upstream.bytes(), '');
});

test('limits the empty lines before a request', async () => {
  await refused(`${'\r\n'.repeat(100_000)}${head('X-A: b')}`, 400, 'BAD_REQUEST');
});

test('rejects a JSON body that is too long, too deep or malformed', async () => {
  const login = (body, type = 'application/json') => {
    const fields = `Content-Type: ${type}\r\nContent-Length: ${body.length}\r\nConnection: close`;
    return converse(lab.port, `POST /auth/login HTTP/1.1\r\nHost: ${lab.host}\r\n${fields}\r\n\r\n${body}`);
  };
  const deep = '['.repeat(100_000);
  for (const [body, status] of [
    [deep, [400, 413]],
    [`{"user":"viewer","password":"${'a'.repeat(2 << 20)}"}`, [413]],
    ['{"user":"viewer","user":"operator","password":"viewer"}', [400]],
    ['{"user":"viewer","password":"viewer"} {}', [400]],
    ['{"user":{"$ne":1},"password":{"$ne":1}}', [400]],
    ['\xff\xfe{}', [400]],
  ]) {
    const { statuses, answers } = await login(body);
    assert.ok(statuses.length === 1 && status.includes(statuses[0]), `${body.slice(0, 40)}: ${statuses}`);
    assert.equal(answers[0].headers['set-cookie'], undefined);
  }
  assert.deepEqual((await login('user=viewer&password=viewer', 'application/x-www-form-urlencoded')).statuses, [415]);
});

test('answers a pipeline of a hundred requests in order', async () => {
  const each = (n) => head('X-A: b', `GET /api/app/${n} HTTP/1.1`);
  const all = Array.from({ length: 100 }, (_, n) => each(n)).join('');
  const { statuses, answers } = await converse(lab.port, all, { count: 100 });
  assert.deepEqual(new Set(statuses), new Set([200]));
  assert.deepEqual(
    answers.map(({ body }) => JSON.parse(body).target),
    Array.from({ length: 100 }, (_, n) => `/api/app/${n}`),
  );
});

test('refuses connections over the limit with a complete 503, and accepts again afterwards', async (t) => {
  const small = await hostileLab({ upstream, settings: { limits: { connections: 8, connections_per_address: 8 } } });
  cleanup(t, () => small.stop());
  const request = `GET /auth/session HTTP/1.1\r\nHost: ${small.host}\r\nCookie: ${small.session.cookie}\r\n\r\n`;
  // A response on each shows that it was accepted; they stay open.
  const held = [];
  cleanup(t, () => held.forEach((socket) => void socket.destroy()));
  let answer = '';
  for (let n = 0; n < 20 && !answer.startsWith('HTTP/1.1 503'); n++) {
    const socket = connect({ port: small.port, host: '127.0.0.1' });
    held.push(socket);
    socket.on('error', () => {});
    socket.write(request);
    answer = await new Promise((resolve, reject) => {
      socket.once('data', (chunk) => resolve(chunk.toString('latin1')));
      socket.setTimeout(5000, () => reject(new Error('no answer in time')));
    });
  }
  const { answers, closed } = await converse(small.port, request);
  assert.deepEqual([answers[0].status, closed], [503, true]);
  assert.equal(JSON.parse(answers[0].body).code, 'OVERLOADED');
  assert.equal(answers[0].headers['retry-after'], '1');
  assertHeaders(answers[0]);
  for (const socket of held) socket.destroy();
  const until = Date.now() + 5000;
  let status = 503;
  while (status === 503 && Date.now() < until) status = (await converse(small.port, request, { count: 1 })).statuses[0];
  assert.equal(status, 200);
});

test('still serves after all of the above', async () => {
  assert.deepEqual((await converse(lab.port, head('X-A: b'), { count: 1 })).statuses, [200]);
  assert.deepEqual(upstream.targets(), ['/api/app/x']);
});
