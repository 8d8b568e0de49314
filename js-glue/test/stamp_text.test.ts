import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadCore } from '../dist/core/index.js';
import { type PageChange, pageMessage, stampMessage } from '../dist/stamp_text.js';

interface Row {
  readonly name: string;
  readonly in: Record<string, unknown> & { op: string };
  readonly out: { message?: string };
}

const file = new URL('../../spec/vectors/stamp.json', import.meta.url);
const { rows } = JSON.parse(readFileSync(file, 'utf8')) as { rows: Row[] };

test('builds the same MAC texts as the core for canonical targets', async () => {
  const core = await loadCore();
  let built = 0;
  for (const { name, in: row, out } of rows) {
    if (out.message === undefined) continue;
    const keyId = String(row.key_id);
    if (row.op === 'stamp.page') {
      assert.equal(pageMessage(keyId, row.change as PageChange, Number(row.step)), out.message, name);
    } else {
      const canonical = core.canonicalize(String(row.target));
      assert.ok(canonical.ok, name);
      const text = stampMessage(keyId, String(row.caller), String(row.method), canonical.target, Number(row.counter));
      assert.equal(text, out.message, name);
    }
    built += 1;
  }
  assert.ok(built >= 13, `${built} rows`);
});
