import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../dist/core/index.js';
import { hostBench } from './support/host.js';
import { json, manifest } from './support/server.js';

const EVALUATIONS = '/access/v1/evaluations';

/** A host whose plugins contribute `plugins` times 64 routes. */
function bench(plugins: number) {
  const made = hostBench([]);
  made.page.server.manifests = Array.from({ length: plugins }, (_, i) =>
    manifest(`p${i}`, {
      contributions: { routes: Array.from({ length: 64 }, (_, j) => ({ path: `/p${i}/r${j}`, component: 'Page' })) },
    }),
  );
  const asked = () =>
    made.page.server
      .requests(EVALUATIONS)
      .map(({ body }) => (JSON.parse(body ?? '') as { evaluations: { resource: { id: string } }[] }).evaluations);
  return { ...made, asked };
}

test('splits contributions over several batches and shows all of them', async () => {
  const { page, host, asked } = bench(70);
  page.server.denied.add('plugin.route /p0/r0').add('plugin.route /p69/r63');
  let open = 0;
  let most = 0;
  page.server.handlers.push(async ({ path }) => {
    if (path !== EVALUATIONS) return null;
    open += 1;
    most = Math.max(most, open);
    await new Promise((done) => setImmediate(done));
    open -= 1;
    return null;
  });
  await host.start();
  const { status, routes } = host.getSnapshot();
  assert.equal(status, 'ready');
  assert.equal(routes.length, 70 * 64 - 2);
  assert.equal(routes[0]?.path, '/p0/r1');
  assert.equal(routes.at(-1)?.path, '/p69/r62');
  const batches = asked();
  assert.ok(batches.length >= 5, String(batches.length));
  assert.deepEqual(
    batches.flat().map(({ resource }) => resource.id),
    Array.from({ length: 70 * 64 }, (_, i) => `/p${Math.floor(i / 64)}/r${i % 64}`),
  );
  for (const { body } of page.server.requests(EVALUATIONS)) {
    const { length } = (JSON.parse(body ?? '') as { evaluations: unknown[] }).evaluations;
    assert.ok(length <= LIMITS.PAGE_BATCH_EVALUATIONS, String(length));
    assert.ok((body ?? '').length <= LIMITS.MAX_JSON_BODY_BYTES);
  }
  assert.ok(most > 1 && most <= 3, `${most} at once`);
  await host.close();
});

test('mounts nothing when one batch fails', async () => {
  const { page, host } = bench(40);
  let count = 0;
  page.server.handlers.push(({ path }) => {
    if (path !== EVALUATIONS) return null;
    count += 1;
    return count === 2 ? json({ code: 'PDP_TIMEOUT' }, 504) : null;
  });
  await host.start();
  const { status, routes } = host.getSnapshot();
  assert.equal(status, 'pdp-unavailable');
  assert.equal(routes.length, 0);
  await host.close();
});

test('reports a missing bundle by its own code and loads the other plugins', async () => {
  const { page, host, shown, states } = hostBench(['here']);
  page.server.manifests = [
    manifest('gone', { bundle: { url: '/api/plugins/bundle?entry=gone&id=gone', integrity: null } }),
    ...page.server.manifests,
  ];
  await host.start();
  assert.equal(states(), 'gone failed, here available');
  assert.equal(shown(), 'ready: /here here');
  const problem = host.getSnapshot().plugins[0]?.problem;
  assert.equal(problem?.code, 'SDK_BUNDLE_MISSING');
  assert.match(problem?.message ?? '', /gone has no bundle: the server found no file for it/);
  await host.close();
});
