import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { bindCore } from '../dist/core/bindings.js';
import type { CoreExports } from '../dist/core/fast_api.js';
import { CoreError, loadCore } from '../dist/core/index.js';
import translated from '../dist/core/portcullis-js.mjs';

const compiled = new WebAssembly.Module(readFileSync(new URL('../dist/core/portcullis.wasm', import.meta.url)));
const instantiate = async (imports: WebAssembly.Imports): Promise<CoreExports> => {
  const { exports } = await WebAssembly.instantiate(compiled, imports);
  return exports as unknown as CoreExports;
};
const modules = { WebAssembly: await bindCore(instantiate), 'the translation': await bindCore(translated) };
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const failed = { name: 'CoreError', code: 'SDK_CORE_FAILED' };

for (const [name, { text, fast, memory }] of Object.entries(modules)) {
  test(`${name}: a text is bytes, whatever they say`, () => {
    // A NUL, a byte order mark, an empty text; bytes that are no UTF-8 reach the core as they are.
    assert.equal(text.console(utf8('\ufeff{"op":"semver.valid","version":"1.0.0"}')), '{"result":"1.0.0"}');
    assert.equal(text.semverValid(utf8('')), '');
    assert.equal(text.semverValid(utf8('1.0.0\0')), '');
    assert.equal(text.console(new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22])), '{"error":"CONSOLE_BAD_JSON"}');
    const ledger = text.ledgerNew();
    const life = text.ledgerOpenPlugin(ledger, utf8('\ufeffp\0\ud83d\ude00'));
    const [, , stream] = JSON.parse(text.ledgerOpen(ledger, life, utf8('/x'))) as [number, number, number];
    assert.equal(text.ledgerPluginOf(ledger, stream), '\ufeffp\0\ud83d\ude00');
    text.ledgerFree(ledger);
  });

  test(`${name}: a call gives back the memory of its texts, also where that grew`, () => {
    const long = utf8(`1.0.0-${'a'.repeat(6_000_000)}`);
    assert.equal(text.stopsVersion(false, long, long), true);
    assert.equal(text.stopsVersion(false, utf8('1.0.0'), utf8('1.0.0+b')), true);
    const before = memory.bytes;
    for (let round = 0; round < 200; round += 1) text.canonicalize(utf8(`/${'a'.repeat(100_000)}`));
    text.stopsVersion(false, long, long);
    assert.equal(memory.bytes, before);
  });

  test(`${name}: what goes wrong in a call is a CoreError`, () => {
    assert.throws(() => text.semverValid('1.0.0' as never), failed);
    assert.throws(() => text.semverValid(undefined as never), failed);
    assert.throws(() => text.decide(1, utf8('GET'), null as never), failed);
    if (name === 'WebAssembly') assert.throws(() => text.admit(Symbol('x') as never, 0), failed);
    assert.equal(text.semverValid(utf8('1.0.0')), '1.0.0');
  });

  test(`${name}: what is handed out cannot be replaced`, () => {
    assert.ok(Object.isFrozen(text));
    assert.ok(Object.isFrozen(fast));
    assert.throws(() => Object.assign(text, { decide: () => '' }), TypeError);
  });
}

test('the glue compiles no text to code, and carries no way to fetch', () => {
  const glue = readFileSync(new URL('../dist/core/portcullis-glue.mjs', import.meta.url), 'utf8');
  assert.doesNotMatch(glue, /\beval\b|\bFunction\(|\bimport\b|\bfetch\(|XMLHttpRequest/);
});

test('the module imports the registrations of embind, and nothing else', () => {
  const imports = WebAssembly.Module.imports(compiled);
  assert.ok(imports.length > 0);
  for (const { module, name, kind } of imports) {
    assert.deepEqual([module, name.startsWith('_embind_register_'), kind], ['env', true, 'function']);
  }
});

test('an error of embind while the core loads is a CoreError with its cause', async () => {
  const { instantiate: real } = WebAssembly;
  const twice = (imports: WebAssembly.Imports): WebAssembly.Imports => {
    const env = { ...imports.env } as Record<string, (...given: unknown[]) => void>;
    const register = env._embind_register_bool as (...given: unknown[]) => void;
    env._embind_register_bool = (...given) => {
      register(...given);
      register(...given);
    };
    return { env };
  };
  WebAssembly.instantiate = ((module: WebAssembly.Module, imports: WebAssembly.Imports) =>
    real(module, twice(imports))) as typeof real;
  try {
    await assert.rejects(loadCore(), (error: CoreError) => {
      assert.ok(error instanceof CoreError);
      assert.equal(error.code, 'SDK_CORE_FAILED');
      assert.match(String(error.cause), /BindingError: Cannot register type 'bool' twice/);
      return true;
    });
  } finally {
    WebAssembly.instantiate = real;
  }
  assert.equal((await loadCore()).semver.valid('1.0.0'), '1.0.0');
});
