import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hearing } from '../dist/hearing.js';
import type { EventsState } from '../dist/index.js';
import { FakePage } from './support/page.js';

function bench() {
  const { clock, environment } = new FakePage();
  const states: EventsState[] = [];
  return { clock, states, hearing: new Hearing(environment, (state) => states.push(state)) };
}

test('what is back within the grace was never lost', async () => {
  const { clock, states, hearing } = bench();
  hearing.lost();
  await clock.advance(3_999);
  hearing.heard();
  hearing.lost();
  await clock.advance(3_999);
  hearing.heard();
  assert.deepEqual(states, ['open']);
  assert.deepEqual(clock.waiting, []);
});

test('what stays away shows once the grace is over, and what is back at once', async () => {
  const { clock, states, hearing } = bench();
  hearing.heard();
  hearing.lost();
  await clock.advance(2_000);
  hearing.lost();
  await clock.advance(2_000);
  assert.deepEqual(states, ['open', 'waiting']);
  hearing.lost();
  assert.deepEqual(clock.waiting, []);
  hearing.heard();
  assert.deepEqual(states, ['open', 'waiting', 'open']);
});

test('who does not listen is not waiting', async () => {
  const { clock, states, hearing } = bench();
  hearing.lost();
  hearing.off();
  await clock.advance(60_000);
  assert.deepEqual(states, []);
  hearing.heard();
  hearing.lost();
  hearing.off();
  assert.deepEqual(states, ['open', 'off']);
  assert.deepEqual(clock.waiting, []);
});
