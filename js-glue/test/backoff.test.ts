import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from '../dist/backoff.js';

test('doubles the delay up to the maximum, less a random part of up to one half', () => {
  let random = 0;
  const backoff = new Backoff({ baseMs: 100, maxMs: 1_000, random: () => random });
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6].map(() => backoff.next()),
    [100, 200, 400, 800, 1_000, 1_000],
  );
  random = 0.998;
  assert.equal(backoff.next(), 501);
  backoff.reset();
  random = 0.5;
  assert.equal(backoff.next(), 75);
  assert.equal(backoff.next(400), 600);
});
