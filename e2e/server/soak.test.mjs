// A short soak: twenty seconds of mixed load, reloads, quarantines and upstream failures. And tests of its oracle,
// because a judge that accepts everything proves nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { loadCore } from 'portcullis/core';
import { Announcements } from '../soak/announcements.mjs';
import { soak } from '../soak/driver.mjs';
import { Judge } from '../soak/judge.mjs';
import { Oracle } from '../soak/oracle.mjs';
import { bodyOf } from '../soak/random.mjs';
import { Reached } from '../soak/reached.mjs';
import { facts, failures, memoryCurve, renewed } from '../soak/report.mjs';
import { takeEvents } from '../soak/streams.mjs';
import { judgeMemory } from '../soak/tally.mjs';
import { State } from '../soak/world.mjs';

const oracle = new Oracle(new Judge(await loadCore()));
const USUAL = new State();
const QUARANTINED = USUAL.quarantine('localhost', 'target', true);
const quiet = (...states) => ({ states: states.length ? states : [USUAL], sessionEnding: false, disturbed: false });

const call = (more = {}) => ({
  id: 'one',
  tenant: 'localhost',
  method: 'POST',
  target: '/api/steady/./items/%31?size=50',
  identity: 'target',
  user: 'viewer',
  signedIn: true,
  csrf: 'good',
  size: 50,
  body: Buffer.from('a body'),
  ...more,
});
const echo = (more = {}) => ({
  method: 'POST',
  target: '/api/steady/items/1?size=50',
  plugin: 'target',
  tenant: 'localhost',
  user: 'auth:account:lab:viewer',
  id: 'one',
  bytes: 6,
  crc: crc32(Buffer.from('a body')),
  ...more,
});
const said = (more = {}, answer = {}) => ({
  status: 200,
  headers: { 'x-request-id': 'one', 'x-echo': JSON.stringify(echo(more)) },
  body: bodyOf('one', 50),
  ...answer,
});
const refused = (status, code, headers = {}, more = {}) => ({
  status,
  headers: { 'x-request-id': 'one', ...headers },
  body: Buffer.from(JSON.stringify({ code, request_id: 'one', ...more })),
});
const QUARANTINE = refused(403, 'PLUGIN_QUARANTINED', { 'x-plugin-quarantined': '1' });

test('accepts correct responses', () => {
  assert.equal(oracle.check(call(), said(), quiet()), null);
  assert.equal(oracle.check(call(), QUARANTINE, quiet(QUARANTINED)), null);
  const anonymous = call({ signedIn: false });
  assert.equal(oracle.check(anonymous, refused(401, 'SESSION_REQUIRED'), quiet()), null);
});

for (const [what, answer] of [
  ['an answer to another request', said({}, { headers: { ...said().headers, 'x-request-id': 'two' } })],
  ['a target that is not the canonical one', said({ target: '/api/steady/./items/%31?size=50' })],
  ['another plugin', said({ plugin: 'reader' })],
  ['another tenant', said({ tenant: 'acme.localhost' })],
  ['another user', said({ user: 'auth:account:lab:limited' })],
  ['a body that was cut on its way up', said({ bytes: 5 })],
  ['a body that was changed on its way up', said({ crc: 1 })],
  ['a body that was cut on its way down', said({}, { body: bodyOf('one', 49) })],
  ["another request's body", said({}, { body: bodyOf('two', 50) })],
  ['no echo', said({}, { headers: { 'x-request-id': 'one' } })],
  ['a marker on an allowed call', said({}, { headers: { ...said().headers, 'x-allowlist-violation': '1' } })],
  ['a refusal of what is allowed', QUARANTINE],
  ['a failing upstream that is well', refused(502, 'UPSTREAM_UNAVAILABLE')],
  ['an aborted response', { ...said(), failed: 'ECONNRESET' }],
]) {
  test(`detects ${what}`, () => assert.notEqual(oracle.check(call(), answer, quiet()), null));
}

for (const [what, answer] of [
  ['a call that went through', said()],
  ['a refusal without its marker', refused(403, 'PLUGIN_QUARANTINED')],
  [
    'a refusal with two markers',
    refused(403, 'PLUGIN_QUARANTINED', { 'x-plugin-quarantined': '1', 'x-integrity-error': '1' }),
  ],
  ['another code', refused(403, 'PLUGIN_DISABLED')],
  ['another status', refused(404, 'PLUGIN_QUARANTINED', { 'x-plugin-quarantined': '1' })],
  [
    'a problem about another request',
    refused(403, 'PLUGIN_QUARANTINED', { 'x-plugin-quarantined': '1' }, { request_id: 'x' }),
  ],
]) {
  test(`detects, for a quarantined plugin, ${what}`, () => {
    assert.notEqual(oracle.check(call(), answer, quiet(QUARANTINED)), null);
  });
}

test('accepts both verdicts during a change, and nothing else', () => {
  const during = quiet(USUAL, QUARANTINED);
  assert.equal(oracle.check(call(), said(), during), null);
  assert.equal(oracle.check(call(), QUARANTINE, during), null);
  assert.equal(
    oracle.check(call(), { ...said(), failed: 'cut' }, during),
    null,
    'a call that loses its permission may be aborted',
  );
  assert.notEqual(
    oracle.check(call(), refused(403, 'ALLOWLIST_VIOLATION', { 'x-allowlist-violation': '1' }), during),
    null,
  );
  assert.equal(oracle.deniedFor(call(), during), false);
  assert.equal(oracle.deniedFor(call(), quiet(QUARANTINED)), true);
});

