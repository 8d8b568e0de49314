// The cost of a stamp: the same plugin call, in Chromium, on loopback, to one server and two of its tenants, one with
// `stamps: off` and one with `stamps: required`. They take turns in short rounds, so that other load on the machine
// affects both; the ratio is that of the medians over all rounds. The server's share is its CPU time per call, as
// counted by the kernel.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { startBff } from '../js-glue/dist/playwright/index.js';
import { median } from './measure.mjs';
import { cpuNs } from './processes.mjs';
import { table } from './table.mjs';

const CALLS = 50;
const BAR = 0.05;
const sdk = fileURLToPath(new URL('../js-glue/dist/index.js', import.meta.url));
const yaml = (value) => JSON.stringify(value);

const plugin = {
  id: 'caller',
  version: '1.0.0',
  engine: { experience: '>=1.0.0' },
  bundle: { file: '/app/plugins/caller.js' },
  contributions: { routes: [{ path: '/caller', component: 'Page' }] },
  permissions: { api: [{ method: 'GET', path: '/api/bench/*' }], sse: [] },
};
const tenants = { 'off.localhost': { stamps: 'off' }, 'required.localhost': { stamps: 'required' } };

/** The configuration and a page of one plugin, in `home`. */
async function prepare(home) {
  const write = (path, text) => {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  };
  write(
    'config/settings.yaml',
    yaml({ experience_version: '1.4.0', lab_login: { enabled: true }, rate: { per_second: 1e6, burst: 1e6 }, tenants }),
  );
  write('config/plugins.yaml', yaml({ tenants: { 'off.localhost': [plugin], 'required.localhost': [plugin] } }));
  write('config/routes.yaml', yaml({ routes: [{ path: '/api/bench/*', methods: ['GET'], fixture: 'bench' }] }));
  write(
    'config/fixtures.yaml',
    yaml({ fixtures: { bench: { responses: [{ path: '/api/bench/*', json: { ok: true } }] } } }),
  );
  write('config/idps.yaml', yaml({ idps: [{ name: 'lab' }] }));
  write(
    'config/users.yaml',
    yaml({
      users: [{ user: 'u', password: 'u', name: 'U', roles: ['viewer'], tenants: Object.keys(tenants), idp: 'lab' }],
    }),
  );
  write(
    'config/policy.yaml',
    yaml({
      rules: [
        { id: 'all', effect: 'permit', subject: { roles: ['viewer'] }, action: ['view'], resource: { type: ['*'] } },
      ],
    }),
  );
  write('plugins/caller.js', 'export default (sdk) => { globalThis.caller = sdk; return { routes: {} }; };');
  write('spa/index.html', '<!doctype html><html><head><script type="module" src="/page.js"></script></head></html>');
  write(
    'page.ts',
    `import { createHost } from ${JSON.stringify(sdk)}; globalThis.host = createHost(); await host.start();`,
  );
  await build({
    entryPoints: [join(home, 'page.ts')],
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    outdir: join(home, 'spa'),
  });
  copyFileSync(join(dirname(sdk), 'core/portcullis.wasm'), join(home, 'spa/portcullis.wasm'));
}

/** A page of the tenant, signed in, with the plugin loaded. */
async function open(browser, port, tenant) {
  const page = await browser.newPage();
  await page.goto(`http://${tenant}:${port}/`);
  await page.waitForFunction(() => globalThis.host?.getSnapshot().status === 'signed-out');
  await page.evaluate(async () => {
    await globalThis.host.login('u', 'u');
    await globalThis.host.refresh();
    await globalThis.host.load('caller');
  });
  return page;
}

/** The duration of each of CALLS sequential calls, in microseconds. */
const round = (page) =>
  page.evaluate(async (calls) => {
    const took = [];
    for (let call = 0; call < calls; call += 1) {
      const start = performance.now();
      const response = await globalThis.caller.api.fetch('/api/bench/x', { cache: 'no-store' });
      await response.text();
      took.push((performance.now() - start) * 1_000);
    }
    return took;
  }, CALLS);

/** @returns {Promise<{calls: number, off: Figures, required: Figures}>} Figures: {us, cpuUs}, medians */
export async function stampCost({ rounds = 60 } = {}) {
  const home = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  const running = [];
  try {
    await prepare(home);
    const bff = await startBff({
      config: join(home, 'config'),
      plugins: join(home, 'plugins'),
      spa: join(home, 'spa'),
      args: ['--log-level', 'off'],
    });
    running.push(() => bff.stop());
    const { port } = new URL(bff.url);
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
    });
    running.push(() => browser.close());
    const seen = {};
    for (const tenant of Object.keys(tenants)) {
      seen[tenant] = { page: await open(browser, port, tenant), took: [], cpu: [] };
      await round(seen[tenant].page);
    }
    for (let turn = 0; turn < rounds; turn += 1) {
      const order = turn % 2 === 0 ? Object.values(seen) : Object.values(seen).reverse();
      for (const each of order) {
        const before = cpuNs(bff.pid);
        each.took.push(...(await round(each.page)));
        each.cpu.push((cpuNs(bff.pid) - before) / CALLS / 1_000);
      }
    }
    const figures = (tenant) => ({ us: median(seen[tenant].took), cpuUs: median(seen[tenant].cpu) });
    return { calls: rounds * CALLS, off: figures('off.localhost'), required: figures('required.localhost') };
  } finally {
    for (const stop of running.reverse()) await stop();
    rmSync(home, { recursive: true, force: true });
  }
}

/** The section of docs/benchmarks.md. */
export function stampMarkdown({ calls, off, required }) {
  const cost = required.us / off.us - 1;
  const percent = `${(cost * 100).toFixed(1)} %`;
  return `## A stamp on a call

${calls} calls of a plugin (\`sdk.api.fetch\`, one after the other) in Chromium on loopback, alternately from a page of a tenant
with \`stamps: off\` and from one of a tenant with \`stamps: required\`. Medians. A call includes everything: the rules in
WebAssembly, the stamp, the fetch, the server, and reading the answer's text.

${table(
  ['', 'stamps: off', 'stamps: required', 'a stamp costs', 'bar', 'met'],
  [
    ['a call, µs', off.us.toFixed(0), required.us.toFixed(0), percent, 'under 5 %', cost < BAR ? 'yes' : 'no'],
    [
      "the server's CPU time of it, µs",
      off.cpuUs.toFixed(1),
      required.cpuUs.toFixed(1),
      `${(required.cpuUs - off.cpuUs).toFixed(1)} µs`,
      '',
      '',
    ],
  ],
)}
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(stampMarkdown(await stampCost()));
