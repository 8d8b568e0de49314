import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { portcullisVendor } from 'portcullis/vite';
import { build, createServer } from 'vite';

// Within the package, so that its node_modules is found.
const APP = fileURLToPath(new URL('../build/vite-app/', import.meta.url));

async function app(): Promise<void> {
  await rm(APP, { recursive: true, force: true });
  await mkdir(join(APP, 'src'), { recursive: true });
  await writeFile(
    join(APP, 'index.html'),
    '<!doctype html><html><head><meta charset="utf-8"><title>t</title></head><body><div id="root"></div><script type="module" src="/src/main.js"></script></body></html>',
  );
  await writeFile(
    join(APP, 'src/main.js'),
    [
      "import { createElement } from 'react';",
      "import { jsx } from 'react/jsx-runtime';",
      "import { createRoot } from 'react-dom/client';",
      "import { createHost } from 'portcullis';",
      "import { PluginSlot } from 'portcullis/react';",
      "import commonjs from './dependency.cjs';",
      'const host = createHost();',
      "createRoot(document.getElementById('root')).render(createElement(PluginSlot, { name: commonjs.name, host, jsx }));",
    ].join('\n'),
  );
  await writeFile(
    join(APP, 'src/dependency.cjs'),
    "const react = require('react'); module.exports = { name: react.version };",
  );
}

