// The start of the core, from the module's bytes: until it answers (compiled, instantiated, embind's registrations made),
// and until the first decision by a manifest's rules. In fresh Node processes and fresh pages of Chromium; how the bytes
// come is not in it. Prints medians and spreads.
//   node bench/start.mjs
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { median } from './measure.mjs';

const ROUNDS = 15;
const dist = new URL('../js-glue/dist/core/', import.meta.url);
const urlOf = (name) => new URL(name, dist).href;
const MANIFEST = JSON.stringify({
  id: 'p',
  version: '1.0.0',
  engine: { experience: '*' },
  permissions: { api: [{ method: 'GET', path: '/api/sales/:id', params: { id: 'int' } }] },
});
/** Runs in both: what is measured. */
const START = `async ({ bindCore }, { Core }, bytes) => {
  const started = performance.now();
  const instantiate = async (imports) => (await WebAssembly.instantiate(bytes, imports)).instance.exports;
  const core = new Core(await bindCore(instantiate));
  if (core.semver.valid('1.2.3') === null) throw new Error('not valid');
  const answered = performance.now() - started;
  const { policy } = core.compile(${JSON.stringify(MANIFEST)});
  if (!policy.check('GET', '/api/sales/42').allowed) throw new Error('denied');
  return { answered, decided: performance.now() - started };
}`;

function inNode() {
  const code = `Promise.all([import('${urlOf('bindings.js')}'), import('${urlOf('core.js')}')])
    .then(([bindings, core]) =>
      (${START})(bindings, core, require('node:fs').readFileSync(new URL('${urlOf('portcullis.wasm')}'))))
    .then((times) => console.log(JSON.stringify(times)))`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

async function inChromium() {
  const { outputFiles } = await build({
    stdin: {
      contents: "export { bindCore } from './bindings.js'; export { Core } from './core.js';",
      resolveDir: fileURLToPath(dist),
    },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    minify: true,
    write: false,
  });
  const files = {
    '/': ['text/html', '<!doctype html><title>start</title>'],
    '/index.js': ['text/javascript', outputFiles[0].contents],
    '/portcullis.wasm': ['application/wasm', readFileSync(new URL('portcullis.wasm', dist))],
  };
  const server = createServer(({ url }, response) => {
    const [type, body] = files[url] ?? [];
    response.writeHead(type ? 200 : 404, {
      'content-type': type ?? 'text/plain',
      'cache-control': 'max-age=3600',
      'content-security-policy': "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'",
    });
    response.end(body);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  });
  try {
    const context = await browser.newContext();
    const rounds = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      rounds.push(
        await page.evaluate(`Promise.all([
          import('/index.js'),
          fetch('/portcullis.wasm').then((response) => response.arrayBuffer()),
        ]).then(([core, bytes]) => (${START})(core, core, bytes))`),
      );
      await page.close();
    }
    return rounds;
  } finally {
    await browser.close();
    server.close();
  }
}

function say(where, rounds) {
  for (const [what, key] of [
    ['it answers', 'answered'],
    ['its first decision', 'decided'],
  ]) {
    const ms = rounds.map((times) => times[key]).sort((a, b) => a - b);
    const [least, most] = [ms[0], ms.at(-1)].map((value) => value.toFixed(1));
    console.log(`${where}: ${what} after ${median(ms).toFixed(1)} ms (median of ${ms.length}, ${least} to ${most})`);
  }
}

say('Node, a fresh process', Array.from({ length: ROUNDS }, inNode));
say('Chromium, a fresh page', await inChromium());
