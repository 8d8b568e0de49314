// Log injection: whatever a client sends, the log and the audit log stay one JSON object per line, without anything
// that a terminal would interpret.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cleanup } from '../lib/cleanup.mjs';
import { converse, hostileLab, rawUpstream } from '../lib/hostile.mjs';

// Line ends of any reader, terminal commands (ESC, and CSI in its C1 form), bidirectional overrides, invalid UTF-8,
// and a forged line.
const NASTY = [
  '\r\n{"level":"info","event":"forged"}\r\n',
  '\n{"level":"info","event":"forged"}',
  '\x1b[2J\x1b]0;owned\x07',
  '"},{"event":"forged',
  '\\u000a\\',
  '\u0085{"event":"forged"}\u2028{"event":"forged"}\u2029',
  '\u009b2J\u009d0;owned\u009c',
  '\u202e\u2066drow\u061c',
  '\0\x01\x08\x7f',
];
const BYTES = NASTY.map((text) => Buffer.from(text, 'utf8').toString('latin1'));
const INVALID = ['\xff\xfe', '\xc0\xaf', '\xed\xa0\x80', '\xf5\x80\x80\x80', '\xe2\x80'];

// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression detects forbidden control characters
const OBEYED = /[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\u061c]/;

function assertLines(text, what) {
  const lines = text.split('\n');
  assert.equal(lines.pop(), '', `${what} ends with a line`);
  assert.ok(lines.length > 0, what);
  return lines.map((line) => {
    assert.doesNotMatch(line, OBEYED, `${what}: ${JSON.stringify(line)}`);
    const entry = JSON.parse(line);
    assert.equal(Object.prototype.toString.call(entry), '[object Object]', line);
    assert.notEqual(entry.event, 'forged', line);
    return entry;
  });
}

test('escapes line ends and escape sequences in paths, headers, methods and names', async (t) => {
  const upstream = await rawUpstream();
  const lab = await hostileLab({ upstream });
  cleanup(t, () => Promise.all([lab.stop(), upstream.close()]));
  const port = lab.port;
  let said = 0;
  const say = async (text) => {
    const { answers } = await converse(port, Buffer.from(text, 'latin1'), { half: true });
    for (const { head } of answers) {
      assert.doesNotMatch(head, /forged|owned/, 'nor does an answer give it back in a header');
      assert.ok(!head.includes('\x1b'));
    }
    said += answers.length;
  };
  const end = 'Connection: close\r\n\r\n';
  const call = (field, line = 'GET /api/app/x HTTP/1.1') =>
    say(`${line}\r\nHost: ${lab.host}\r\n${lab.credentials}${field}\r\n${end}`);
  for (const nasty of [...BYTES, ...INVALID]) {
    const encoded = Buffer.from(nasty, 'latin1').reduce(
      (out, byte) => `${out}%${byte.toString(16).padStart(2, '0')}`,
      '',
    );
    await call('X-A: b', `GET /api/app/${nasty} HTTP/1.1`);
    await call('X-A: b', `GET /api/app/${encoded}?${encoded} HTTP/1.1`);
    await call('X-A: b', `GET /${encoded} HTTP/1.1`);
    await call('X-A: b', `G${nasty}T /api/app/x HTTP/1.1`);
    await call('X-A: b', `GET /api/app/x HTTP/1.1${nasty}`);
    for (const name of [
      'User-Agent',
      'traceparent',
      'X-Request-ID',
      'Referer',
      'X-Forwarded-For',
      'Host',
      'X-Plugin-Id',
    ]) {
      await say(
        `GET /api/app/x HTTP/1.1\r\nHost: ${lab.host}\r\n${name}: ${nasty}\r\nCookie: ${lab.session.cookie}\r\n${end}`,
      );
    }
    await say(`GET / HTTP/1.1\r\nHost: ${nasty}\r\n${end}`);
  }
  // All of them are allowed in a JSON string.
  for (const [n, user] of NASTY.entries()) {
    const body = JSON.stringify({ user: `${user}${n}`, password: user });
    const length = Buffer.byteLength(body);
    const head = `POST /auth/login HTTP/1.1\r\nHost: ${lab.host}\r\nContent-Type: application/json\r\n${end.slice(0, -2)}`;
    await say(`${head}Content-Length: ${length}\r\n\r\n${Buffer.from(body).toString('latin1')}`);
  }
  const operator = await lab.login('operator');
  for (const reason of NASTY) {
    const request = { method: 'POST', target: '/api/plugins/quarantine/other', session: operator };
    const { status } = await lab.send({
      ...request,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ reason }),
    });
    assert.equal(status, 200);
  }
  const events = NASTY.map((text) => ({ type: 'error', name: text, message: text }));
  await lab.send({
    method: 'POST',
    target: '/api/plugins/telemetry',
    session: operator,
    headers: { 'Content-Type': 'application/json', 'X-Plugin-Id': 'app' },
    body: JSON.stringify({ events }),
  });
  assert.ok(said > 150, `${said} answers`);

  await lab.bff.stop(); // flushes what is not written yet
  const log = assertLines(lab.bff.log, 'the log');
  const requests = log.filter(({ event }) => event === 'request');
  assert.ok(requests.length >= said, `each answer has its line: ${requests.length} of ${said}`);
  const { state } = lab.bff;
  const files = readdirSync(state).filter((name) => /\.(jsonl|log|ndjson)$/.test(name));
  assert.ok(files.length > 0, 'the audit is a file of lines');
  const audit = files.flatMap((name) => assertLines(readFileSync(join(state, name), 'utf8'), name));
  assert.ok(
    audit.some(({ event }) => event === 'quarantine'),
    JSON.stringify(audit.at(-1)),
  );
});
