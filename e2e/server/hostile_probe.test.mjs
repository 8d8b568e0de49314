// MDA2AV/Http11Probe: malformed and smuggling requests for any HTTP/1.1 server. The rows are read from
// CONFORMANCE_DIR (default: ../shared/conformance), and skipped if that does not exist. Each row is sent twice.
// Signed in: the rows request an echo at `/`, `/echo` and `/cookie`, so these are routes to an upstream here, and the
// session's fields are added after the row's Host. Unchanged: to a server with a page and no routes, without a
// session.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { root } from '../lib/examples.mjs';
import { converse, hostileLab, rawUpstream } from '../lib/hostile.mjs';

const folder = process.env.CONFORMANCE_DIR ?? join(root, '../shared/conformance');
const file = join(folder, 'http-http11probe.json');
const rows = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
const skip = rows === null ? `no ${file}` : false;

const HOST = 'Host: localhost:8080\r\n';
const is2xx = (status) => status >= 200 && status < 300;
const any =
  (...allowed) =>
  ({ status }) =>
    allowed.some((one) => (one === '2xx' ? is2xx(status) : one === status));
const GONE = 0; // closed without a response
const echoes = ({ status, body, bodyOfRow }) => is2xx(status) && JSON.parse(body).body === bodyOfRow;

// Where the data allows several outcomes and prefers one of them, that one is expected.
const OUTCOMES = {
  'Exact(400)': any(400),
  'Range2xx()': any('2xx'),
  '400 or close (pass), 2xx (warn)': any(400),
  '400 or close': any(400),
  '400 or 2xx': any(400, '2xx'),
  '400 or 2xx/404': any(400),
  '400/505 or close': any(400, 505),
  '400/close/timeout': any(400, GONE),
  '400/501 or close': any(400, 501),
  '400/501 or 2xx+close': any(400, 501),
  '400 or 2xx+close': any(400),
  '2xx preferred; 400 warns': any('2xx'),
  '400/405/501 or 2xx': any(400, 405, 501),
  '400/405/501 or close': any(400, 405, 501),
  '2xx + echo': echoes,
  '!101': ({ status }) => status !== 101 && status !== GONE,
  'non-101 (426 preferred)': ({ status }) => status !== 101 && status !== GONE,
  '417 or 2xx': any(417, '2xx'),
  '405/501 or 2xx': any(405, 501),
  '2xx + close': ({ status, closed }) => is2xx(status) && closed,
  '200 or 400': any(200, 400),
  '200 or 505': any(400, 505), // the data has no 400 here; there is no later minor version to be compatible with
  '400/405 or 200': any(400, 405),
  '2xx (Range ignored)': any(200),
  '2xx with no body': ({ status, body, rest }) => is2xx(status) && body === '' && rest === '',
  '501/405/400 or close': any(501, 405, 400),
  '405 + Allow header': ({ status, headers }) => status === 405 && Boolean(headers.allow),
  '2xx with Date header': ({ status, headers }) => is2xx(status) && Boolean(headers.date),
  'IMF-fixdate format': ({ headers }) =>
    /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(headers.date),
  'non-1xx response': ({ status }) => status >= 200,
  '204 without CL': ({ status, headers }) => status === 204 && headers['content-length'] === undefined,
  '2xx with Allow header': ({ status, headers }) => is2xx(status) && Boolean(headers.allow),
  '2xx with Content-Type': ({ status, headers }) => is2xx(status) && Boolean(headers['content-type']),
  '405/501, or 200 without Auth': any(405, 501),
  '200 or 416': any(200, 416),
  '406 or 2xx': any(406, '2xx'),
  '415 or 2xx': any(415, '2xx'),
  // Cookies are for this server only and must not be forwarded.
  '2xx with Cookie in body': ({ status }) => is2xx(status),
  '2xx with both cookies': ({ status }) => is2xx(status),
  '2xx with foo=bar in body': ({ status }) => is2xx(status),
  '2xx with a=1, b=2, c=3 in body': ({ status }) => is2xx(status),
  '2xx (no crash)': any('2xx'),
  '2xx or 400': any('2xx', 400),
  'Reject/drop (pass), normalize (fail), preserve (warn)': (answer) =>
    answer.status === 400 ||
    (is2xx(answer.status) && !/content_length|transfer_encoding|: 99\r|: 5\r/i.test(upstream.bytes())),
  'Reject/drop (pass), normalize casing (fail), preserve (warn)': any(400),
};
const outcomeOf = ({ expect_text: text, expect_status: status }) => status ?? text;
// A page accepts no POST: where the data expects an echo, or nothing, it responds with 405 at once.
const ofThePage = (row, text) =>
  text.startsWith('POST ') && /2xx|timeout|preserve/.test(outcomeOf(row)) ? any(405, 400) : null;
