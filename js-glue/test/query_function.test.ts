import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContentError, HttpError, NetworkError, PluginError } from '../dist/index.js';
import { queryFunction, retryOf } from '../dist/react/query_function.js';

const signal = new AbortController().signal;
const ask = (answer: () => Response) => {
  const plugin = { pluginId: 'sales', token: {}, assertOpen: () => {}, fetch: async () => answer() };
  return queryFunction(plugin, '/api/sales/x')({ signal });
};

test('resolves with null for a response without a body: 204, 205, 304 and an empty 200', async () => {
  for (const status of [204, 205, 304]) assert.equal(await ask(() => new Response(null, { status })), null);
  assert.equal(await ask(() => new Response('')), null);
  assert.equal(await ask(() => new Response('null')), null);
  assert.equal(await ask(() => new Response('0')), 0);
  assert.deepEqual(await ask(() => new Response('{"a":[1]}')), { a: [1] });
});

test('rejects a response that is not JSON with a ContentError that suggests a fix', async () => {
  for (const text of ['<h1>', '{"cut":', ' ']) {
    const error = await ask(() => new Response(text, { headers: { 'content-type': 'text/html' } })).catch((e) => e);
    assert.ok(error instanceof ContentError && error.code === 'SDK_NOT_JSON');
    assert.match(error.message, /\/api\/sales\/x is not JSON \(text\/html\); pass useQuery a function/);
    assert.ok(error.cause instanceof SyntaxError);
  }
});

test('maps undefined from a function to null, which TanStack Query accepts', async () => {
  const plugin = { pluginId: 'sales', token: {}, assertOpen: () => {}, fetch: async () => new Response() };
  assert.equal(await queryFunction(plugin, async () => undefined)({ signal }), null);
  assert.equal(await queryFunction(plugin, async () => 0)({ signal }), 0);
});

test('retries only temporary failures', () => {
  const again = retryOf({});
  const http = (status: number) => new HttpError(new Response(null, { status }), null);
  for (const error of [http(500), http(503), http(429), new NetworkError('x'), new Error('a bug of theirs')]) {
    assert.deepEqual([again(0, error), again(2, error), again(3, error)], [true, true, false]);
  }
  const final = [
    http(404),
    http(403),
    new ContentError('x'),
    new SyntaxError('Unexpected end of JSON input'),
    new PluginError('SDK_PLUGIN_UNLOADED', 'sales', 'x'),
  ];
  for (const error of final) assert.equal(again(0, error), false);
  assert.equal(retryOf({ retry: false })(0, http(500)), false);
  assert.equal(retryOf({ retry: 5 })(4, http(500)), true);
  assert.equal(retryOf({ retry: 5 })(4, http(404)), false);
});
