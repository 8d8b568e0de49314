import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODES, LIMITS, loadCore } from '../dist/core/index.js';

const core = await loadCore();

function compile(api: object[], sse: string[] = []) {
  const compiled = core.compile(
    JSON.stringify({ id: 'p', version: '1.0.0', engine: { experience: '*' }, permissions: { api, sse } }),
  );
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.policy;
}

test('returns the same core when loaded twice', async () => {
  assert.equal(await loadCore(), core);
});

test('decides the same on the hot path and on the explaining path', () => {
  const policy = compile(
    [
      { method: 'GET', path: '/api/sales/:id', params: { id: 'int' } },
      { method: 'POST', path: '/api/sales/*' },
      { method: 'GET', path: '/api/caf%C3%A9/*' },
    ],
    ['/events/orders'],
  );
  const long = `/api/sales/${'9'.repeat(LIMITS.MAX_PATH_BYTES)}`;
  const targets = [
    '/api/sales/42',
    '/api/sales/42?q=1&r=%20',
    '/api/sales/x/../42?q',
    '/api//sales//7',
    '/api/s%61les/42',
    '/api/sales/x',
    '/api/sales/%2e%2e/x',
    '/api/caf%c3%a9/a',
    '/api/caf\u00e9/a',
    '/api/sales/\ud800',
    '/api/sales/;x',
    `/api/sales/1?${'q'.repeat(LIMITS.MAX_QUERY_BYTES)}`,
    `/api/sales/1?${'q'.repeat(LIMITS.MAX_QUERY_BYTES + 1)}`,
    `/api/sales/1?${'\u00fc'.repeat(LIMITS.MAX_QUERY_BYTES)}`,
    long,
    `${long}${'a'.repeat(20_000)}`,
    '',
    'x',
    '/',
  ];
  for (const method of ['GET', 'HEAD', 'POST', 'PATCH', 'get', 'OPTIONS', '']) {
    for (const target of targets) {
      const verdict = policy.check(method, target);
      const decision = policy.decide(method, target);
      assert.equal(verdict.allowed, decision.allowed, `${method} ${target}`);
      assert.equal(verdict.code, decision.code, `${method} ${target}`);
      assert.equal(verdict.target, decision.allowed ? decision.target : null, `${method} ${target}`);
      assert.equal(verdict.rule < 0 ? null : `/permissions/api/${verdict.rule}`, decision.rule);
    }
  }
  assert.deepEqual(policy.check('GET', '/api/sales/x/../42?q'), {
    allowed: true,
    code: 'ALLOWED',
    target: '/api/sales/42?q',
    rule: 0,
  });
  for (const topic of ['/events/orders', '/events/orders/4?x', '/events/./orders', '/events/orders-secret', '']) {
    const verdict = policy.checkTopic(topic);
    const decision = policy.decideTopic(topic);
    assert.deepEqual([verdict.allowed, verdict.code], [decision.allowed, decision.code], topic);
  }
  policy.free();
});

test('explains a denial', () => {
  const policy = compile([{ method: 'POST', path: '/api/sales/*' }]);
  const decision = policy.decide('GET', '/api/sales/summary');
  assert.equal(decision.code, 'ALLOWLIST_VIOLATION');
  assert.match(decision.explain, /GET \/api\/sales\/summary.*permissions\.api\[0\] POST \/api\/sales\/\*/);
  policy.free();
});

test('keeps views valid when the memory grows', () => {
  const before = core.compiledPlugins;
  const policy = compile([{ method: 'GET', path: '/api/x/*' }]);
  const rules = Array.from({ length: 200 }, (_, index) => ({ method: 'GET', path: `/api/r${index}/:a/:b/*` }));
  const held = Array.from({ length: 150 }, () => compile(rules));
  assert.equal(policy.check('GET', '/api/x/./y').target, '/api/x/y');
  assert.equal(core.compiledPlugins, before + 151);
  for (const one of held) one.free();
  policy.free();
  policy.free();
  assert.equal(core.compiledPlugins, before);
  assert.throws(() => policy.check('GET', '/api/x/y'), /freed/);
  assert.throws(() => policy.decide('GET', '/api/x/y'), /freed/);
});