// Refused because of its target. Its end is known, so the connection may stay open.
const FRAMED = ['COMP-ASTERISK-WITH-GET'];

/** The row's body as its recipient reads it. */
function bodyOf(text) {
  const [head, ...rest] = text.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  if (!/chunked/i.test(head)) return body;
  const chunks = [...body.matchAll(/([0-9A-Fa-f]+)\r\n([\s\S]*?)\r\n(?=[0-9A-Fa-f]+\r\n)/g)];
  return chunks.map(([, , data]) => data).join('');
}

let upstream;
let lab;
let page;
let dist;

before(async () => {
  if (skip) return;
  dist = mkdtempSync(join(tmpdir(), 'portcullis-page-'));
  writeFileSync(join(dist, 'index.html'), '<p>the page</p>');
  upstream = await rawUpstream();
  const routes = ['/', '/echo', '/cookie', '/path'].map((path) => ({
    path,
    methods: ['GET', 'HEAD', 'POST'],
    upstream: 'app',
    plugin: 'optional',
  }));
  lab = await hostileLab({ upstream, routes });
  page = await hostileLab({ upstream, args: ['--spa', dist] });
});
after(async () => {
  if (skip) return;
  await Promise.all([lab?.stop(), page?.stop(), upstream?.close()]);
  rmSync(dist, { recursive: true, force: true });
});
beforeEach(() => upstream?.forget());

/** Sends the bytes and returns the first final response in the form that the outcomes compare. */
async function ask(port, row, bytes) {
  const outcome = outcomeOf(row);
  const silent = outcome.includes('timeout'); // half-closes instead of waiting for the server's timeout
  const closes = outcome.includes('+ close') || (outcome === 'Exact(400)' && !FRAMED.includes(row.id));
  const said = await converse(port, bytes, { half: silent, count: silent || closes ? Infinity : 1 });
  const { answers, rest, closed } = said;
  const answer = answers.find(({ status }) => status >= 200) ?? { status: GONE, headers: {}, body: '' };
  return { ...answer, rest, closed, answers, bodyOfRow: bodyOf(bytes) };
}

describe('Http11Probe, signed in', { skip }, () => {
  for (const row of rows ?? []) {
    test(`${row.id}: ${outcomeOf(row)}`, async () => {
      const text = Buffer.from(row.request_b64, 'base64').toString('latin1');
      const fields = lab.credentials.replace('X-Plugin-Id: app\r\n', '').replace(lab.host, 'localhost:8080');
      const answer = await ask(lab.port, row, text.replace(HOST, `${HOST}${fields}`));
      const judge = OUTCOMES[outcomeOf(row)];
      assert.ok(judge, 'the test knows this outcome');
      assert.ok(judge(answer), `${row.desc}: ${answer.status} ${answer.body}${answer.closed ? ', closed' : ''}`);
      assert.doesNotMatch(upstream.bytes(), /cookie:|authorization|upgrade|expect|foo=bar|evil/i);
      if (outcomeOf(row) === 'Exact(400)') {
        assert.equal(answer.answers.length, 1);
        assert.equal(answer.closed, !FRAMED.includes(row.id));
        await upstream.brokenOff();
        assert.deepEqual(upstream.requests, []);
      }
    });
  }
});

describe('Http11Probe, unchanged', { skip }, () => {
  for (const row of rows ?? []) {
    test(`${row.id}: ${outcomeOf(row)}`, async () => {
      const text = Buffer.from(row.request_b64, 'base64').toString('latin1');
      const judge = ofThePage(row, text) ?? OUTCOMES[outcomeOf(row)];
      const answer = await ask(page.port, row, text);
      assert.ok(judge(answer), `${row.desc}: ${answer.status} ${answer.body}${answer.closed ? ', closed' : ''}`);
      assert.equal(upstream.bytes(), '');
    });
  }
});

test('keeps the number of probe rows', { skip }, () => {
  assert.ok(rows.length >= 149);
});
