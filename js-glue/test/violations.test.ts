import assert from 'node:assert/strict';
import { test } from 'node:test';
// Loaded ahead, because `settle` does not wait for files.
import '../dist/plugin_rare.js';
import { settle } from './support/clock.js';
import { hostBench } from './support/host.js';
import { ORIGIN } from './support/server.js';

const violation = (sourceFile: string, blockedURI = 'https://other.test/x', effectiveDirective = 'connect-src') => ({
  sourceFile,
  blockedURI,
  effectiveDirective,
  lineNumber: 3,
});
const OF_HELLO = `${ORIGIN}/api/plugins/bundle?entry=hello&id=hello&v=00`;

async function bench() {
  const { page, host } = hostBench();
  await host.start();
  const sent = () => page.server.requests('/api/plugins/telemetry');
  const problems = () => host.getSnapshot().problems.filter(({ code }) => code === 'SDK_CSP_VIOLATION');
  return { page, host, sent, problems };
}

test("reports a bundle's violation as a problem and as its plugin's telemetry", async () => {
  const { page, host, sent, problems } = await bench();
  page.violate(violation(OF_HELLO));
  await settle();
  assert.deepEqual(
    problems().map(({ pluginId, severity, message }) => ({ pluginId, severity, message })),
    [
      {
        pluginId: 'hello',
        severity: 'warning',
        message: "hello: the page's CSP blocked https://other.test/x (connect-src)",
      },
    ],
  );
  assert.deepEqual(
    sent().map(({ method, headers, body }) => [method, headers.get('x-plugin-id'), JSON.parse(body ?? '')]),
    [
      [
        'POST',
        'hello',
        {
          events: [
            {
              name: 'SDK_CSP_VIOLATION',
              props: { directive: 'connect-src', blocked: 'https://other.test/x', line: 3 },
            },
          ],
        },
      ],
    ],
  );
  await host.close();
});

test('reports a repeated violation once, up to a limit', async () => {
  const { page, host, sent, problems } = await bench();
  for (let n = 0; n < 3; n++) page.violate(violation(OF_HELLO));
  await settle();
  assert.deepEqual([problems().length, sent().length], [1, 1]);
  for (let n = 0; n < 200; n++) page.violate(violation(OF_HELLO, `https://other.test/${n}${'x'.repeat(5000)}`));
  await settle();
  assert.deepEqual([problems().length, sent().length], [50, 50]);
  assert.ok(problems().every(({ message }) => message.length < 300));
  await host.close();
});

test("reports the page's own violation without sending it, and ignores the core's WebAssembly test", async () => {
  const { page, host, sent, problems } = await bench();
  page.violate(violation(`${ORIGIN}/assets/index.js`));
  page.violate(violation('', 'wasm-eval', 'script-src'));
  await settle();
  assert.deepEqual(
    problems().map(({ pluginId, message }) => [pluginId, message]),
    [[undefined, "the host: the page's CSP blocked https://other.test/x (connect-src)"]],
  );
  assert.equal(sent().length, 0);
  await host.close();
});

test('names the one running plugin, or one of several, when the browser omits the query', async () => {
  const { page, host, sent, problems } = await bench();
  const stripped = OF_HELLO.replace(/\?.*/, '');
  await host.load('sales');
  page.violate(violation(stripped));
  await host.load('hello');
  page.violate(violation(stripped));
  await settle();
  assert.deepEqual(
    problems().map(({ pluginId, message }) => [pluginId, message.split(':')[0]]),
    [
      ['sales', 'sales'],
      [undefined, 'hello or sales'],
    ],
  );
  assert.deepEqual(
    sent().map(({ headers }) => headers.get('x-plugin-id')),
    ['sales'],
  );
  await host.close();
});

test('stops listening when the host is closed', async () => {
  const { page, host, sent } = await bench();
  const { violate } = page;
  await host.close();
  assert.notEqual(page.violate, violate);
  assert.equal(sent().length, 0);
});
