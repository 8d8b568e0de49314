import assert from 'node:assert/strict';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { portcullisVendor } from 'portcullis/vite';
import { build, resolveConfig } from 'vite';

// Within the package, so that React is found.
const APP = fileURLToPath(new URL('../build/vendor-app/', import.meta.url));

const ES_AND_CJS = { exports: { import: './es.mjs', require: './cjs.cjs' } };

/** Packages in every published format, and the expected exports: names to values, including `default`. */
const PACKAGES: Record<string, { files: Record<string, string>; json: object; names: Record<string, unknown> }> = {
  'es-without-default': {
    json: ES_AND_CJS,
    files: {
      'es.mjs': "export const a = 'es'; export const b = 2;",
      'cjs.cjs': "exports.a = 'cjs'; exports.extra = 1;",
    },
    names: { a: 'es', b: 2 },
  },
  'es-with-default': {
    json: ES_AND_CJS,
    files: { 'es.mjs': "export default 'es'; export const a = 1;", 'cjs.cjs': "module.exports = { a: 'cjs' };" },
    names: { default: 'es', a: 1 },
  },
  'es-by-module-field': {
    json: { main: './cjs.cjs', module: './es.mjs' },
    files: {
      'es.mjs': "export { a } from './inner.mjs'; export * from './inner.mjs';",
      'inner.mjs': 'export const a = 1, c = 3;',
      'cjs.cjs': '',
    },
    names: { a: 1, c: 3 },
  },
  '@scope/only-es': {
    json: { exports: { './sub': { import: './es.mjs' }, '.': { import: './es.mjs' } } },
    files: { 'es.mjs': 'export const a = 1;' },
    names: { a: 1 },
  },
  'star-of-commonjs': {
    json: ES_AND_CJS,
    files: {
      'es.mjs': "export * from './cjs.cjs'; export const own = 'es';",
      'cjs.cjs': 'exports.a = 1; exports.b = 2;',
    },
    names: { a: 1, b: 2, own: 'es' },
  },
  'plain-commonjs': {
    json: { main: './cjs.cjs' },
    files: { 'cjs.cjs': "exports.a = 1; exports.delete = 2; exports['not-a-name'] = 3; exports.await = 4;" },
    names: { a: 1, default: { a: 1, delete: 2, 'not-a-name': 3, await: 4 } },
  },
  'compiled-commonjs': {
    json: { main: './cjs.cjs' },
    files: {
      'cjs.cjs': "Object.defineProperty(exports, '__esModule', { value: true }); exports.a = 1; exports.default = 'd';",
    },
    names: { a: 1, default: 'd' },
  },
  'compiled-commonjs-without-default': {
    json: { main: './cjs.cjs' },
    files: { 'cjs.cjs': "Object.defineProperty(exports, '__esModule', { value: true }); exports.a = 1;" },
    names: { a: 1 },
  },
  'a-function': {
    json: { main: './cjs.cjs' },
    files: { 'cjs.cjs': 'module.exports = Object.assign(() => 7, { a: 1 });' },
    names: { a: 1 },
  },
  'for-windows-only': {
    json: { main: './cjs.cjs' },
    files: { 'cjs.cjs': 'exports.a = 1; if (!globalThis.theWindow) throw new Error("no window"); exports.b = 2;' },
    names: { a: 1, b: 2 },
  },
  'for-browsers': {
    json: { exports: { browser: { import: './es.mjs' }, node: './node.cjs' } },
    files: { 'es.mjs': "export const where = 'browser';", 'node.cjs': "exports.where = 'node'; exports.fs = 1;" },
    names: { where: 'browser' },
  },
  'compiler-helpers': {
    json: {
      exports: {
        module: { types: './x.d.ts', default: './es.mjs' },
        import: { node: './node.mjs' },
        default: './cjs.cjs',
      },
    },
    files: { 'es.mjs': 'export function __extends() {}', 'node.mjs': 'export default 1', 'cjs.cjs': '' },
    names: {},
  },
};

async function app(modules: readonly string[]): Promise<void> {
  const write = async (file: string, content: string) => {
    await mkdir(dirname(join(APP, file)), { recursive: true });
    await writeFile(join(APP, file), content);
  };
  await rm(APP, { recursive: true, force: true });
  await write(
    'index.html',
    '<!doctype html><html><head></head><body><script type="module" src="/main.js"></script></body></html>',
  );
  await write('main.js', modules.map((id) => `import ${JSON.stringify(id)};`).join('\n'));
  for (const [id, { files, json }] of Object.entries(PACKAGES)) {
    await write(`node_modules/${id}/package.json`, JSON.stringify({ name: id, version: '1.0.0', ...json }));
    for (const [file, text] of Object.entries(files)) await write(`node_modules/${id}/${file}`, text);
  }
}

test('shares packages of every format under all of their names, as one instance', async () => {
  const modules = [...Object.keys(PACKAGES), '@scope/only-es/sub'];
  await app(modules);
  await build({ root: APP, logLevel: 'error', plugins: [portcullisVendor({ modules })] });
  await cp(join(APP, 'dist/vendor'), join(APP, 'vendor'), { recursive: true });
  await writeFile(join(APP, 'vendor/package.json'), '{"type":"module"}');
  Object.assign(globalThis, { theWindow: true });
  for (const [id, { names }] of Object.entries(PACKAGES)) {
    const file = `${id.replace(/^@/, '').replaceAll('/', '-')}.js`;
    const shared = (await import(pathToFileURL(join(APP, 'vendor', file)).href)) as Record<string, unknown>;
    for (const [name, value] of Object.entries(names)) assert.deepEqual(shared[name], value, `${id}: ${name}`);
    const more = Object.keys(shared).filter((name) => !(name in names) && name !== 'default');
    assert.deepEqual(
      more.filter((name) => shared[name] !== undefined && name !== '__extends'),
      [],
      `${id} has no other names`,
    );
    if ('default' in shared && !('default' in names))
      assert.equal(typeof shared.default, id === 'a-function' ? 'function' : 'object', id);
  }
});

test('fails the build for a missing module and names it', async () => {
  await app([]);
  const building = build({
    root: APP,
    logLevel: 'silent',
    plugins: [portcullisVendor({ modules: ['not-installed'] })],
  });
  await assert.rejects(building, /portcullisVendor: a shared module cannot be bundled: .*not-installed/);
});

test('pre-bundles in the dev server what the SDK, the plugins and JSX import', async () => {
  await app([]);
  const plugins = [portcullisVendor({ modules: ['plain-commonjs', '@scope/only-es', 'not-installed'] })];
  const { optimizeDeps } = await resolveConfig({ root: APP, logLevel: 'silent', plugins }, 'serve');
  for (const id of [
    'react',
    'react/jsx-runtime',
    'react/jsx-dev-runtime',
    'react-dom',
    'react-dom/client',
    'react-router',
    'plain-commonjs',
    '@scope/only-es',
  ]) {
    assert.ok(optimizeDeps.include?.includes(id), id);
  }
  assert.ok(!optimizeDeps.include?.some((id) => id.startsWith('portcullis') || id === 'not-installed'));
  assert.deepEqual(optimizeDeps.exclude, ['portcullis']);
});
