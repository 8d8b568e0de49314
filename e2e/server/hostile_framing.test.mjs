// Framing attacks: input that two servers could read as one request or as two is refused, the connection is closed,
// and nothing of the second request reaches the upstream. The smuggled request would be allowed on its own, so that a
// hole would show.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { converse, hostileLab, rawUpstream } from '../lib/hostile.mjs';

let upstream;
let lab;
let smuggled;
let last;

before(async () => {
  upstream = await rawUpstream();
  lab = await hostileLab({ upstream });
  smuggled = `GET /api/app/SMUGGLED HTTP/1.1\r\nHost: ${lab.host}\r\n${lab.credentials}\r\n`;
  last = `GET /api/app/last HTTP/1.1\r\nHost: ${lab.host}\r\n${lab.credentials}Connection: close\r\n\r\n`;
});
after(() => Promise.all([lab?.stop(), upstream?.close()]));
beforeEach(() => upstream.forget());

const post = (fields, body, { line = 'POST /api/app/first HTTP/1.1' } = {}) =>
  `${line}\r\nHost: ${lab.host}\r\n${lab.credentials}${fields}\r\n\r\n${body}`;
const say = (bytes, options) => converse(lab.port, bytes, options);

/** Expects one refusal with 400 (or `status`) and a close; the upstream received nothing. */
async function refused(bytes, status = 400) {
  const { statuses, rest, closed } = await say(bytes);
  assert.deepEqual({ statuses, rest, closed }, { statuses: [status], rest: '', closed: true });
  assert.equal(upstream.bytes(), '');
}
/** The same, except that the valid part may already have been forwarded: the forwarded request is aborted. */
async function brokenOff(bytes) {
  const { statuses, rest, closed } = await say(bytes);
  assert.deepEqual({ statuses, rest, closed }, { statuses: [400], rest: '', closed: true });
  await upstream.brokenOff();
  assert.deepEqual(upstream.requests, []);
  assert.doesNotMatch(upstream.bytes(), /SMUGGLED/);
}

test('uses a smuggled request that would be allowed on its own', async () => {
  const { statuses } = await say(smuggled + last);
  assert.deepEqual(statuses, [200, 200]);
  assert.deepEqual(upstream.targets(), ['/api/app/SMUGGLED', '/api/app/last']);
});

describe('rejects ambiguous lengths with 400 and closes the connection', () => {
  const FIELDS = {
    'two lengths that differ': 'Content-Length: 5\r\nContent-Length: 0',
    'two lengths that are the same': 'Content-Length: 5\r\nContent-Length: 5',
    'lengths in a list': 'Content-Length: 5, 5',
    'lengths in odd case': 'Content-Length: 5\r\ncONTENT-lENGTH: 6',
    'a sign before the length': 'Content-Length: +5',
    'a negative length': 'Content-Length: -1',
    'a length in hex': 'Content-Length: 0x5',
    'a length with a point': 'Content-Length: 5.0',
    'a length with a blank in it': 'Content-Length: 5 0',
    'a length in quotes': 'Content-Length: "5"',
    'a length beyond 64 bits': 'Content-Length: 18446744073709551621',
    'no length at all': 'Content-Length:',
    'a blank before the colon': 'Content-Length : 5',
    'length, then coding': 'Content-Length: 5\r\nTransfer-Encoding: chunked',
    'coding, then length': 'Transfer-Encoding: chunked\r\nContent-Length: 5',
    'coding twice': 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
    'coding and identity': 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
    'identity alone': 'Transfer-Encoding: identity',
    'chunked not last': 'Transfer-Encoding: chunked, gzip',
    'chunked twice in a list': 'Transfer-Encoding: chunked, chunked',
    'an unknown coding': 'Transfer-Encoding: xchunked',
    'a coding in quotes': 'Transfer-Encoding: "chunked"',
    'a coding with parameters': 'Transfer-Encoding: chunked;q=1',
    'an empty coding': 'Transfer-Encoding:',
    'an empty element before': 'Transfer-Encoding: ,chunked',
    'an empty element behind': 'Transfer-Encoding: chunked,',
    'a vertical tab around the coding': 'Transfer-Encoding: \x0bchunked',
    'a NUL behind the coding': 'Transfer-Encoding: chunked\0',
    'a byte above ASCII behind the coding': 'Transfer-Encoding: chunked\xa0',
    'a blank before the coding’s colon': 'Transfer-Encoding : chunked',
    'a folded coding': 'Transfer-Encoding:\r\n chunked',
    'a folded length': 'Content-Length:\r\n\t5',
    'a fold that hides a coding': 'X-A: b\r\n Transfer-Encoding: chunked',
    'a bare LF that hides a coding': 'X-A: b\nTransfer-Encoding: chunked',
    'a bare CR that hides a coding': 'X-A: b\rTransfer-Encoding: chunked',
    'a bare LF behind the length': 'Content-Length: 5\n',
    'a name with a control in it': 'Content-\x01Length: 5',
    'a field without a colon': 'Content-Length 5',
    'a field without a name': ': 5',
  };
  for (const [name, fields] of Object.entries(FIELDS)) {
    test(name, () => refused(post(fields, `0\r\n\r\n${smuggled}`)));
  }
  test('a transfer coding in HTTP/1.0', () =>
    refused(post('Transfer-Encoding: chunked', `0\r\n\r\n${smuggled}`, { line: 'POST /api/app/x HTTP/1.0' })));
});

