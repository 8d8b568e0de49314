import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCore } from '../dist/core/index.js';
import { type HostProblem, isPortcullisError } from '../dist/index.js';
import { StreamSlots } from '../dist/stream_slots.js';
import { Transport } from '../dist/transport.js';
import { settle, until } from './support/clock.js';
import { FakePage } from './support/page.js';
import { createInstance } from './support/plugin.js';
import { FakeStream, manifest } from './support/server.js';

/** The Web Locks of one browser, shared by its tabs. */
function fakeLocks(): LockManager {
  const held = new Map<string, object>();
  const waiting: { name: string; start: () => void }[] = [];
  type Run = (lock: object | null) => unknown;
  const hold = async (name: string, run: Run): Promise<unknown> => {
    const lock = { name };
    held.set(name, lock);
    try {
      return await run(lock);
    } finally {
      if (held.get(name) === lock) {
        held.delete(name);
        const next = waiting.findIndex((one) => one.name === name);
        if (next >= 0) waiting.splice(next, 1)[0]?.start();
      }
    }
  };
  const broken = new Map<string, () => void>();
  const request = (name: string, options: LockOptions, run: Run): Promise<unknown> => {
    if (options.steal) {
      broken.get(name)?.();
      return hold(name, run);
    }
    if (!held.has(name)) {
      const stolen = new Promise((_, reject) => broken.set(name, () => reject(new Error('stolen'))));
      return Promise.race([hold(name, run), stolen]);
    }
    if (options.ifAvailable) return Promise.resolve(run(null));
    return new Promise((resolve, reject) => {
      const one = { name, start: () => resolve(hold(name, run)) };
      waiting.push(one);
      options.signal?.addEventListener('abort', () => {
        const at = waiting.indexOf(one);
        if (at >= 0) waiting.splice(at, 1);
        reject(options.signal?.reason);
      });
    });
  };
  return { request } as unknown as LockManager;
}

async function tab(locks: LockManager | null, http1: boolean) {
  const page = new FakePage();
  const streams: FakeStream[] = [];
  page.server.handlers.push((request) => {
    if (!request.path.startsWith('/events/')) return Response.json({});
    const stream = new FakeStream(request.init.signal);
    streams.push(stream);
    return stream.response;
  });
  const env = { ...page.environment, locks, http1 };
  const core = await loadCore();
  const compiled = core.compile(JSON.stringify(manifest('sales')));
  assert.ok(compiled.ok);
  const session = { csrfToken: null, person: null, onUnauthorized: () => {}, renewToken: async () => false };
  const problems: HostProblem[] = [];
  const instance = createInstance({
    pluginId: 'sales',
    core,
    env,
    transport: new Transport(env, session),
    policy: compiled.policy,
    ledger: core.createLedger(),
    report: (problem) => problems.push(problem),
  });
  const states: string[] = [];
  const subscribe = (n: number) =>
    instance.sdk.sse.subscribe(`/events/orders/${n}`, () => {}, {
      onState: (state, error) => {
        states[n] = isPortcullisError(error) ? `${state} ${error.code}` : state;
      },
    });
  const open = () => states.filter((state) => state === 'open').length;
  const queued = () => states.filter((state) => state === 'waiting SDK_STREAM_QUEUED').length;
  return { page, instance, problems, states, streams, subscribe, open, queued };
}

test('opens five streams over HTTP/1.1, lets the others wait, and says why once', async () => {
  for (const locks of [null, fakeLocks()]) {
    const { page, instance, problems, streams, subscribe, open, queued } = await tab(locks, true);
    const stops = Array.from({ length: 8 }, (_, n) => subscribe(n));
    await until(() => open() === 5 && queued() === 3, 'five and three');
    assert.equal(streams.length, 5);
    assert.deepEqual(
      problems.map(({ code, severity }) => [code, severity]),
      [['SDK_STREAM_QUEUED', 'warning']],
    );
    assert.match(problems[0]?.message ?? '', /HTTP\/1\.1.*six.*Serve it over HTTP\/2/);
    assert.equal(page.log.filter(({ level }) => level === 'warn').length, 1);
    assert.equal((await instance.sdk.api.fetch('/api/sales/x')).status, 200);
    // A released connection goes to a waiting stream.
    stops[0]?.();
    await until(() => open() === 6 && streams.length === 6, 'the sixth');
    // A stream that is closed while it waits takes no connection.
    stops[7]?.();
    stops[1]?.();
    stops[2]?.();
    await until(() => streams.length === 7, 'one more');
    instance.close();
    await until(() => streams.every(({ cancelled }) => cancelled), 'all closed');
    assert.deepEqual(page.clock.waiting, []);
  }
});

