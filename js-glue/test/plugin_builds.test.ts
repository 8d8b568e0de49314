import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build as esbuild } from 'esbuild';
import { portcullisPlugin as forEsbuild } from 'portcullis/esbuild';
import { portcullisPlugin as forVite } from 'portcullis/vite';
import * as React from 'react';
import { createLogger, build as vite } from 'vite';

// Within the package, so that its node_modules is found.
const HOME = fileURLToPath(new URL('../build/plugin-builds/', import.meta.url));

/** Every form in which published CommonJS requires a module that the host shares. */
const DEPENDENCIES: Record<string, string> = {
  plain: "const react = require('react'); module.exports = () => react;",
  destructured: "const { useState, createElement } = require('react'); exports.useState = useState;",
  typescript: `"use strict"; var __importDefault = (this && this.__importDefault) || function (mod) { return (mod && mod.__esModule) ? mod : { "default": mod }; };
    Object.defineProperty(exports, "__esModule", { value: true }); exports.react = void 0;
    const react_1 = __importDefault(require("react")); exports.react = react_1.default;`,
  star: `"use strict"; var __importStar = (m) => { if (m && m.__esModule) return m; var r = {}; for (var k in m) if (k !== "default") r[k] = m[k]; r["default"] = m; return r; };
    Object.defineProperty(exports, "__esModule", { value: true }); const React = __importStar(require("react")); exports.useState = React.useState; exports.react = React.default;`,
  jsx: "const { jsx, Fragment } = require('react/jsx-runtime'); exports.element = jsx('b', { children: process.env.NODE_ENV }); exports.Fragment = Fragment;",
  nested: "exports.react = require('plain')(); exports.lazily = () => require('react');",
  umd: `(function (global, factory) { typeof exports === 'object' && typeof module !== 'undefined' ? factory(exports, require('react')) : factory((global.umd = {}), global.React); })(this, (function (exports, React) { exports.react = React; }));`,
};

const SOURCE = `
import { definePlugin } from 'portcullis/plugin';
import * as React from 'react';
import plain from 'plain';
import { useState as destructured } from 'destructured';
import { react as typescript } from 'typescript-made';
import * as star from 'star';
import { element, Fragment } from 'jsx';
import { react as nested, lazily } from 'nested';
import { react as umd } from 'umd';
import { shared } from 'host-shared';
import picture from './picture.png';
import './style.css';
const one: Record<string, boolean> = {
  plain: plain().useState === React.useState,
  destructured: destructured === React.useState,
  typescript: typescript.useState === React.useState,
  star: star.useState === React.useState && star.react.useState === React.useState,
  jsx: element.props.children === 'production' && Fragment === React.Fragment,
  nested: nested.useState === React.useState && lazily().useState === React.useState,
  umd: umd.useState === React.useState,
  own: (<i>x</i>).type === 'i',
  shared: shared === 'of the host',
  picture: picture.startsWith('data:image/png;base64,'),
};
export default definePlugin({ widgets: { W: () => JSON.stringify(one) } });
`;

async function project(name: string): Promise<string> {
  const folder = join(HOME, name);
  const write = async (file: string, content: string | Buffer) => {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), content);
  };
  await rm(folder, { recursive: true, force: true });
  await write('package.json', '{"type":"module"}');
  await write('src/index.tsx', SOURCE);
  await write('src/style.css', '.red { color: red }');
  await write('src/picture.png', Buffer.from('iVBORw0KGgo=', 'base64'));
  for (const [id, code] of Object.entries(DEPENDENCIES)) {
    const module = id === 'typescript' ? 'typescript-made' : id;
    await write(`node_modules/${module}/index.js`, code);
    await write(`node_modules/${module}/package.json`, `{"name":"${module}","main":"index.js"}`);
  }
  // Stands in for the import map under Node: the modules that the host would provide.
  await write('node_modules/host-shared/index.js', "export const shared = 'of the host';");
  await write('node_modules/host-shared/package.json', '{"name":"host-shared","type":"module","main":"index.js"}');
  return folder;
}

async function judge(folder: string, said: string): Promise<void> {
  assert.match(said, /\.css is left out: a plugin cannot ship CSS files/);
  assert.deepEqual(await readdir(join(folder, 'dist')), ['index.esm.js'], 'one file');
  const text = await readFile(join(folder, 'dist/index.esm.js'), 'utf8');
  const imported = [...text.matchAll(/(?:from|import)\s*["']([^"']+)["']/g)].map(([, id]) => id);
  assert.deepEqual(
    [...new Set(imported)].sort(),
    ['host-shared', 'portcullis/plugin', 'react', 'react/jsx-runtime'],
    'what the host shares, and nothing else',
  );
  // Not assert.match, which would print the whole bundle.
  assert.equal(/\brequire\(/.test(text.replaceAll(/typeof require/g, '')), false, 'no require is left');
  assert.equal(text.includes('process.env'), false);
  type Made = { widgets: { W: () => string } };
  const { default: made } = (await import(pathToFileURL(join(folder, 'dist/index.esm.js')).href)) as { default: Made };
  const one = JSON.parse(made.widgets.W()) as Record<string, boolean>;
  assert.deepEqual(
    Object.entries(one).filter(([, right]) => !right),
    [],
  );
  assert.equal(typeof React.useState, 'function');
}

test('esbuild: resolves every import form of React to the host’s copy', async () => {
  const folder = await project('esbuild');
  const { warnings } = await esbuild({
    absWorkingDir: folder,
    entryPoints: ['src/index.tsx'],
    outfile: 'dist/index.esm.js',
    minify: true,
    logLevel: 'silent',
    plugins: [forEsbuild({ modules: ['host-shared'] })],
  });
  await judge(folder, warnings.map(({ text }) => text).join('\n'));
});

test('vite: resolves every import form of React to the host’s copy', async () => {
  const folder = await project('vite');
  const said: string[] = [];
  const logger = createLogger('silent');
  await vite({
    root: folder,
    logLevel: 'warn',
    customLogger: { ...logger, warn: (text) => said.push(text), warnOnce: (text) => said.push(text) },
    plugins: [forVite({ modules: ['host-shared'] })],
  });
  await judge(folder, said.join('\n'));
});

test('esbuild: keeps the options that the build sets itself', async () => {
  const folder = await project('options');
  const result = await esbuild({
    absWorkingDir: folder,
    stdin: { contents: 'export default <b>{process.env.NODE_ENV}</b>', loader: 'jsx' },
    jsx: 'preserve',
    define: { 'process.env.NODE_ENV': '"development"' },
    write: false,
    logLevel: 'silent',
    plugins: [forEsbuild()],
  });
  assert.match(result.outputFiles[0]?.text ?? '', /<b>\{"development"\}<\/b>/);
});

test('builds the bundle that the guide describes without the build plugin', async () => {
  const folder = await project('plain');
  await rm(join(folder, 'src/style.css'));
  await writeFile(join(folder, 'src/index.tsx'), "import plain from 'plain';\nexport default plain();\n");
  await esbuild({
    absWorkingDir: folder,
    entryPoints: ['src/index.tsx'],
    bundle: true,
    format: 'esm',
    outfile: 'dist/index.esm.mjs',
    external: ['react'],
    logLevel: 'silent',
  });
  const { stderr } = spawnSync(process.execPath, ['dist/index.esm.mjs'], { cwd: folder, encoding: 'utf8' });
  assert.match(stderr, /Dynamic require of "react" is not supported/);
});
