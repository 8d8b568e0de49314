// Follows the guides literally: a host from the package's README, a plugin from docs/first-plugin.md, the lab and its
// Playwright test from docs/lab.md, and the operator's commands from docs/operating.md.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { chromium } from '@playwright/test';
import { startBff } from 'portcullis/playwright';
import { documents } from '../../scripts/lib/markdown.mjs';
import { LAUNCH } from '../lib/chromium.mjs';
import { cleanup } from '../lib/cleanup.mjs';
import { binary, root } from '../lib/examples.mjs';

// Within the checkout, so that packages are found as from an installed folder.
const home = join(root, 'e2e/build/guides');
const lab = join(home, 'lab');
const docs = Object.fromEntries(documents().map(({ file, blocks }) => [file, blocks]));

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Writes the files that a document shows to a folder. */
function files(file, folder, want = () => true) {
  for (const { name, code } of docs[file]) if (name?.includes('.') && want(name)) write(join(folder, name), code);
}

/** Runs a command of the document; npx and npm use the checkout's own. */
function shell(command, cwd, env = {}) {
  const script = `npx() { "${root}node_modules/.bin/$1" "\${@:2}"; }; npm() { shift 4; "${binary}" "$@"; }\n${command}`;
  const result = spawnSync('bash', ['-c', script], {
    cwd,
    encoding: 'utf8',
    // A separate test runner, not a part of this one.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, PORTCULLIS_BFF: binary, ...env },
  });
  return { ...result, text: `${command}\n${result.stdout}${result.stderr}` };
}

/** The only `sh` line of a document with this prefix. */
function line(file, start) {
  const found = docs[file]
    .filter(({ lang }) => lang === 'sh')
    .flatMap(({ code }) => code.split('\n'))
    .filter((each) => each.startsWith(start));
  assert.equal(found.length, 1, `${file} has one line that begins with ${start}`);
  return found[0];
}

function passes(result) {
  assert.equal(result.status, 0, result.text);
  return result;
}

test('builds a host, a plugin and a lab from scratch as the guides say, and passes their tests', () => {
  rmSync(home, { recursive: true, force: true });
  const host = join(home, 'host');
  files('js-glue/README.md', host);
  passes(shell('npx vite build --logLevel error', host));

  const plugin = join(home, 'plugin');
  files('docs/first-plugin.md', plugin);
  // The guide's three builds produce the same file; the last one is served.
  const bundle = join(plugin, 'dist/index.esm.js');
  for (const command of [
    line('docs/first-plugin.md', 'npx esbuild'),
    'npx vite build --logLevel error',
    'node build.mjs',
  ]) {
    rmSync(bundle, { force: true });
    passes(shell(command, plugin));
    const imported = [...readFileSync(bundle, 'utf8').matchAll(/(?:from|import) ?["']([^"']+)["']/g)].map(
      ([, id]) => id,
    );
    assert.deepEqual([...new Set(imported)].sort(), ['portcullis/plugin', 'react', 'react/jsx-runtime'], command);
  }

  files('docs/lab.md', join(lab, 'config'), (name) => name.endsWith('.yaml'));
  files('docs/lab.md', lab, (name) => name.endsWith('.ts'));
  cpSync(join(host, 'tests'), join(lab, 'tests'), { recursive: true });
  cpSync(join(host, 'dist'), join(lab, 'dist'), { recursive: true });
  cpSync(join(plugin, 'dist'), join(lab, 'plugins/greeter/1.0.0'), { recursive: true });
  const checked = passes(shell(line('docs/lab.md', 'npm run -s bff -- check'), home));
  const { code: shown } = docs['docs/lab.md'].find(({ after, lang }) => lang === 'text' && after?.lang === 'sh');
  assert.equal(checked.stdout, shown);

  // The path of this machine's browser, as in the repository's own tests.
  write(
    join(lab, 'playwright.config.ts'),
    "import { defineConfig } from '@playwright/test';\nimport ours from '../../../playwright.config.ts';\n" +
      "export default defineConfig({ testDir: 'tests', reporter: 'list', workers: 1, use: ours.use! });\n",
  );
  passes(shell('npx playwright test', lab));
});

test("runs the README's host with `npx vite` on the installed package, and signs in through the proxy", async (t) => {
  const bff = await startBff({
    host: 'localhost',
    config: join(lab, 'config'),
    plugins: join(lab, 'plugins'),
    spa: join(lab, 'dist'),
    binary,
  });
  cleanup(t, () => bff.stop());
  const dev = join(home, 'dev');
  files('js-glue/README.md', dev);
  const config = join(dev, 'vite.config.ts');
  writeFileSync(config, readFileSync(config, 'utf8').replace('http://localhost:8080', bff.url));
  // A copy, as npm installs it: a linked package would be treated as the app's own source.
  const installed = join(dev, 'node_modules/portcullis');
  mkdirSync(installed, { recursive: true });
  for (const part of ['package.json', 'dist'])
    cpSync(join(root, 'js-glue', part), join(installed, part), { recursive: true });
  const { createServer } = await import('vite');
  const server = await createServer({ root: dev, logLevel: 'silent', server: { port: 0, host: 'localhost' } });
  cleanup(t, () => server.close());
  await server.listen();
  const browser = await chromium.launch(LAUNCH);
  cleanup(t, () => browser.close());
  const page = await browser.newPage();
  const broken = [];
  page.on('pageerror', ({ message }) => broken.push(message));
  await page.goto(server.resolvedUrls.local[0]);
  await page.getByRole('button', { name: 'Sign in' }).click({ timeout: 60_000 });
  await page.getByText('Order 7: 48').waitFor({ timeout: 60_000 });
  assert.deepEqual(broken, []);
});

test('does what the guide says of the operator’s commands', async (t) => {
  const state = join(home, 'state');
  rmSync(state, { recursive: true, force: true });
  const bff = await startBff({
    host: 'localhost',
    config: join(lab, 'config'),
    plugins: join(lab, 'plugins'),
    state,
    binary,
  });
  cleanup(t, () => bff.stop());
  const block = docs['docs/operating.md'].find(({ code }) => code.includes('OPERATOR='));
  const [token, ...commands] = block.code.trim().split('\n');
  const answers = commands.map((command) => {
    const here = command.replaceAll('http://localhost:8080', bff.url).replace('curl', 'curl -sS --fail-with-body');
    const { stdout } = passes(shell(`${token.replace('DIR', state)}\n${here}`, home));
    return JSON.parse(stdout);
  });
  const [refreshed, stopped, version, list, lifted] = answers;
  assert.equal(refreshed.generation, 2);
  assert.equal(stopped.plugin_id, 'hello');
  assert.equal(version.version, '1.2.0');
  assert.equal(version.reason, 'leaks');
  assert.equal(list.quarantined.length, 2);
  assert.equal(lifted.removed, true);
  assert.match(readFileSync(join(state, 'audit.log'), 'utf8'), /"event":"quarantine"/);
});
