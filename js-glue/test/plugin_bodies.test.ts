import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { isPortcullisError, type PluginSdk } from '../dist/index.js';
import { until } from './support/clock.js';
import { FakePage } from './support/page.js';
import { pluginBench } from './support/plugin.js';

// A body in transfer ends with the caller's signal and with the plugin.

async function bench(context: TestContext) {
  const open: { response: ServerResponse; closed: boolean }[] = [];
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/api/sales/whole')) {
      response.end('{"whole":true}');
      return;
    }
    const one = { response, closed: false };
    response.on('close', () => {
      one.closed = true;
    });
    response.writeHead(request.url?.includes('refused') ? 403 : 200, { 'content-type': 'application/json' });
    response.write('{"a":');
    open.push(one);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const page = new FakePage();
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const environment = { ...page.environment, origin, fetch: globalThis.fetch };
  Object.defineProperty(page, 'environment', { value: environment });
  const { instance } = await pluginBench('sales', {}, page);
  return { open, instance, sdk: instance.sdk };
}

const READS: Record<string, (response: Response) => Promise<unknown>> = {
  reader: async (response) => {
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    return reader.read();
  },
  json: (response) => response.json(),
  text: (response) => response.text(),
  blob: (response) => response.blob(),
  arrayBuffer: (response) => response.arrayBuffer(),
  clone: (response) => response.clone().text(),
  tee: async (response) => new Response((response.body as ReadableStream).tee()[0]).text(),
};

const outcome = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (isPortcullisError(error) ? error.code : (error as Error).message),
  );

async function tryAll(sdk: PluginSdk, init: () => RequestInit, end: () => void): Promise<Record<string, string>> {
  const found: [string, Promise<string>][] = [];
  for (const [name, read] of Object.entries(READS)) {
    const response = await sdk.api.rawFetch(`/api/sales/${name}`, init());
    found.push([name, outcome(read(response))]);
  }
  end();
  return Object.fromEntries(await Promise.all(found.map(async ([name, promise]) => [name, await promise] as const)));
}

const each = (text: string): Record<string, string> =>
  Object.fromEntries(Object.keys(READS).map((name) => [name, text]));

test('ends the body with the abort reason after the head', async (context) => {
  const { sdk, open } = await bench(context);
  const abort = new AbortController();
  const init = () => ({ signal: abort.signal });
  assert.deepEqual(await tryAll(sdk, init, () => abort.abort(new Error('stop'))), each('stop'));
  await until(() => open.every(({ closed }) => closed), 'the server sees the end');
});

test('ends the body when a timeout passes after the head', async (context) => {
  const { sdk, open } = await bench(context);
  // Like AbortSignal.timeout, but not before the head has arrived, however slow the machine is.
  const late = new AbortController();
  const response = await sdk.api.fetch('/api/sales/slow', { signal: late.signal });
  const read = assert.rejects(response.text(), { name: 'TimeoutError' });
  late.abort(new DOMException('The operation timed out.', 'TimeoutError'));
  await read;
  await until(() => open.every(({ closed }) => closed), 'the server sees the end');
});

test('ends every body on unload, with and without a signal of the caller', async (context) => {
  for (const init of [() => ({}), () => ({ signal: new AbortController().signal })]) {
    const { sdk, instance, open } = await bench(context);
    assert.deepEqual(await tryAll(sdk, init, () => instance.close()), each('SDK_PLUGIN_UNLOADED'));
    await until(() => open.every(({ closed }) => closed), 'the server sees the end');
  }
});

test('ends an error body that is being read', async (context) => {
  const { sdk, instance, open } = await bench(context);
  const call = outcome(sdk.api.fetch('/api/sales/refused'));
  await until(() => open.length === 1);
  instance.close();
  assert.equal(await call, 'SDK_PLUGIN_UNLOADED');
});

test('withholds a complete response from an unloaded plugin', async (context) => {
  const { sdk, instance } = await bench(context);
  const response = await sdk.api.fetch('/api/sales/whole');
  const read = await sdk.api.fetch('/api/sales/whole');
  assert.deepEqual(await read.json(), { whole: true });
  instance.close();
  // Chromium rejects with the signal's reason, Node with an AbortError (e2e/tests/fetch.spec.ts covers the former).
  await assert.rejects(response.json());
});
