import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NetworkError } from '../dist/errors.js';
import { messagePort } from '../dist/gate/port.js';
import { Rpc } from '../dist/gate/rpc.js';
import { type SnapshotChange, SnapshotFeed } from '../dist/gate/snapshot_feed.js';
import { HostPublisher } from '../dist/host_publisher.js';
import type { HostProblem } from '../dist/index.js';
import { SnapshotMirror } from '../dist/snapshot_mirror.js';
import { until } from './support/clock.js';
import { FakePage } from './support/page.js';

/** A publisher and its mirror on the two ends of a real channel, so that everything is copied. */
function bench() {
  const page = new FakePage();
  const { port1, port2 } = new MessageChannel();
  const told: HostProblem[] = [];
  const publisher = new HostPublisher(
    page.environment,
    (problem) => gate.emit('problem', feed.packProblem(problem)),
    () => null,
  );
  const gate = new Rpc(messagePort(port1), {});
  const feed = new SnapshotFeed(gate, publisher);
  const mirror = new SnapshotMirror(page.environment, (problem) => told.push(problem));
  new Rpc(messagePort(port2), {
    events: {
      snapshot: (change: SnapshotChange) => mirror.apply(change),
      problem: (problem: HostProblem) => mirror.notify(problem),
    },
  });
  const end = (): void => port1.close();
  return { page, publisher, mirror, told, end };
}

const problem = (message: string): HostProblem => ({
  code: 'SDK_DISCOVERY_FAILED',
  severity: 'error',
  message,
  cause: new NetworkError(`${message} cause`),
});

test('mirrors what changed, keeps the identity of what did not, and carries causes', async () => {
  const { publisher, mirror, told, end } = bench();
  publisher.publish({ status: 'starting' });
  publisher.report(problem('first'));
  await until(() => mirror.getSnapshot().problems.length === 1);
  const [first] = mirror.getSnapshot().problems;
  assert.ok(first?.cause instanceof NetworkError);
  assert.equal(first.cause.message, 'first cause');
  publisher.report(problem('second'));
  publisher.setEvents('open');
  await until(() => mirror.getSnapshot().events === 'open');
  assert.equal(mirror.getSnapshot().problems[0], first);
  assert.equal(mirror.getSnapshot().status, 'starting');
  assert.deepEqual(
    told.map(({ message, cause }) => [message, (cause as Error).name]),
    [
      ['first', 'NetworkError'],
      ['second', 'NetworkError'],
    ],
  );
  end();
});

test("keeps the page's own problem beside the gate's, through a new session", async () => {
  const { page, publisher, mirror, told, end } = bench();
  const own: HostProblem = { code: 'SDK_WORKER_UNAVAILABLE', severity: 'warning', message: 'no worker' };
  mirror.setTier('page', own);
  publisher.report(problem('first'));
  await until(() => mirror.getSnapshot().problems.length === 2);
  publisher.startSession(null, 'signed-out');
  await until(() => mirror.getSnapshot().problems.length === 1);
  assert.deepEqual(mirror.getSnapshot().problems, [own]);
  assert.equal(mirror.getSnapshot().tier, 'page');
  assert.equal(told.filter(({ code }) => code === own.code).length, 1);
  assert.match(String(page.log[0]?.data[0]), /no worker/);
  end();
});
