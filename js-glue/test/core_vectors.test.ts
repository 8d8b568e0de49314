import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bindCore } from '../dist/core/bindings.js';
import { Core, type Decision, loadCore, type SubscriptionLedger } from '../dist/core/index.js';
import translated from '../dist/core/portcullis-js.mjs';
import { CONDITIONS, type Purpose } from '../dist/generated/spec.js';

const FOLDER = fileURLToPath(new URL('../../spec/vectors/', import.meta.url));
/** The WebAssembly module and its JavaScript translation; both must pass every row. */
const CORES: Readonly<Record<string, Core>> = {
  WebAssembly: await loadCore(),
  'the translation to JavaScript': new Core(await bindCore(translated)),
};

function rowsOf<Row>(file: string): readonly Row[] {
  return (JSON.parse(readFileSync(`${FOLDER}${file}`, 'utf8')) as { rows: Row[] }).rows;
}

interface ConsoleRow {
  readonly name: string;
  readonly in: Record<string, unknown> | string;
  readonly out: Record<string, unknown>;
}

interface Step {
  readonly call: string;
  readonly plugin: string;
  readonly handle: number;
  readonly path: string;
  readonly stream: number;
  readonly subscription: number;
  readonly count: number;
  readonly bytes: number;
  readonly expect: Record<string, unknown>;
}

function take(ledger: SubscriptionLedger, step: Step): Record<string, unknown> {
  switch (step.call) {
    case 'open_plugin':
      return { handle: ledger.openPlugin(step.plugin) };
    case 'open':
    case 'open_long': {
      const path = step.call === 'open' ? step.path : `/${'a'.repeat(step.bytes - 1)}`;
      const { code, subscription, stream, mustConnect } = ledger.open(step.handle, path);
      return { code, subscription, stream, must_connect: mustConnect };
    }
    case 'open_many': {
      const codes = Array.from({ length: step.count }, () => ledger.open(step.handle, step.path).code);
      assert.equal(new Set(codes).size, 1);
      return { code: codes[0] };
    }
    case 'resolve':
      return { resolution: ledger.resolve(step.stream) ? 'keep' : 'close_at_once' };
    case 'close': {
      const { known, stream, mustClose, wasPending } = ledger.close(step.subscription);
      return { known, stream, must_close: mustClose, was_pending: wasPending };
    }
    case 'close_plugin': {
      const { subscriptions, openStreams, pendingStreams } = ledger.closePlugin(step.handle);
      return { subscriptions, open_streams: openStreams, pending_streams: pendingStreams };
    }
    case 'end_stream':
      return { subscriptions: ledger.endStream(step.stream) };
    case 'stream':
      return {
        plugin: ledger.pluginOf(step.stream),
        path: ledger.pathOf(step.stream),
        subscriptions: ledger.subscribers(step.stream),
      };
    case 'plugin':
      return { open: ledger.isOpen(step.handle), subscriptions: ledger.subscriptionCount(step.handle) };
    case 'total':
      return { ...ledger.totals() };
    default:
      throw new Error(`no such call: ${step.call}`);
  }
}

for (const [built, core] of Object.entries(CORES)) {
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.json') && name !== 'subscriptions.json')) {
    test(`${built}: the core matches the vectors of ${file}`, () => {
      const rows = rowsOf<ConsoleRow>(file);
      assert.ok(rows.length > 0);
      for (const row of rows) {
        const answer = core.console(JSON.stringify(row.in));
        assert.equal(answer.includes('\n'), false, row.name);
        assert.deepEqual(JSON.parse(answer), row.out, row.name);
      }
    });
  }

  test(`${built}: compiled policies decide like the console, on both paths`, () => {
    let decided = 0;
    for (const file of ['allow_list.json', 'decision.json']) {
      for (const row of rowsOf<ConsoleRow>(file)) {
        if (typeof row.in === 'string' || row.in.op !== 'decide' || typeof row.in.target !== 'string') continue;
        const compiled = core.compile(row.in.manifest as never);
        if (!compiled.ok) {
          assert.equal(row.out.code, 'MANIFEST_INVALID', row.name);
          continue;
        }
        const { method, target } = row.in as { method: string; target: string };
        const decision: Decision = compiled.policy.decide(method, target);
        assert.deepEqual(decision, row.out, row.name);
        const verdict = compiled.policy.check(method, target);
        assert.deepEqual(
          [verdict.allowed, verdict.code, verdict.target],
          [decision.allowed, decision.code, decision.allowed ? decision.target : null],
          row.name,
        );
        compiled.policy.free();
        decided += 1;
      }
    }
    assert.ok(decided > 50, `${decided} rows`);
  });

  test(`${built}: event streams are independent of chunks of one, two and three bytes`, () => {
    for (const row of rowsOf<ConsoleRow>('event_stream.json')) {
      if (typeof row.in === 'string' || !Array.isArray(row.in.chunks_b64) || 'error' in row.out) continue;
      const bytes = Buffer.concat(row.in.chunks_b64.map((chunk: string) => Buffer.from(chunk, 'base64')));
      for (const size of [1, 2, 3, bytes.length + 1]) {
        const parser = core.createEventStreamParser();
        const events = [];
        for (let at = 0; at < bytes.length; at += size) events.push(...parser.feed(bytes.subarray(at, at + size)));
        const result = { events, retry_ms: parser.retryMs, last_event_id: parser.lastEventId };
        assert.deepEqual(result, row.out, `${row.name}, chunks of ${size}`);
        parser.free();
      }
    }
  });

  test(`${built}: admission is the same with and without the console`, () => {
    const known = CONDITIONS.filter((condition) => condition !== 'untrusted');
    let asked = 0;
    for (const row of rowsOf<ConsoleRow>('admission.json')) {
      if (typeof row.in === 'string' || 'error' in row.out) continue;
      if (row.in.op === 'admission.admit') {
        const { purpose, facts } = row.in as { purpose: Purpose; facts: string[] };
        if (!facts.every((fact) => (known as string[]).includes(fact))) continue;
        const holds = Object.fromEntries(facts.map((fact) => [fact, true]));
        assert.deepEqual({ code: core.admission.admit(purpose, holds) }, row.out, row.name);
      } else {
        const { quarantined, version } = row.in as { quarantined?: string; version: string };
        assert.deepEqual({ result: core.admission.stopsVersion(quarantined ?? null, version) }, row.out, row.name);
      }
      asked += 1;
    }
    assert.ok(asked > 60, `${asked} rows`);
  });

  test(`${built}: canonical paths are the same without the console`, () => {
    for (const row of rowsOf<ConsoleRow>('canonical_path.json')) {
      if (typeof row.in === 'string' || typeof row.in.target !== 'string') continue;
      const canonical = core.canonicalize(row.in.target);
      if (!canonical.ok) assert.deepEqual(canonical, row.out, row.name);
      else assert.deepEqual({ ok: true, path: canonical.path, query: canonical.query }, row.out, row.name);
    }
  });

  test(`${built}: the subscription ledger follows the steps of subscriptions.json`, () => {
    for (const row of rowsOf<{ name: string; steps: Step[] }>('subscriptions.json')) {
      const ledger = core.createLedger();
      row.steps.forEach((step, index) => {
        const answer = take(ledger, step);
        const expected = Object.keys(step.expect);
        const told = Object.fromEntries(Object.entries(answer).filter(([key]) => expected.includes(key)));
        assert.deepEqual(told, step.expect, `${row.name}, step ${index} ${step.call}`);
      });
      ledger.free();
    }
  });
}
