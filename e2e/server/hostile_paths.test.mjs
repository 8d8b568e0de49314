// Raw path tricks on a proxied route. The plugin may call only /api/app/*; /api/secret/* is routed to the same
// upstream, so a path that is judged in one way and read in another would show there.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, test } from 'node:test';
import { converse, hostileLab, rawUpstream } from '../lib/hostile.mjs';

const vectors = JSON.parse(readFileSync(new URL('../../spec/vectors/canonical_path.json', import.meta.url), 'utf8'));

let upstream;
let lab;

before(async () => {
  upstream = await rawUpstream();
  lab = await hostileLab({
    upstream,
    routes: [{ path: '/files/*', methods: ['GET'], upstream: 'app', plugin: 'optional', strip_prefix: '/files' }],
  });
});
after(() => Promise.all([lab?.stop(), upstream?.close()]));
beforeEach(() => upstream.forget());

async function get(target) {
  upstream.forget();
  const head = `GET ${target} HTTP/1.1\r\nHost: ${lab.host}\r\n${lab.credentials}Connection: close\r\n\r\n`;
  const { statuses, answers, closed } = await converse(lab.port, Buffer.from(head, 'latin1'));
  assert.equal(statuses.length, 1, `${JSON.stringify(target)}: ${statuses}`);
  assert.ok(closed);
  return answers[0];
}

/** How the most careless upstream would read a path: decodes three times, and accepts `\`, `;` and short forms. */
function careless(path) {
  let text = path;
  for (let round = 0; round < 3; round++) {
    text = text.replace(/%u00([0-9a-f]{2})|%([0-9a-f]{2})/gi, (_, wide, hex) =>
      String.fromCharCode(Number.parseInt(wide ?? hex, 16)),
    );
    text = text.replace(/\xc0\xae|\xe0\x80\xae/g, '.').replace(/\xc0\xaf|\xe0\x80\xaf/g, '/');
  }
  const out = [];
  for (const segment of text.replaceAll('\\', '/').replaceAll('\0', '').split('/')) {
    const name = segment.replace(/;.*/, '');
    if (name === '..') out.pop();
    else if (name !== '.' && name !== '') out.push(name);
  }
  return `/${out.join('/')}`;
}

