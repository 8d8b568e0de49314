import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bindCore } from '../dist/core/bindings.js';
import { Core } from '../dist/core/core.js';
import { loadCore } from '../dist/core/index.js';
import translated from '../dist/core/portcullis-js.mjs';
import { type Seen, underPatches } from './support/patches.js';

const globalsBefore = Object.getOwnPropertyNames(globalThis).sort();
const cores = {
  WebAssembly: await loadCore(),
  'the translation to JavaScript': new Core(await bindCore(translated)),
};

const MANIFEST = JSON.stringify({
  id: 'p',
  version: '1.0.0',
  engine: { experience: '*' },
  permissions: {
    api: [
      { method: 'GET', path: '/api/sales/:id', params: { id: 'int' } },
      { method: 'POST', path: '/api/sales/*' },
    ],
    sse: ['/events/orders'],
  },
  routes: [{ path: '/p', component: 'Page' }],
  widgets: [{ slot: 'home', component: 'Tile' }],
});
const HASH = `sha256:${'ab'.repeat(32)}`;
const LONG_RANGE = `${' '.repeat(9000)}^1.0.0`;
const LONG = `/api/sales/1?${'q'.repeat(9000)}`;
/** Longer than the buffer of the fast calls. */
const VERY_LONG = `/api/sales/1?${'q'.repeat(100_000)}`;

/** Every call of the text API, and those of the fast one that decide. Each answer is made of plain values. */
function everyCall(core: Core): Record<string, () => unknown> {
  const compiled = core.compile(MANIFEST);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  const { policy } = compiled;
  const ledger = core.createLedger();
  let life = 0;
  let opened = { subscription: 0, stream: 0 };
  return {
    console: () => core.console('{"op":"semver.valid","version":"1.2.3"}'),
    'console, a long line': () => core.console(`{"op":"path.canonicalize","target":"${LONG}"}`),
    template: () => core.matchesTemplate('/api/:id', '/api/7'),
    compile: () => {
      const again = core.compile(MANIFEST);
      if (again.ok) again.policy.free();
      return again.ok && again.manifest;
    },
    'compile, refused': () => core.compile('{"id":"P"}'),
    'compiled plugins': () => core.compiledPlugins,
    admit: () => core.admission.admit('call', { quarantined: true }),
    'stops version': () => core.admission.stopsVersion('1.0.0', '1.0.0+build'),
    'stops every version': () => core.admission.stopsVersion(null, '1.0.0'),
    check: () => policy.check('GET', '/api/sales/42'),
    'check, a path that changes': () => policy.check('POST', '/api/./sales/../sales/x?q=\u00fc%20'),
    'check, denied': () => policy.check('GET', '/api/sales/\ud800x'),
    'check, long': () => policy.check('GET', LONG),
    'check, longer than the buffer': () => policy.check('GET', VERY_LONG),
    'check topic': () => policy.checkTopic('/events/orders/1'),
    decide: () => policy.decide('GET', '/api/sales/x'),
    'decide, allowed': () => policy.decide('POST', '/api/sales/x?y'),
    'decide topic': () => policy.decideTopic('/events/other'),
    canonicalize: () => core.canonicalize('/api/a/../b?c'),
    'canonicalize, a lone surrogate': () => core.canonicalize('/api/\udc00'),
    satisfies: () => core.semver.satisfies('1.2.3', '^1.0.0'),
    'satisfies, long': () => core.semver.satisfies('1.2.3', LONG_RANGE),
    valid: () => core.semver.valid('1.2.3+x'),
    'valid range': () => core.semver.validRange('~1.2', true),
    compare: () => core.semver.compare('1.0.0', '2.0.0'),
    engine: () => core.semver.checkEngine('2.0.0-rc.1', '>=1 <2.0.0'),
    question: () => {
      const question = core.authzen.question([policy, policy], { type: 'account', id: 'auth:account:x:\ud83d\ude00' });
      return [question.batches, question.permits([true, false, false, true])];
    },
    requests: () => core.authzen.requests([policy], { type: 'account', id: 'a' }),
    apply: () => core.authzen.apply(2, 200, '{"evaluations":[{"decision":true},{"decision":false}]}'),
    'apply, not understood': () => core.authzen.apply(2, 500, ''),
    integrity: () => core.integrity.parse(HASH),
    'integrity, of the wire': () => core.integrity.parseWire('sha256-x'),
    'ledger, open a plugin': () => {
      life = ledger.openPlugin('p');
      return life;
    },
    'ledger, open': () => {
      opened = ledger.open(life, '/events/orders');
      return opened;
    },
    'ledger, resolve': () => ledger.resolve(opened.stream),
    'ledger, subscribers': () => ledger.subscribers(opened.stream),
    'ledger, count': () => ledger.subscriptionCount(life),
    'ledger, is open': () => ledger.isOpen(life),
    'ledger, plugin of': () => ledger.pluginOf(opened.stream),
    'ledger, path of': () => ledger.pathOf(opened.stream),
    'ledger, totals': () => ledger.totals(),
    'ledger, end of a stream': () => ledger.endStream(opened.stream),
    'ledger, close': () => ledger.close(ledger.open(life, '/events/x').subscription),
    'ledger, close the plugin': () => ledger.closePlugin(life),
    free: () => {
      ledger.free();
      policy.free();
      return core.compiledPlugins;
    },
  };
}

for (const [name, core] of Object.entries(cores)) {
  test(`${name}: no call of the core goes through what a plugin can replace`, () => {
    const expected = Object.values(everyCall(core)).map((call) => call());
    const calls = everyCall(core);
    const seen: Seen = { names: [], values: [] };
    const given = underPatches(Object.values(calls), seen);
    assert.deepEqual([...new Set(seen.names)], []);
    // Values, not identities: a life's and a stream's number go on.
    const comparable = (results: readonly unknown[]) =>
      JSON.stringify(results).replace(/"(stream|subscription)":\d+/g, '');
    assert.equal(comparable(given), comparable(expected));
    assert.ok(given.every((result) => result !== undefined));
  });

  test(`${name}: an event stream is read right, and the core's memory is handed to nobody`, () => {
    const parser = core.createEventStreamParser('1');
    const bytes = new TextEncoder().encode(`id: 2\ndata: ${'x'.repeat(100_000)}\n\n`.repeat(3));
    const seen: Seen = { names: [], values: [] };
    const [events] = underPatches([() => parser.feed(bytes)], seen) as [{ data: string }[]];
    assert.deepEqual(
      events.map(({ data }) => data.length),
      [100_000, 100_000, 100_000],
    );
    const memories = seen.values.flat().filter((value) => {
      const buffer = ArrayBuffer.isView(value) ? value.buffer : value;
      return buffer instanceof ArrayBuffer && buffer.byteLength === core.memoryBytes;
    });
    assert.deepEqual(memories, []);
    const ofTexts = seen.names.filter((name) => /^(String|Array)\./.test(name));
    assert.deepEqual(ofTexts, []);
    parser.free();
  });
}

test('the patches are real: what is not captured is noted', () => {
  const seen: Seen = { names: [], values: [] };
  underPatches([() => [1, 2].map(String), () => new Uint8Array(4).subarray(1), () => ({}) as { handle?: 1 }], seen);
  assert.ok(seen.names.includes('Array.prototype.map'));
  assert.ok(seen.names.includes('%TypedArray%.prototype.subarray'));
  assert.ok(seen.names.includes('Uint8Array.prototype.constructor'));
});

test('nothing of the module is on globalThis', () => {
  assert.deepEqual(Object.getOwnPropertyNames(globalThis).sort(), globalsBefore);
});