describe('rejects ambiguous request lines with 400', () => {
  const LINES = [
    'GET  /api/app/x HTTP/1.1',
    'GET /api/app/x  HTTP/1.1',
    'GET\t/api/app/x HTTP/1.1',
    ' GET /api/app/x HTTP/1.1',
    'GET /api/app/x HTTP/1.1 ',
    'GET /api/app/x y HTTP/1.1',
    'GET /api/app/x HTTP/1.1 HTTP/1.1',
    'GET /api/app/x\rGET /api/app/y HTTP/1.1',
    'GET /api/app/x\nGET /api/app/y HTTP/1.1',
    'GET /api/app/x http/1.1',
    'GET /api/app/x HTTP/1.1\0',
    'G(T /api/app/x HTTP/1.1',
    'GET /api/app/\x7f HTTP/1.1',
    'GET',
  ];
  for (const line of LINES) {
    test(JSON.stringify(line), () => refused(post('X-A: b', smuggled, { line })));
  }
  for (const line of ['GET /api/app/x HTTP/2.0', 'GET /api/app/x HTTP/1.2', 'PRI * HTTP/2.0']) {
    test(`${line}: 505`, () => refused(post('X-A: b', smuggled, { line }), 505));
  }
});

describe('rejects malformed chunked bodies with 400 and reads nothing after them as a request', () => {
  const BODIES = {
    'a size with a sign': '+5\r\nhello\r\n0\r\n\r\n',
    'a negative size': '-1\r\nhello\r\n0\r\n\r\n',
    'a size in 0x': '0x5\r\nhello\r\n0\r\n\r\n',
    'a blank before the size': ' 5\r\nhello\r\n0\r\n\r\n',
    'a blank behind the size': '5 \r\nhello\r\n0\r\n\r\n',
    'no size': '\r\nhello\r\n0\r\n\r\n',
    'a size with an underscore': '0_5\r\nhello\r\n0\r\n\r\n',
    'a size beyond 64 bits': '10000000000000005\r\nhello\r\n0\r\n\r\n',
    'a bare LF behind the size': '5\nhello\r\n0\r\n\r\n',
    'a bare CR behind the size': '5\rhello\r\n0\r\n\r\n',
    'a bare LF behind the data': '5\r\nhello\n0\r\n\r\n',
    'data that is longer than its size': '5\r\nhello!!\r\n0\r\n\r\n',
    'data that is shorter than its size': '7\r\nhello\r\n0\r\n\r\n',
    'a bare LF at the end': '5\r\nhello\r\n0\n\n',
    'an extension without a name': '5;\r\nhello\r\n0\r\n\r\n',
    'an extension with a bare LF in it': '5;a\nb\r\nhello\r\n0\r\n\r\n',
    'an extension with a bare CR in it': '5;a=\rb\r\nhello\r\n0\r\n\r\n',
    'an extension of a quote that does not end': '5;a="\r\nhello\r\n0\r\n\r\n',
    'an extension with blanks': '5 ; a=b\r\nhello\r\n0\r\n\r\n',
    'a blank before the extension’s name': '5; a=b\r\nhello\r\n0\r\n\r\n',
    'an extension with a bracket in its name': '5;[=b\r\nhello\r\n0\r\n\r\n',
    'an extension of 64 KB': `5;a=${'b'.repeat(65536)}\r\nhello\r\n0\r\n\r\n`,
    'a trailer with a bare LF': '0\r\nX-A: b\nX-C: d\r\n\r\n',
    'a trailer without a colon': '0\r\nGET /api/app/SMUGGLED HTTP/1.1\r\n\r\n',
    'a folded trailer': '0\r\nX-A: b\r\n c\r\n\r\n',
    'trailers of 64 KB': `0\r\n${'X-A: b\r\n'.repeat(8192)}\r\n`,
    'a size of many zeros': `${'0'.repeat(65536)}\r\n\r\n`,
  };
  for (const [name, body] of Object.entries(BODIES)) {
    test(name, () => brokenOff(post('Transfer-Encoding: chunked', body + smuggled)));
  }
  test('does the same when no handler reads the body', async () => {
    const bytes = post('Transfer-Encoding: chunked', `+5\r\nhello\r\n0\r\n\r\n${smuggled}`, {
      line: 'POST /api/none HTTP/1.1',
    });
    await refused(bytes);
  });
});

