import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeniedError, HttpError, isPortcullisError, PortcullisError } from '../dist/index.js';
// Loaded ahead, because `settle` does not wait for files.
import '../dist/plugin_rare.js';
import { settle } from './support/clock.js';
import { pluginBench } from './support/plugin.js';
import { json, ORIGIN } from './support/server.js';

const code = (expected: string) => (error: unknown) => isPortcullisError(error) && error.code === expected;

test('rejects a call that no rule allows before anything is sent', async () => {
  const { page, instance } = await pluginBench();
  const denied = await instance.sdk.api.fetch('/api/hr/salaries').catch((error: unknown) => error);
  assert.ok(denied instanceof DeniedError && denied instanceof PortcullisError);
  assert.equal(denied.code, 'ALLOWLIST_VIOLATION');
  assert.equal(denied.pluginId, 'sales');
  assert.match(denied.explain, /nearest rule/);
  for (const address of ['/api/sales/..%2fhr', '/api/sales/../hr', '/api/sales/\\..', '/api/sales/x#y', '']) {
    await assert.rejects(instance.sdk.api.fetch(address), DeniedError, address);
  }
  for (const address of ['https://evil.test/api/sales/x', '//evil.test/api/sales/x', '/api/sales/x ']) {
    await assert.rejects(instance.sdk.api.fetch(address), code('SDK_BAD_TARGET'), address);
  }
  await assert.rejects(instance.sdk.api.fetch('/api/sales/x', { method: 'TRACE' }), DeniedError);
  assert.equal(page.server.seen.length, 0);
});

test('fetches exactly the canonical target, stamped, with same-origin credentials', async () => {
  const { page, instance } = await pluginBench();
  page.server.handlers.push(() => json({ ok: true }));
  const response = await instance.sdk.api.fetch('/api//sales/a b/%7euser?q=c d', { headers: { accept: 'text/plain' } });
  assert.deepEqual(await response.json(), { ok: true });
  const [seen] = page.server.seen;
  assert.equal(seen?.path, '/api/sales/a%20b/~user?q=c%20d');
  assert.equal(seen?.headers.get('x-plugin-id'), 'sales');
  // Identifies the session that the call was made in; any other session refuses it.
  assert.equal(seen?.headers.get('x-csrf-token'), 'csrf-1');
  assert.equal(seen?.headers.get('accept'), 'text/plain');
  const { credentials, mode, redirect } = seen?.init ?? {};
  assert.deepEqual(
    { credentials, mode, redirect },
    { credentials: 'same-origin', mode: 'same-origin', redirect: 'manual' },
  );
});

test("drops the host's headers from a plugin's call and warns once for each", async () => {
  const { page, instance } = await pluginBench();
  page.server.handlers.push(() => json({}));
  const call = {
    method: 'post',
    body: '{}',
    headers: [
      ['X-Plugin-Id', 'other'],
      ['x-plugin-id', 'another'],
      ['X-CSRF-Token', 'forged'],
      ['Cookie', '__Host-portcullis=x'],
      ['X-HTTP-Method-Override', 'DELETE'],
      ['Authorization', 'Bearer x'],
      ['Content-Type', 'application/json'],
    ] as [string, string][],
  };
  await instance.sdk.api.fetch('/api/sales/orders', call);
  await instance.sdk.api.fetch('/api/sales/orders', call);
  const [seen] = page.server.seen;
  assert.deepEqual(Object.fromEntries(seen?.headers ?? []), {
    'content-type': 'application/json',
    'x-csrf-token': 'csrf-1',
    'x-plugin-id': 'sales',
  });
  assert.equal(seen?.method, 'POST');
  assert.equal(seen?.init.credentials, 'same-origin');
  await settle();
  const told = page.log.map(({ data }) => String(data[0]));
  assert.deepEqual(told.map((line) => /header (\S+) is set by the host only/.exec(line)?.[1]).sort(), [
    'authorization',
    'cookie',
    'x-csrf-token',
    'x-http-method-override',
    'x-plugin-id',
  ]);
});