test('shares the connections between tabs', async () => {
  const locks = fakeLocks();
  const [one, two] = await Promise.all([tab(locks, true), tab(locks, true)]);
  for (let n = 0; n < 3; n += 1) {
    one.subscribe(n);
    two.subscribe(n);
  }
  await until(() => one.open() + two.open() === 5 && one.queued() + two.queued() === 1, 'five of six');
  const loser = one.queued() > 0 ? one : two;
  (loser === one ? two : one).instance.close();
  await until(() => loser.open() === 3, 'the rest');
  loser.instance.close();
});

test("gives a reconnecting stream's connection to a waiting one", async () => {
  const { page, instance, streams, subscribe, open, queued } = await tab(null, true);
  for (let n = 0; n < 6; n += 1) subscribe(n);
  await until(() => open() === 5 && queued() === 1, 'five and one');
  streams[0]?.end();
  await until(() => streams.length === 6, 'the sixth');
  await page.clock.advance(3_000);
  await until(() => queued() === 1, 'the first, in the queue');
  instance.close();
});

test('never waits over HTTP/2', async () => {
  const { instance, problems, subscribe, open } = await tab(null, false);
  for (let n = 0; n < 8; n += 1) subscribe(n);
  await until(() => open() === 8, 'all');
  assert.deepEqual(problems, []);
  instance.close();
});

test("takes a connection from a plugin's stream for the host's own stream", async () => {
  const locks = fakeLocks();
  const { instance, page, streams, subscribe, open, queued } = await tab(locks, true);
  for (let n = 0; n < 5; n += 1) subscribe(n);
  await until(() => open() === 5, 'five');
  const release = await new StreamSlots({ ...page.environment, locks }).acquireForHost();
  await until(() => open() === 4 && streams.filter(({ cancelled }) => cancelled).length === 1, 'one gives way');
  await page.clock.advance(3_000);
  await until(() => queued() === 1, 'and waits');
  release();
  await until(() => open() === 5, 'and is open again');
  instance.close();
});

test('takes no connection from a host in another tab, whichever connections hosts have', async () => {
  const locks = fakeLocks();
  const page = new FakePage();
  const slots = () => new StreamSlots({ ...page.environment, locks });
  const first = await slots().acquireForHost();
  const { instance, streams, subscribe, open } = await tab(locks, true);
  for (let n = 0; n < 4; n += 1) subscribe(n);
  await until(() => open() === 4, 'four beside the host');
  // Four more tabs whose hosts read for themselves, one more than the connections that plugins hold.
  const more: (() => void)[] = [];
  for (let n = 1; n <= 5; n += 1) {
    more.push(await slots().acquireForHost());
    const left = Math.max(0, 4 - n);
    await until(() => streams.filter(({ cancelled }) => !cancelled).length === left, `${left} streams of plugins`);
  }
  // All five connections belong to hosts, and each host keeps its own.
  const held = new Set<string>();
  for (let n = 1; n <= 5; n += 1) {
    await locks.request(`portcullis.stream.${n}`, { ifAvailable: true }, (lock) => {
      if (lock === null) held.add(`${n}`);
    });
  }
  assert.equal(held.size, 5);
  instance.close();
  for (const release of [first, ...more]) release();
});

test("takes a connection from a plugin's stream of the same page without Web Locks", async () => {
  const slots = new StreamSlots(new FakePage().environment);
  const lost: number[] = [];
  const { signal } = new AbortController();
  for (let n = 0; n < 5; n += 1) {
    await slots.acquire({ signal, queued: () => assert.fail(), report: undefined, lost: () => lost.push(n) });
  }
  const release = await slots.acquireForHost();
  await until(() => lost.length === 1, 'one gives way');
  let given = false;
  void slots.acquire({ signal, queued: () => {}, report: undefined, lost: () => {} }).then(() => {
    given = true;
  });
  await settle();
  assert.equal(given, false);
  release();
  await until(() => given, 'it is given back');
});
