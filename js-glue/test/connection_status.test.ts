import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionStatus } from '../dist/connection_status.js';
import type { EventsState } from '../dist/index.js';
import { FakePage } from './support/page.js';

function bench() {
  const { clock, environment } = new FakePage();
  const states: EventsState[] = [];
  return { clock, states, status: new ConnectionStatus(environment, (state) => states.push(state)) };
}

test('reports nothing when the connection is back within the grace period', async () => {
  const { clock, states, status } = bench();
  status.lost();
  await clock.advance(3_999);
  status.connected();
  status.lost();
  await clock.advance(3_999);
  status.connected();
  assert.deepEqual(states, ['open']);
  assert.deepEqual(clock.waiting, []);
});

test('reports a loss after the grace period, and a recovery at once', async () => {
  const { clock, states, status } = bench();
  status.connected();
  status.lost();
  await clock.advance(2_000);
  status.lost();
  await clock.advance(2_000);
  assert.deepEqual(states, ['open', 'waiting']);
  status.lost();
  assert.deepEqual(clock.waiting, []);
  status.connected();
  assert.deepEqual(states, ['open', 'waiting', 'open']);
});

test('is not waiting when it does not listen', async () => {
  const { clock, states, status } = bench();
  status.lost();
  status.stopped();
  await clock.advance(60_000);
  assert.deepEqual(states, []);
  status.connected();
  status.lost();
  status.stopped();
  assert.deepEqual(states, ['open', 'off']);
  assert.deepEqual(clock.waiting, []);
});