/** Expects the path to be forwarded within the rule in an unambiguous form, or refused without being forwarded. */
function judgeOutcome(target, answer) {
  const said = JSON.stringify(target);
  if (answer.status !== 200) {
    assert.equal(upstream.bytes(), '', said);
    const { code } = JSON.parse(answer.body);
    if (answer.status === 403) assert.equal(code, 'ALLOWLIST_VIOLATION', said);
    else assert.equal(answer.status, code.endsWith('_TOO_LONG') ? 414 : 400, `${said}: ${answer.status} ${code}`);
    return 'refused';
  }
  assert.equal(upstream.requests.length, 1, said);
  const [path] = upstream.requests[0].target.split('?');
  assert.match(path, /^\/api\/app\/[\x21-\x7e]+$/, said);
  assert.doesNotMatch(path, /\/\/|\/\.\.?(\/|$)|[;\\#"<>^`{|}]|%(2f|5c|3b|23|3f|0|1|7f)|%25[0-9a-f]{2}/i, said);
  assert.match(careless(path), /^\/api\/app\//, said);
  return 'forwarded';
}

test('has an oracle that detects each of the bypasses below', () => {
  for (const path of ['/api/app/%252e%252e/secret/x', '/api/app/..;/secret/x', '/api/app/..%5csecret/x']) {
    assert.equal(careless(path), '/api/secret/x');
  }
});

test('refuses every spelling of dot segments with every spelling of the slash', async () => {
  const DOTS = [
    ...['..', '.%2e', '%2e.', '%2E%2e', '%252e%252e', '%25252e%25252e', '%u002e%u002e', '%%32%65%%32%65'],
    ...['%c0%ae%c0%ae', '%e0%80%ae%e0%80%ae', '\xc0\xae\xc0\xae', '..%00', '%00..', '..;', '..;a=b', '..%3b', '.%0d.'],
    ...['..%20', '..%09', '.\t.', '....', '.;.', '%2e%2e%2f..', '..%23', '..%3f', '%ef%bc%8e%ef%bc%8e', '.././..'],
  ];
  const SLASHES = [
    ...['/', '//', '%2f', '%2F', '%252f', '%5c', '%5C', '%255c', '\\', '%c0%af', '%e0%80%af', '/./', '/;/', '/%2f'],
    ...['%u002f', '%ef%bc%8f', '\t/', '/%00/', ';/', '%3b/'],
  ];
  const count = { refused: 0, forwarded: 0 };
  for (const dots of DOTS) {
    for (const slash of SLASHES) {
      for (const target of [
        `/api/app/${dots}${slash}secret/x`,
        `/api/app/a${slash}${dots}${slash}${dots}${slash}secret/x`,
      ]) {
        count[judgeOutcome(target, await get(target))]++;
      }
    }
  }
  assert.ok(count.refused > 800, JSON.stringify(count));
  assert.ok(count.forwarded > 10, 'names that only look like a way up pass: `....`, full-width dots');
});

test('judges the target of a plain dot segment: 403, not a 400 for a malformed path', async () => {
  for (const target of [
    '/api/app/../secret/x',
    '/api/app/%2e%2e/secret/x',
    '/api/./app/.%2E/secret/x',
    '/api/secret/x',
  ]) {
    assert.equal((await get(target)).status, 403, target);
    assert.equal(upstream.bytes(), '', target);
  }
});

test('forwards an allowed path in the form that was judged', async () => {
  for (const [target, forwarded] of [
    ['/api/secret/../app/x', '/api/app/x'],
    ['//api///app//x', '/api/app/x'],
    ['/api/app/%78?a=%2e%2e%2f&b=//', '/api/app/x?a=%2e%2e%2f&b=//'],
    ['/api/app/x?..%00/../..', '/api/app/x?..%00/../..'],
    ['/%61pi/app/%c3%a4%7e', '/api/app/%C3%A4~'],
  ]) {
    assert.equal((await get(target)).status, 200, target);
    assert.deepEqual(upstream.targets(), [forwarded]);
  }
});

test('handles every byte, raw and encoded', async () => {
  const raw = /[A-Za-z0-9\-._~!$&'()*+,=:@/?[\]|^]/;
  for (let byte = 0; byte < 256; byte++) {
    const character = String.fromCharCode(byte);
    const hex = `%${byte.toString(16).padStart(2, '0')}`;
    const plain = `/api/app/x${character}y`;
    const outcome = judgeOutcome(plain, await get(plain));
    assert.equal(outcome, raw.test(character) ? 'forwarded' : 'refused', `raw ${hex}`);
    const encoded = `/api/app/x${hex}y`;
    const fine = byte >= 0x20 && byte < 0x7f && !'/\\;#?'.includes(character);
    assert.equal(judgeOutcome(encoded, await get(encoded)), fine ? 'forwarded' : 'refused', hex);
  }
});

test("rejects every path that the vectors reject, alone and after the route's prefix", async () => {
  const targets = vectors.rows
    .filter(({ in: { op, target }, out }) => op === 'path.canonicalize' && typeof target === 'string' && !out.ok)
    .map(({ in: { target }, out }) => [Buffer.from(target, 'utf8').toString('latin1'), out.code])
    .filter(([target]) => target.length < 9000 && !/[\r\n]/.test(target));
  assert.ok(targets.length > 40, `${targets.length}`);
  for (const [target, code] of targets) {
    const { status } = await get(target);
    assert.equal(status, code.endsWith('_TOO_LONG') ? 414 : 400, JSON.stringify(target));
    assert.equal(upstream.bytes(), '', JSON.stringify(target));
    if (target.startsWith('/')) judgeOutcome(`/api/app${target}`, await get(`/api/app${target}`));
  }
});

test('leaves one canonical path after removing a prefix', async () => {
  for (const target of ['/files/../files/x', '/files/./x', '/files//x', '/files/%78']) {
    assert.equal((await get(target)).status, 403, 'a stamped call has no rule for it');
    upstream.forget();
    const head = `GET ${target} HTTP/1.1\r\nHost: ${lab.host}\r\nCookie: ${lab.session.cookie}\r\nConnection: close\r\n\r\n`;
    assert.deepEqual((await converse(lab.port, head)).statuses, [200], target);
    assert.deepEqual(upstream.targets(), ['/x'], target);
  }
});
