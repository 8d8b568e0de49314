import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from './support/clock.js';
import { FakePage } from './support/page.js';

// Captured when the module is evaluated, so it must be there first.
const made: { terminated: boolean; onerror: ((event: { message: string; preventDefault(): void }) => void) | null }[] =
  [];
Object.assign(globalThis, {
  Worker: class {
    terminated = false;
    onerror = null;
    constructor() {
      made.push(this);
    }
    postMessage(): void {}
    terminate(): void {
      this.terminated = true;
    }
  },
});
const { startGate } = await import('../dist/gate/start.js');
const GIVEN = { hostRoutes: [], experienceVersion: null, events: false, bootToken: null, http1: false };

test('runs the gate in the page when the worker does not answer, or fails, and says why', async () => {
  for (const [fail, why] of [
    [(page: FakePage) => page.clock.advance(15_000), /its worker did not start: it did not answer within 15 seconds/],
    [
      async () => made.at(-1)?.onerror?.({ message: 'refused by the policy', preventDefault: () => {} }),
      /its worker did not start: refused by the policy/,
    ],
  ] as const) {
    const page = new FakePage();
    const starting = startGate(page.environment, {}, GIVEN);
    await settle();
    await fail(page);
    const { tier, problem } = await starting;
    assert.equal(tier, 'page');
    assert.equal(problem?.code, 'SDK_WORKER_UNAVAILABLE');
    assert.match(problem?.message ?? '', why);
    assert.equal(made.at(-1)?.terminated, true);
    assert.deepEqual(page.clock.waiting, []);
  }
});

test('starts no worker where the options replace parts of the environment', async () => {
  const before = made.length;
  const page = new FakePage();
  const { tier, problem } = await startGate(page.environment, { fetch: page.server.fetch }, GIVEN);
  assert.deepEqual([tier, problem, made.length], ['page', null, before]);
});
