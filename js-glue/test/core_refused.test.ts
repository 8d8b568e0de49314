import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CoreError, loadCore } from '../dist/core/index.js';

const { compile } = WebAssembly;

test('rejects a .wasm that does not compile where WebAssembly is allowed', async () => {
  let calls = 0;
  WebAssembly.compile = (bytes) => {
    calls += 1;
    return calls === 1 ? compile(bytes) : Promise.reject(new WebAssembly.CompileError('not a module'));
  };
  await assert.rejects(loadCore(), CoreError);
  assert.equal(calls, 2);
});

test('uses the JavaScript translation where a policy blocks WebAssembly, and requests no .wasm', async () => {
  let calls = 0;
  WebAssembly.compile = () => {
    calls += 1;
    return Promise.reject(new WebAssembly.CompileError('violates the following Content Security Policy directive'));
  };
  const core = await loadCore();
  assert.equal(calls, 1);
  WebAssembly.compile = compile;
  assert.equal(await loadCore(), core);
  assert.deepEqual(core.canonicalize('/api/./sales/../x?q'), {
    ok: true,
    path: '/api/x',
    query: 'q',
    target: '/api/x?q',
  });
});

test('has memory for many plugins in the translation, and frees it', async () => {
  const core = await loadCore();
  const rules = Array.from({ length: 200 }, (_, index) => ({ method: 'GET', path: `/api/r${index}/:a/:b/*` }));
  const manifest = JSON.stringify({
    id: 'p',
    version: '1.0.0',
    engine: { experience: '*' },
    permissions: { api: rules },
  });
  const held = Array.from({ length: 500 }, () => core.compile(manifest));
  for (const one of held) {
    assert.ok(one.ok);
    assert.equal(one.policy.check('GET', '/api/r7/./x/y/z').target, '/api/r7/x/y/z');
    one.policy.free();
  }
  assert.equal(core.compiledPlugins, 0);
});
