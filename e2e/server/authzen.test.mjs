// The embedded PDP on its own listener, as any PEP sees it: the rows of the OpenID interop scenarios, and the
// decisions of the certification scenario.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { cleanup } from '../lib/cleanup.mjs';
import { root } from '../lib/examples.mjs';
import { EVALUATION, EVALUATIONS, startPdp } from '../lib/pdp.mjs';

const suites = resolve(root, process.env.CONFORMANCE_DIR ?? '../shared/conformance');
const interop = join(suites, 'authzen-interop.json');
const INTEROP_POLICY = join(root, 'native-host/tests/data/interop_policy.yaml');

test('matches the interop scenarios row by row', {
  skip: !existsSync(interop) && 'CONFORMANCE_DIR (or ../shared/conformance) is not there',
}, async (t) => {
  const policy = readFileSync(INTEROP_POLICY, 'utf8');
  const pdp = await startPdp(policy);
  cleanup(t, () => pdp.lab.stop());
  const all = JSON.parse(readFileSync(interop, 'utf8'));
  const rows = all.filter(({ endpoint }) => endpoint === EVALUATION || endpoint === EVALUATIONS);
  for (const { id, endpoint, request, status, expect } of rows) {
    const answer = await pdp.post(endpoint, request);
    assert.equal(answer.status, status, `${id}: ${answer.text}`);
    assert.deepEqual(answer.json(), expect, id);
    // The attributes decide, not the row: another todo of the same owner has the same answer.
    const [text, ids] = [JSON.stringify(request), /"(todo-1|7240d0db-[0-9a-f-]+)"/g];
    const other = await pdp.post(endpoint, text.replaceAll(ids, '"another-one"'));
    assert.deepEqual(other.json(), expect, `${id}, with another id`);
  }
  assert.equal(rows.length, all.filter(({ endpoint }) => !endpoint.includes('/search/')).length);
  assert.equal(rows.length, 148);
  t.diagnostic(`${rows.length} rows passed; ${all.length - rows.length} are of the search API`);
});

test("names no todo, route or person in the interop policy's rules", () => {
  const rules = readFileSync(INTEROP_POLICY, 'utf8').split(/^rules:$/m)[1];
  assert.match(rules, /equals_path: directory\.email/);
  assert.doesNotMatch(rules, /\bids?: \[|@|todo-1|7240d0db|CiRm/);
});

// What the working group's certification scenario for the Authorization API 1.0 requires of a PDP under test: these
// eight decisions, from the content of the request.
const CERTIFICATION = {
  rules: [
    { id: 'all-read', effect: 'permit', action: ['read'], resource: { type: ['record'] } },
    {
      id: 'alice-writes-what-is-not-archived',
      effect: 'permit',
      subject: { type: ['user'], ids: ['alice'] },
      action: ['write'],
      resource: { type: ['record'] },
      when: [{ path: 'resource.properties.status', exists: false }],
    },
    {
      id: 'alice-writes-what-is-active',
      effect: 'permit',
      subject: { type: ['user'], ids: ['alice'] },
      action: ['write'],
      resource: { type: ['record'] },
      when: [{ path: 'resource.properties.status', equals: 'active' }],
    },
    {
      id: 'admins-write',
      effect: 'permit',
      action: ['write'],
      resource: { type: ['record'] },
      when: [{ path: 'subject.properties.role', equals: 'admin' }],
    },
    {
      id: 'alice-deletes-softly',
      effect: 'permit',
      subject: { type: ['user'], ids: ['alice'] },
      action: ['delete'],
      resource: { type: ['record'] },
      when: [{ path: 'action.properties.soft', equals: true }],
    },
  ],
};

test('matches the decisions of the certification scenario, including its extended requests', async (t) => {
  const certified = await startPdp(CERTIFICATION);
  cleanup(t, () => certified.lab.stop());
  const user = (id, properties) => ({ type: 'user', id, ...(properties ? { properties } : {}) });
  const record = (id, properties) => ({ type: 'record', id, ...(properties ? { properties } : {}) });
  const action = (name, properties) => ({ name, ...(properties ? { properties } : {}) });
  const archived = { status: 'archived' };
  const rows = [
    [user('alice'), action('read'), record('record-1'), true],
    [user('alice'), action('write'), record('record-1'), true],
    [user('bob'), action('read'), record('record-1'), true],
    [user('bob'), action('write'), record('record-1'), false],
    [user('alice'), action('write'), record('record-2', archived), false],
    [user('bob', { role: 'admin' }), action('write'), record('record-2', archived), true],
    [user('alice'), action('delete', { soft: true }), record('record-1'), true],
    [user('alice'), action('delete', { soft: false }), record('record-1'), false],
    // Properties that no rule uses.
    [
      user('alice', { department: 'Sales', role: 'manager' }),
      action('read', { method: 'GET' }),
      record('record-1', { status: 'active', owner: 'bob' }),
      true,
    ],
  ].map(([subject, action, resource, decision]) => [{ subject, action, resource }, { decision }]);
  for (const [request, expected] of rows) {
    // Context changes nothing, unknown members are ignored, and a repetition gives the same answer.
    const more = { ...request, context: { time: '2026-01-01T00:00:00Z', ip: { v: [4, 6] } } };
    const unknown = { ...more, future: { nested: true }, subject: { ...request.subject, future: 1 } };
    for (const asked of [request, more, unknown, request]) {
      assert.deepEqual((await certified.post(EVALUATION, asked)).json(), expected, JSON.stringify(asked));
    }
  }
  const batch = { evaluations: rows.map(([request]) => request), future: 1 };
  const answer = await certified.post(EVALUATIONS, batch);
  assert.deepEqual(answer.json(), { evaluations: rows.map(([, expected]) => expected) }, 'in order');
});