test('frees its memory: a thousand plugins do not enlarge it', () => {
  const rules = Array.from({ length: 50 }, (_, index) => ({ method: 'GET', path: `/api/r${index}/:a/*` }));
  const round = (): void => {
    for (let index = 0; index < 100; index += 1) compile(rules).free();
  };
  round();
  const bytes = core.memoryBytes;
  for (let index = 0; index < 10; index += 1) round();
  assert.equal(core.memoryBytes, bytes);
});

test('returns the problems of an invalid manifest', () => {
  const compiled = core.compile('{"id":"P!","version":"x"}');
  assert.equal(compiled.ok, false);
  assert.ok(compiled.problems.some((problem) => problem.pointer === '/id' && problem.code in CODES));
});

test('round-trips a manifest of any length', () => {
  const base = {
    id: 'p',
    version: '1.0.0',
    engine: { experience: '*' },
    displayName: 'Ver\u00e4nderung "\u4e2d\u6587" \ud83d\ude00',
  };
  for (const length of [0, 100, 21_000, 21_845, 21_846, 90_000]) {
    for (const letter of ['x', '\u4e2d']) {
      const units = letter === 'x' ? length : Math.min(length, 70_000);
      const compiled = core.compile({ ...base, config: { text: letter.repeat(units) } } as never);
      assert.ok(compiled.ok, JSON.stringify(compiled).slice(0, 200));
      assert.equal(compiled.manifest.displayName, base.displayName);
      assert.equal((compiled.manifest.config as { text: string }).text, letter.repeat(units));
      assert.deepEqual(compiled.problems, []);
      compiled.policy.free();
    }
  }
  const warned = core.compile({ ...base, unknown: 1 } as never);
  assert.ok(warned.ok);
  assert.deepEqual(
    warned.problems.map(({ code }) => code),
    ['MANIFEST_UNKNOWN_KEY'],
  );
  warned.policy.free();
  const large = core.compile({ ...base, config: { text: 'x'.repeat(LIMITS.MAX_MANIFEST_BYTES) } } as never);
  assert.deepEqual(
    large.problems.map(({ code }) => code),
    ['JSON_TOO_LARGE'],
  );
  assert.equal(core.compile(base as never).ok, true);
});

test('compares versions and checks ranges', () => {
  assert.equal(core.semver.satisfies('1.4.0', '>=1.2.0 <2.0.0'), true);
  assert.equal(core.semver.satisfies('2.0.0-beta.1', '>=1.2.0 <2.0.0'), false);
  assert.equal(core.semver.satisfies('1.2.4-a', '^1.2.3', true), true);
  assert.equal(core.semver.satisfies('1.0.0', `${' '.repeat(20_000)}1.x`), true);
  assert.equal(core.semver.valid('v1.2.3+b'), '1.2.3');
  assert.equal(core.semver.valid('1.2'), null);
  assert.equal(core.semver.validRange('^1.2'), '>=1.2.0 <2.0.0-0');
  assert.equal(core.semver.validRange('x y'), null);
  assert.equal(core.semver.compare('1.0.0', '1.0.0-a'), 1);
  assert.equal(core.semver.compare('1.0.0', '1'), null);
  assert.deepEqual(core.semver.checkEngine('1.4.0', '^1.2'), {
    compatible: true,
    prereleaseBoundary: false,
    code: 'ALLOWED',
  });
  const near = core.semver.checkEngine('2.0.0-rc.1', '>=1.2.0 <2.0.0');
  assert.deepEqual([near.compatible, near.prereleaseBoundary], [true, true]);
  assert.equal(core.semver.checkEngine('3.0.0', '^1.2').code, 'SDK_INCOMPATIBLE');
});