test('reads each option once', async () => {
  const { page, instance } = await pluginBench();
  page.server.handlers.push(() => json({}));
  let reads = 0;
  const init = {
    get method() {
      reads += 1;
      return reads === 1 ? 'GET' : 'DELETE';
    },
  };
  await instance.sdk.api.fetch('/api/sales/x', init);
  assert.equal(page.server.seen[0]?.method, 'GET');
  let texts = 0;
  const address = {
    toString: () => {
      texts += 1;
      return texts === 1 ? '/api/sales/x' : '/api/hr/x';
    },
  };
  await instance.sdk.api.fetch(address as unknown as URL);
  assert.equal(page.server.seen[1]?.path, '/api/sales/x');
});

test("rejects an error status with a typed error that carries the server's problem", async () => {
  const { page, instance, unauthorized } = await pluginBench();
  assert.equal(unauthorized, 0);
  page.server.handlers.push(() =>
    json({ code: 'ALLOWLIST_VIOLATION', explain: 'add a rule', request_id: 'r1', title: 'Forbidden', extra: 1 }, 403, {
      'x-allowlist-violation': '1',
    }),
  );
  const error = await instance.sdk.api.fetch('/api/sales/x').catch((reason: unknown) => reason);
  assert.ok(error instanceof HttpError);
  assert.equal(error.status, 403);
  assert.equal(error.code, 'ALLOWLIST_VIOLATION');
  assert.equal(error.explain, 'add a rule');
  assert.equal(error.requestId, 'r1');
  assert.equal(error.problem?.extra, 1);
  assert.equal(error.response.headers.get('x-allowlist-violation'), '1');

  page.server.handlers[0] = () =>
    new Response('<h1>oops</h1>', { status: 500, headers: { 'content-type': 'text/html' } });
  const plain = await instance.sdk.api.fetch('/api/sales/x').catch((reason: unknown) => reason);
  assert.ok(plain instanceof HttpError && plain.code === 'SDK_HTTP_ERROR' && plain.problem === null);
  page.server.handlers[0] = () => json({ code: 'NOT_A_CODE_OF_OURS' }, 404);
  await assert.rejects(instance.sdk.api.fetch('/api/sales/x'), code('SDK_HTTP_ERROR'));
  page.server.handlers[0] = () => new Response(null, { status: 304 });
  assert.equal((await instance.sdk.api.fetch('/api/sales/x')).status, 304);
});

test('rejects redirects, whose target has not been judged', async () => {
  const { page, instance } = await pluginBench();
  page.server.handlers.push(() => new Response(null, { status: 302, headers: { location: '/api/hr/salaries' } }));
  await assert.rejects(instance.sdk.api.fetch('/api/sales/x'), code('SDK_BAD_TARGET'));
  assert.equal(page.server.seen.length, 1);
});

test("reports an unreachable server and a caller's abort", async () => {
  const { page, instance } = await pluginBench();
  page.server.handlers.push(() => Promise.reject(new TypeError('connection refused')));
  await assert.rejects(instance.sdk.api.fetch('/api/sales/x'), code('SDK_NETWORK_ERROR'));
  page.server.handlers[0] = () => new Promise(() => {});
  const abort = new AbortController();
  const call = instance.sdk.api.fetch('/api/sales/x', { signal: abort.signal });
  await settle();
  abort.abort(new Error('no longer wanted'));
  await assert.rejects(call, /no longer wanted/);
});

test('rejects calls in flight and all later calls after unloading', async () => {
  const { page, instance } = await pluginBench();
  page.server.handlers.push(() => new Promise(() => {}));
  const call = instance.sdk.api.fetch('/api/sales/x', { signal: new AbortController().signal });
  const other = instance.sdk.api.fetch('/api/sales/y');
  await settle();
  instance.close();
  await assert.rejects(call, code('SDK_PLUGIN_UNLOADED'));
  await assert.rejects(other, code('SDK_PLUGIN_UNLOADED'));
  await assert.rejects(instance.sdk.api.fetch('/api/sales/x'), code('SDK_PLUGIN_UNLOADED'));
  assert.throws(() => instance.sdk.sse.subscribe('/events/orders', () => {}), code('SDK_PLUGIN_UNLOADED'));
  await assert.rejects(instance.sdk.api.explain('GET', '/api/sales/x'), code('SDK_PLUGIN_UNLOADED'));
  assert.equal(page.server.seen.length, 2);
});