test('shares React and portcullis/plugin through the import map of a build', async () => {
  await app();
  await build({ root: APP, logLevel: 'error', plugins: [portcullisVendor()] });
  const html = await readFile(join(APP, 'dist/index.html'), 'utf8');
  const map = /<script type="importmap">([^<]*)<\/script>/.exec(html)?.[1] ?? '';
  const { imports: shared, integrity } = JSON.parse(map) as Record<string, Record<string, string>>;
  assert.deepEqual(
    { imports: shared },
    {
      imports: {
        react: '/vendor/react.js',
        'react/jsx-runtime': '/vendor/react-jsx-runtime.js',
        'react-dom': '/vendor/react-dom.js',
        'react-dom/client': '/vendor/react-dom-client.js',
        'portcullis/plugin': '/vendor/portcullis-plugin.js',
      },
    },
  );
  // Every module of the build, as on disk: the entry, its chunks, the shared modules and theirs.
  const written: Record<string, string> = {};
  for (const folder of ['assets', 'vendor']) {
    for (const name of await readdir(join(APP, 'dist', folder))) {
      if (!name.endsWith('.js')) continue;
      const bytes = await readFile(join(APP, 'dist', folder, name));
      written[`/${folder}/${name}`] = `sha384-${createHash('sha384').update(bytes).digest('base64')}`;
    }
  }
  assert.ok(Object.keys(written).length > 6);
  assert.deepEqual(integrity, written);
  assert.ok(html.indexOf('importmap') < html.indexOf('type="module"'), 'the import map is first');
  const scripts = html.match(/<script[^>]*>/g) ?? [];
  assert.deepEqual(
    scripts.filter((tag) => !tag.includes('src=')),
    ['<script type="importmap">'],
    'nothing else is inline',
  );
  assert.doesNotMatch(html, / style=|<style|onload=/);

  const names = await readdir(join(APP, 'dist/assets'));
  assert.equal(names.filter((name) => name.endsWith('.wasm')).length, 1, names.join());
  let imports = '';
  for (const name of names.filter((file) => file.endsWith('.js'))) {
    const text = await readFile(join(APP, 'dist/assets', name), 'utf8');
    imports += text;
    // Not assert.match, which would print the whole bundle.
    assert.equal(/new Function\(|\beval\(/.test(text), false, `${name} has eval`);
    assert.equal(/__CLIENT_INTERNALS_DO_NOT_USE/.test(text), false, `${name} has a React of its own`);
    assert.equal(/Calling `require` for|Could not dynamically require/.test(text), false, `${name} has require`);
  }
  for (const id of ['react', 'react/jsx-runtime', 'react-dom/client']) {
    const imported = new RegExp(`(from|import)\\s*["\`']${id.replace('/', '\\/')}["\`']`);
    assert.equal(imported.test(imports), true, `${id} is not imported`);
  }

  // The vendor files run, contain one React, and export its names.
  await cp(join(APP, 'dist/vendor'), join(APP, 'vendor'), { recursive: true });
  await writeFile(join(APP, 'vendor/package.json'), '{"type":"module"}');
  const load = (file: string) => import(pathToFileURL(join(APP, 'vendor', file)).href);
  const react = await load('react.js');
  const jsx = await load('react-jsx-runtime.js');
  const dom = await load('react-dom.js');
  const client = await load('react-dom-client.js');
  const plugin = await load('portcullis-plugin.js');
  assert.equal(react.default.useState, react.useState);
  assert.equal(jsx.Fragment, react.Fragment);
  assert.equal(typeof client.createRoot, 'function');
  assert.equal(typeof dom.createPortal, 'function');
  assert.deepEqual(Object.keys(plugin).sort(), ['definePlugin']);
  assert.equal(
    react.__CLIENT_INTERNALS_DO_NOT_USE_OR_WARN_USERS_THEY_CANNOT_UPGRADE,
    react.default.__CLIENT_INTERNALS_DO_NOT_USE_OR_WARN_USERS_THEY_CANNOT_UPGRADE,
  );
});

test("asks the BFF for the boot token of the browser's own session", async () => {
  await app();
  const asked: IncomingHttpHeaders[] = [];
  const answers: (() => void)[] = [];
  // As the BFF does: a token for a session, an empty one without.
  const bff = createHttpServer(({ headers }, response) => {
    asked.push(headers);
    const token = headers.cookie?.replace(/^session=/, 'token-of-') ?? '';
    answers.push(() => response.end(`<head><meta name="portcullis-boot" content="${token}"></head>`));
    // Answered together, and the last one first.
    if (answers.length === 3) for (const answer of answers.reverse()) answer();
  });
  const listening = (server: Server): Promise<string> =>
    new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    });
  const vite = await createServer({
    root: APP,
    logLevel: 'error',
    plugins: [portcullisVendor()],
    server: { middlewareMode: true, hmr: false, ws: false, proxy: { '/api': await listening(bff) } },
    appType: 'spa',
  });
  const server = createHttpServer(vite.middlewares);
  const origin = await listening(server);
  const tokenFor = async (headers: Record<string, string>): Promise<string | undefined> => {
    const answer = await fetch(origin, { headers: { 'sec-fetch-dest': 'document', ...headers } });
    return /<meta name="portcullis-boot" content="([^"]*)">/.exec(await answer.text())?.[1];
  };
  try {
    const tokens = [tokenFor({ cookie: 'session=one' }), tokenFor({ cookie: 'session=two' }), tokenFor({})];
    assert.deepEqual(await Promise.all(tokens), ['token-of-one', 'token-of-two', '']);
    for (const { host } of asked) assert.equal(`http://${host}`, origin);
    assert.equal(await tokenFor({ 'sec-fetch-dest': 'iframe' }), undefined);
  } finally {
    server.close();
    bff.close();
    await vite.close();
  }
});

test('maps the same names to its own modules in the dev server', async () => {
  await app();
  const vite = await createServer({
    root: APP,
    logLevel: 'error',
    plugins: [portcullisVendor()],
    server: { middlewareMode: true, hmr: false, ws: false },
    appType: 'spa',
  });
  const server = createHttpServer(vite.middlewares);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const text = async (path: string): Promise<string> => (await fetch(new URL(path, origin))).text();
  try {
    const map = /<script type="importmap">([^<]*)<\/script>/.exec(await text('/'))?.[1] ?? '';
    const { imports } = JSON.parse(map) as { imports: Record<string, string> };
    assert.match(await text(imports.react ?? ''), /\buseState\b/);
    assert.match(await text(imports['portcullis/plugin'] ?? ''), /plugin\/index\.js/);
  } finally {
    server.close();
    await vite.close();
  }
});