test('accepts exactly one SRI hash from the wire', () => {
  const sri = `sha256-${Buffer.alloc(32, 1).toString('base64')}`;
  const hex = `sha256:${'01'.repeat(32)}`;
  assert.deepEqual(core.integrity.parseWire(sri), { ok: true, hex: '01'.repeat(32) });
  assert.equal(core.integrity.parse(hex).ok, true);
  for (const value of [hex, '', `${sri} ${sri}`, `${sri}?x`, sri.replace('256', '384'), `${sri}\n`]) {
    assert.equal(core.integrity.parseWire(value).ok, false, value);
  }
});

test('builds the policy batch in manifest order, routes before widgets', () => {
  const plugin = (id: string) => {
    const compiled = core.compile(
      JSON.stringify({
        id,
        version: '1.0.0',
        engine: { experience: '*' },
        contributions: {
          widgets: [{ slot: 's', component: 'W' }],
          routes: [{ path: `/${id}`, component: 'R' }],
        },
      }),
    );
    assert.ok(compiled.ok);
    return compiled.policy;
  };
  const plugins = [plugin('b'), plugin('a')];
  const batch = core.authzen.requests(plugins, { type: 'account', id: 'auth:account:lab:v' });
  const body = JSON.parse(batch.json) as { evaluations: { resource: { id: string }; subject: object }[] };
  assert.deepEqual(
    body.evaluations.map((entry) => entry.resource.id),
    ['/b', 'b:W', '/a', 'a:W'],
  );
  assert.deepEqual(body.evaluations[0]?.subject, { type: 'account', id: 'auth:account:lab:v' });
  const reply = '{"evaluations":[{"decision":true},{"decision":false},{"decision":true}]}';
  assert.deepEqual(core.authzen.apply(4, 200, reply), {
    code: 'ALLOWED',
    decisions: [true, false, true, false],
  });
  assert.deepEqual(core.authzen.apply(1, 200, '{"decision":"Permit"}').decisions, [true]);
  assert.equal(core.authzen.apply(1, 502, '{"decision":true}').code, 'AUTHZEN_BAD_STATUS');
  assert.deepEqual(core.authzen.apply(2, 200, 'null').decisions, [false, false]);
  const question = core.authzen.question(plugins, { type: 'account', id: 'auth:account:lab:v' });
  assert.deepEqual(question.permits([true, false, true]), [
    { routes: [true], widgets: [false] },
    { routes: [true], widgets: [false] },
  ]);
  assert.deepEqual(core.authzen.question([], { type: 'account', id: 'a' }).batches, []);
  for (const one of plugins) one.free();
});

test('parses event streams: long chunks, persistent ids, and one oversized event', () => {
  const parser = core.createEventStreamParser('start');
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  assert.deepEqual(parser.feed(bytes('data: a\n\nid: 1\nevent: x\ndata: \u{1f600}\n\n')), [
    { type: 'message', data: 'a', lastEventId: 'start' },
    { type: 'x', data: '\u{1f600}', lastEventId: '1' },
  ]);
  assert.deepEqual(parser.feed(bytes('retry: 250\ndata: b\n\n')), [{ type: 'message', data: 'b', lastEventId: '1' }]);
  assert.equal(parser.retryMs, 250);
  const large = 'y'.repeat(300_000);
  assert.equal(parser.feed(bytes(`data: ${large}\n\n`))[0]?.data, large);
  assert.equal(parser.failed, false);
  const events = parser.feed(bytes(`data: c\n\ndata: ${'z'.repeat(LIMITS.MAX_EVENT_BYTES + 10)}\n\n`));
  assert.deepEqual([events.length, parser.failed], [1, true]);
  parser.resetForReconnect();
  assert.deepEqual([parser.failed, parser.lastEventId], [false, '1']);
  assert.equal(core.createEventStreamParser('caf\u00e9').lastEventId, 'caf\u00e9');
  // A byte order mark within a stream is data.
  assert.equal(parser.feed(bytes('data: \uFEFFd\n\n'))[0]?.data, '\uFEFFd');
  parser.free();
  assert.throws(() => parser.feed(bytes('x')), /freed/);
});