describe('forwards valid bodies with new framing', () => {
  const sole = async (bytes, body) => {
    const { statuses, closed } = await say(bytes + last);
    assert.deepEqual({ statuses, closed }, { statuses: [200, 200], closed: true });
    assert.deepEqual(upstream.targets(), ['/api/app/first', '/api/app/last']);
    assert.equal(upstream.requests[0].body, body);
    assert.equal(upstream.rest(), '');
    return upstream.requests[0];
  };
  test('a request as the body of another', () => sole(post(`Content-Length: ${smuggled.length}`, smuggled), smuggled));
  test('a chunked request as the body of another', () => {
    const size = smuggled.length.toString(16);
    return sole(post('Transfer-Encoding: chunked', `${size}\r\n${smuggled}\r\n0\r\n\r\n`), smuggled);
  });
  test('refuses a GET with a body, because servers disagree on it', async () => {
    const line = 'GET /api/app/first HTTP/1.1';
    const { statuses } = await say(post(`Content-Length: ${smuggled.length}`, smuggled, { line }) + last);
    assert.deepEqual(statuses, [400, 200]);
    assert.deepEqual(upstream.targets(), ['/api/app/last']);
  });
  test('drops chunk extensions and trailers', async () => {
    const body = '5;a=b;c="d\\"; e"\r\nhello\r\n0;z\r\nX-Plugin-Id: other\r\nContent-Length: 9\r\n\r\n';
    const request = await sole(post('Transfer-Encoding: cHuNkEd\r\nTrailer: X-Plugin-Id', body), 'hello');
    assert.equal(request.trailers, '');
    assert.doesNotMatch(upstream.bytes(), /;a=|other|content-length: 9|trailer/i);
  });
  test('leading zeros and the largest hex digits in a chunk size', () =>
    sole(post('Transfer-Encoding: chunked', '00000A\r\nhelloworld\r\n000\r\n\r\n'), 'helloworld'));
});

test('never reads an unread body as a request', async () => {
  for (const line of ['POST /api/secret/x HTTP/1.1', 'PUT /api/none HTTP/1.1', 'OPTIONS /api/app/x HTTP/1.1']) {
    upstream.forget();
    const { statuses } = await say(post(`Content-Length: ${smuggled.length}`, smuggled, { line }) + last);
    assert.equal(statuses.length, 2, line);
    assert.equal(statuses[1], 200, line);
    assert.deepEqual(upstream.targets(), ['/api/app/last'], line);
  }
});

test('sends no 100 to a refused request and does not read its body as a request', async () => {
  const head = post('Content-Length: 500\r\nExpect: 100-continue', '', { line: 'POST /api/secret/x HTTP/1.1' });
  const { statuses, closed } = await say(head, {});
  assert.deepEqual({ statuses, closed }, { statuses: [403], closed: true });
  assert.equal(upstream.bytes(), '');
});

test('does not forward a truncated body as complete', async () => {
  for (const [fields, body] of [
    ['Content-Length: 10', 'hello'],
    ['Transfer-Encoding: chunked', '5\r\nhello\r\n'],
    ['Transfer-Encoding: chunked', '5\r\nhel'],
  ]) {
    const { statuses, closed } = await say(post(fields, body), { half: true });
    assert.ok(closed && statuses.every((status) => status === 400), `${fields}: ${statuses}`);
    assert.deepEqual(upstream.requests, [], fields);
  }
});