test("accepts an upstream's errors only while it is disturbed, and only for its own calls", () => {
  const disturbed = { ...quiet(), disturbed: true };
  const shaky = call({ identity: 'writer', target: '/api/shaky/items/1' });
  const gone = refused(502, 'UPSTREAM_UNAVAILABLE');
  assert.equal(oracle.check(shaky, gone, disturbed), null);
  assert.equal(oracle.check(shaky, { ...said(), failed: 'cut' }, disturbed), null);
  assert.notEqual(oracle.check(shaky, gone, quiet()), null);
  assert.notEqual(oracle.check(call(), gone, disturbed), null, 'the other upstream is well');
  assert.notEqual(oracle.check(shaky, refused(503, 'UPSTREAM_CIRCUIT_OPEN'), disturbed), null, 'no Retry-After');
  assert.notEqual(oracle.check(shaky, refused(502, 'INTERNAL'), disturbed), null);
  const denied = call({ identity: 'reader', target: '/api/shaky/items/1' });
  assert.notEqual(oracle.check(denied, gone, disturbed), null, 'a denied call asks no upstream');
});

test('expects a refusal after the session ended', () => {
  const ended = { ...quiet(), sessionEnding: true };
  assert.equal(oracle.check(call(), refused(401, 'SESSION_REQUIRED'), ended), null);
  assert.notEqual(oracle.check(call({ signedIn: false }), said(), quiet()), null);
});

test('reports a call that must not have reached an upstream, whichever fact is known first', () => {
  const told = [];
  const reached = new Reached((id) => told.push(id));
  reached.told(['a', 'fine'], ['fine']);
  reached.denied('a');
  reached.denied('b');
  reached.half('c');
  reached.told(['b', 'c'], []);
  assert.deepEqual(told, ['a', 'b']);
  reached.told([], ['c']);
  assert.deepEqual(told, ['a', 'b', 'c']);
});

test('expects each event once and in order, and allows those in flight when a reader joined', () => {
  const announcements = new Announcements();
  const reader = { tenant: 'a', joined: false };
  const begin = (...whats) => announcements.begin(whats.map((what) => ({ tenant: 'a', what })));
  announcements.settle(begin('long ago'));
  const underWay = begin('before', 'and this');
  announcements.join(reader);
  announcements.settle(underWay);
  reader.joined = true;
  begin('one', 'two', 'three');
  assert.equal(reader.due.told('and this'), null);
  assert.equal(reader.due.told('one'), null);
  assert.equal(reader.due.told('three'), 'two', 'something was left out');
  assert.equal(reader.due.first.what, 'two');
  assert.equal(reader.due.told('two'), null);
  assert.equal(reader.due.told('two'), 'nothing', 'told twice');
});

test('reports a response of another shape instead of throwing', () => {
  const listed = call({
    method: 'GET',
    target: '/api/plugins/manifests',
    identity: null,
    expect: (_, { body }) => JSON.parse(body),
  });
  assert.match(oracle.check(listed, said({}, { body: 'no JSON' }), quiet()), /not readable/);
});

test('detects memory growth of one twentieth, ignoring the warm-up', () => {
  const curve = (of) => Array.from({ length: 100 }, (_, second) => ({ second, rss: of(second), anon: of(second) }));
  assert.equal(
    judgeMemory(
      curve((s) => (s < 15 ? 10 : 1000)),
      100,
    ).flat,
    true,
  );
  assert.equal(
    judgeMemory(
      curve((s) => 1000 + s),
      100,
    ).flat,
    false,
  );
  assert.equal(
    judgeMemory(
      curve((s) => 1000 + s / 10),
      100,
    ).flat,
    true,
  );
});

test('joins events from pieces of any size', () => {
  const text = 'id: 7\nevent: evict\ndata: {"a":1}\n\n:\n\ndata: 2\n\nid: 8\nda';
  const { events, rest } = takeEvents(text);
  assert.deepEqual(events, [
    { type: 'evict', id: 7, data: '{"a":1}' },
    { type: 'message', data: '2' },
  ]);
  assert.equal(rest, 'id: 8\nda');
});

/** The events that must have happened; a slow machine takes longer. */
const SEEN = [
  ...['200', '403'].map((status) => ['call', status]),
  ...['host', 'theme', 'steady', 'shaky', 'ticks'].map((source) => [`stream ${source}`, '200']),
  ...['bundle', 'manifests', 'authzen', 'secure-echo', 'health', 'session', 'theme'].map((kind) => [kind, '200']),
];
const enough = (tally, operator, trouble) =>
  tally.requests > 1000 &&
  SEEN.every(([kind, outcome]) => tally.count(kind, outcome) > 0) &&
  [operator, trouble].every(({ counts }) => Object.values(counts).every((count) => count > 0));

test('finds no wrong response and no leak in twenty seconds of everything', { timeout: 180_000 }, async (t) => {
  let complete = false;
  const summary = await soak({
    seconds: 20,
    mostSeconds: 120,
    enough: (...seen) => (complete = enough(...seen)),
    seed: Number(process.env.SOAK_SEED ?? 1),
  });
  t.diagnostic(facts(summary).join('\n'));
  assert.deepEqual(summary.wrong.slice(0, 3), []);
  assert.deepEqual(failures(summary, { memory: false }), []);
  assert.ok(complete, 'not everything happened in two minutes');
  assert.match(memoryCurve(summary), /^<svg [\s\S]*polyline/);
  const page = 'a\n<!-- soak: written by `npm run soak -- --write` -->\nold\n<!-- /soak -->\nb\n';
  const again = renewed(page, summary, 'A machine.');
  assert.match(again, /A machine\.[\s\S]*\| call \|[\s\S]*<!-- \/soak -->\nb\n$/);
  assert.doesNotMatch(again, /old/);
});
