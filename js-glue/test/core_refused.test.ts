import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CoreError, loadCore } from '../dist/core/index.js';

const { compile } = WebAssembly;

test('a .wasm that does not compile is an error where WebAssembly may run', async () => {
  let calls = 0;
  WebAssembly.compile = (bytes) => {
    calls += 1;
    return calls === 1 ? compile(bytes) : Promise.reject(new WebAssembly.CompileError('not a module'));
  };
  await assert.rejects(loadCore(), CoreError);
  assert.equal(calls, 2);
});

test('where a policy refuses WebAssembly, the translation answers, and no .wasm is asked for', async () => {
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

test('the translation has memory for many plugins, and gives it back', async () => {
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