test('explains what fetch would decide about the address as written', async () => {
  const { page, instance } = await pluginBench();
  assert.equal((await instance.sdk.api.explain('get', '/api/sales/a b')).target, '/api/sales/a%20b');
  assert.equal((await instance.sdk.api.explain('DELETE', '/api/sales/x')).code, 'ALLOWLIST_VIOLATION');
  assert.equal(page.server.seen.length, 0);
});

test('checks the session after a 401', async () => {
  const bench = await pluginBench();
  bench.page.server.handlers.push(() => json({ code: 'SESSION_REQUIRED' }, 401));
  await assert.rejects(bench.instance.sdk.api.fetch('/api/sales/x'), code('SESSION_REQUIRED'));
  assert.equal(bench.unauthorized, 1);
});

test('freezes the sdk', async () => {
  const { instance } = await pluginBench();
  for (const part of [
    instance.sdk,
    instance.sdk.api,
    instance.sdk.sse,
    instance.sdk.authz,
    instance.sdk.logger,
    instance.sdk.telemetry,
  ]) {
    assert.ok(Object.isFrozen(part));
  }
  assert.throws(() => {
    (instance.sdk as { pluginId: string }).pluginId = 'other';
  }, TypeError);
});

test('authz.evaluate resolves with a boolean, and with false on every failure', async () => {
  const { page, instance } = await pluginBench();
  const ask = () => instance.sdk.authz.evaluate({ resource: { type: 'order', id: '1' }, action: 'approve' });
  const answers: [Response | Error, boolean][] = [
    [json({ decision: true }), true],
    [json({ decision: 'Permit' }), true],
    [json({ decision: false }), false],
    [json({ decision: 'Deny' }), false],
    [json({ decision: 'permit' }), false],
    [json({ decision: 1 }), false],
    [json({ decision: true }, 201), false],
    [json({ code: 'PDP_TIMEOUT' }, 504), false],
    [new Response('Permit'), false],
    [new TypeError('refused'), false],
  ];
  for (const [answer, permitted] of answers) {
    page.server.handlers[0] = () => (answer instanceof Error ? Promise.reject(answer) : answer);
    assert.equal(await ask(), permitted);
  }
  const seen = page.server.seen[0];
  assert.equal(seen?.path, '/access/v1/evaluation');
  assert.equal(seen?.headers.get('x-plugin-id'), 'sales');
  assert.equal(seen?.headers.get('x-csrf-token'), 'csrf-1');
  assert.deepEqual(JSON.parse(seen?.body ?? ''), {
    resource: { type: 'order', id: '1' },
    action: { name: 'approve' },
    context: {},
  });
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  assert.equal(
    await instance.sdk.authz.evaluate({ resource: { type: 'a', id: 'b' }, action: 'c', context: cycle }),
    false,
  );
  instance.close();
  assert.equal(await ask(), false);
});

test("prefixes log lines with the plugin's id", async () => {
  const { page, instance } = await pluginBench();
  instance.sdk.logger.warn('stock is low', 3);
  assert.deepEqual(page.log, [{ level: 'warn', data: ['[plugin:sales]', 'stock is low', 3] }]);
});

test('accepts an absolute URL of this origin', async () => {
  const { page, instance } = await pluginBench();
  page.server.handlers.push(() => json({}));
  await instance.sdk.api.fetch(`${ORIGIN}/api/sales/x`);
  await instance.sdk.api.fetch(new URL('/api/sales/y', ORIGIN));
  assert.deepEqual(
    page.server.seen.map((seen) => seen.path),
    ['/api/sales/x', '/api/sales/y'],
  );
});

test('sends a keepalive call before the next task where calls are not stamped', async () => {
  const { page, instance } = await pluginBench();
  page.server.handlers.push(() => json({}));
  const calls = [
    instance.sdk.api.fetch('/api/sales/orders', { method: 'POST', body: '{}', keepalive: true }),
    instance.sdk.api.rawFetch('/api/sales/x', { keepalive: true }),
    instance.sdk.api.rawFetch('/api/sales/x', { keepalive: false }),
  ];
  for (let n = 0; n < 20; n += 1) await Promise.resolve();
  assert.deepEqual(
    page.server.seen.map(({ method, init }) => [method, init.keepalive ?? false]),
    [
      ['POST', true],
      ['GET', true],
      ['GET', false],
    ],
  );
  await Promise.all(calls);
});
