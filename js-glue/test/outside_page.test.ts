import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { createHost } from '../dist/index.js';
import { FakePage } from './support/page.js';

const ENTRIES = ['portcullis', 'portcullis/core', 'portcullis/react', 'portcullis/plugin'];

/** Runs a module in Node with some globals removed, as test environments do. */
function run(code: string, gone: readonly string[] = []): string {
  const prelude = gone.map((name) => `Object.defineProperty(globalThis, '${name}', { value: undefined });`).join('');
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', prelude + code], {
    encoding: 'utf8',
    cwd: new URL('..', import.meta.url),
  });
  return (stdout + stderr).trim();
}

const START = `
const { createHost } = await import('portcullis');
const host = createHost();
console.log(host.getSnapshot().status);
await host.start();
const { status, problems } = host.getSnapshot();
console.log(status, problems.map(({ code, message }) => code + ' ' + message).join());
await host.close();
console.log(host.getSnapshot().status);`;

test('imports every entry outside a page', () => {
  const imports = ENTRIES.map((name) => `await import('${name}');`).join('');
  assert.equal(run(`${imports} console.log('ok');`), 'ok');
  const bare = ['fetch', 'Headers', 'Request', 'Response', 'TextEncoder', 'TextDecoder', 'AbortSignal', 'crypto'];
  assert.equal(run(`await import('portcullis'); await import('portcullis/core'); console.log('ok');`, bare), 'ok');
});

test('creates a host outside a page, and reports what is missing on start', () => {
  const [idle, failed, closed] = run(START).split('\n');
  assert.equal(idle, 'idle');
  assert.match(
    failed ?? '',
    /^failed SDK_NOT_STARTED this is not a page: origin not available\. .*environment\.origin and fetch$/,
  );
  assert.equal(closed, 'closed');
  assert.match(
    run(START, ['fetch', 'Headers', 'Response', 'crypto']),
    /not a page: Headers, Response, crypto, fetch, origin not available\./,
  );
});

test('starts in a unit test with an injected environment', async () => {
  const page = new FakePage();
  const host = createHost({ environment: { ...page.environment, origin: 'https://host.test' } });
  await host.start();
  assert.equal(host.getSnapshot().status, 'ready');
  await host.close();
});

test('treats start, close and start in a row (StrictMode) as one start', async () => {
  const page = new FakePage();
  const host = createHost(page.options());
  const first = host.start();
  const closed = host.close();
  const second = host.start();
  await Promise.all([first, closed, second]);
  assert.equal(host.getSnapshot().status, 'ready');
  assert.equal(page.server.requests('/auth/session').length, 1);
  await host.close();
  assert.equal(host.getSnapshot().status, 'closed');
  await host.start();
  assert.equal(host.getSnapshot().status, 'closed');
});
