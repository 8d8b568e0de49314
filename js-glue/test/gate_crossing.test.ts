import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCore } from '../dist/core/index.js';
import { learnCodes } from '../dist/errors.js';
import { packError, unpackError } from '../dist/gate/crossing.js';
import { PluginGate } from '../dist/gate/plugin_gate.js';
import { messagePort } from '../dist/gate/port.js';
import {
  DeniedError,
  HttpError,
  NetworkError,
  PluginError,
  SessionError,
  StreamError,
  TargetError,
} from '../dist/index.js';
import { PluginClient } from '../dist/plugin_client.js';
import { createPluginSdk } from '../dist/plugin_sdk.js';
import { Transport } from '../dist/transport.js';
import { settle, until } from './support/clock.js';
import { code } from './support/host.js';
import { FakePage } from './support/page.js';
import { FakeStream, json, manifest } from './support/server.js';

/** A plugin whose page and gate are joined by a real MessageChannel, as with a worker: everything is copied. */
async function bench() {
  const page = new FakePage();
  const core = await loadCore();
  learnCodes(core.codes);
  const compiled = core.compile(JSON.stringify(manifest('sales')));
  assert.ok(compiled.ok);
  const session = { csrfToken: 'csrf-1', person: 'v', onUnauthorized: () => {}, renewToken: async () => false };
  const { port1, port2 } = new MessageChannel();
  const gate = new PluginGate({
    port: messagePort(port1),
    pluginId: 'sales',
    core,
    env: page.environment,
    transport: new Transport(page.environment, session),
    policy: compiled.policy,
    ledger: core.createLedger(),
  });
  const client = new PluginClient('sales', page.environment, messagePort(port2));
  const sdk = createPluginSdk(client, () => null);
  const end = (): void => {
    gate.close();
    client.close();
    port1.close();
  };
  return { page, sdk, gate, end };
}

test('carries a call and its response across, head and body', async () => {
  const { page, sdk, end } = await bench();
  page.server.handlers.push(() => json({ total: 7 }, 200, { 'x-own': 'yes', 'content-length': '11' }));
  const response = await sdk.api.fetch('/api/sales/orders', {
    method: 'POST',
    headers: { 'x-a': '1' },
    body: new URLSearchParams({ q: 'a b' }),
  });
  assert.deepEqual([response.status, response.headers.get('x-own'), response.type], [200, 'yes', 'basic']);
  assert.deepEqual(await response.clone().json(), { total: 7 });
  const [seen] = page.server.seen;
  assert.equal(seen?.headers.get('content-type'), 'application/x-www-form-urlencoded;charset=UTF-8');
  assert.equal(seen?.body, 'q=a+b');
  end();
});

test('carries forms, blobs and bytes across', async () => {
  const { page, sdk, end } = await bench();
  page.server.handlers.push(() => json({}));
  const form = new FormData();
  form.append('name', 'Ü');
  form.append('file', new File(['content'], 'a.txt', { type: 'text/plain' }));
  await sdk.api.fetch('/api/sales/orders', { method: 'POST', body: form });
  const sent = page.server.seen[0]?.init.body as FormData;
  const file = sent.get('file') as File;
  assert.deepEqual(
    [sent.get('name'), file.name, file.type, await file.text()],
    ['Ü', 'a.txt', 'text/plain', 'content'],
  );
  for (const body of [
    new Blob(['bytes']),
    new TextEncoder().encode('bytes'),
    new TextEncoder().encode('bytes').buffer,
  ]) {
    await sdk.api.fetch('/api/sales/orders', { method: 'POST', body });
    assert.equal(await new Response(page.server.seen.at(-1)?.init.body as BodyInit).text(), 'bytes');
  }
  end();
});

test('streams a body chunk by chunk, and ends it with the caller’s signal and with the plugin', async () => {
  const { page, sdk, gate, end } = await bench();
  const streams: FakeStream[] = [];
  page.server.handlers.push((request) => {
    const stream = new FakeStream(request.init.signal);
    streams.push(stream);
    return stream.response;
  });
  const abort = new AbortController();
  const own = await sdk.api.fetch('/api/sales/x', { signal: abort.signal });
  const reader = own.body?.getReader();
  streams[0]?.send('one');
  assert.equal(new TextDecoder().decode((await reader?.read())?.value), 'one');
  const read = assert.rejects(reader?.read() ?? Promise.resolve(), /no longer wanted/);
  abort.abort(new Error('no longer wanted'));
  await read;
  await until(() => streams[0]?.cancelled === true, 'the server sees the end');
  const other = await sdk.api.fetch('/api/sales/x');
  const text = assert.rejects(other.text(), code('SDK_PLUGIN_UNLOADED'));
  gate.close();
  await text;
  await until(() => streams[1]?.cancelled === true, 'the server sees the other end');
  end();
});

test('rejects with errors of the same classes', async () => {
  const { page, sdk, end } = await bench();
  await assert.rejects(sdk.api.fetch('/api/hr'), (error) => error instanceof DeniedError && error.pluginId === 'sales');
  await assert.rejects(sdk.api.fetch('https://evil.test/'), TargetError);
  page.server.handlers.push(() => json({ code: 'RATE_LIMITED', request_id: 'r' }, 429));
  await assert.rejects(
    sdk.api.fetch('/api/sales/x'),
    (error) => error instanceof HttpError && error.code === 'RATE_LIMITED' && error.requestId === 'r',
  );
  page.server.handlers.unshift(() => Promise.reject(new TypeError('offline')));
  await assert.rejects(
    sdk.api.fetch('/api/sales/x'),
    (error) => error instanceof NetworkError && (error.cause as Error).message === 'offline',
  );
  const late = new AbortController();
  page.server.handlers.unshift(() => new Promise(() => {}));
  const call = assert.rejects(sdk.api.fetch('/api/sales/x', { signal: late.signal }), { name: 'AbortError' });
  late.abort();
  await call;
  end();
});

test('packs and unpacks every class of error', () => {
  const response = new Response(null, { status: 409, headers: { 'x-request-id': 'r' } });
  const decision = { allowed: false, code: 'ALLOWLIST_VIOLATION', target: null, rule: null, params: {}, explain: 'e' };
  const cause = new TypeError('why');
  for (const error of [
    new DeniedError('p', decision as DeniedError['decision']),
    new HttpError(response, { code: 'SDK_HTTP_ERROR', title: 't' }),
    new NetworkError('n', { cause }),
    new TargetError('t'),
    new PluginError('SDK_PLUGIN_UNLOADED', 'p', 'm'),
    new SessionError('SDK_SESSION_CHANGED', 'm'),
    new StreamError('SDK_STREAM_FAILED', 'm'),
    new RangeError('other'),
  ]) {
    const back = unpackError(structuredClone(packError(error)));
    assert.deepEqual([back.name, back.message], [error.name, error.message]);
    assert.equal((back as { code?: string }).code, (error as { code?: string }).code);
    if (error instanceof NetworkError) assert.equal((back.cause as Error).message, 'why');
    if (error instanceof HttpError) assert.equal((back as HttpError).requestId, 'r');
  }
  assert.equal(unpackError(packError('a text')).message, 'a text');
});

test('delivers events and states in order, and a denial as the end of the subscription', async () => {
  const { page, sdk, end } = await bench();
  let stream = new FakeStream();
  page.server.handlers.push((request) => {
    stream = new FakeStream(request.init.signal);
    return stream.response;
  });
  const seen: string[] = [];
  const stop = sdk.sse.subscribe('/events/orders', ({ data }) => seen.push(data), {
    onState: (state, error) => seen.push(error === null ? state : `${state} ${error.name}`),
  });
  await until(() => seen.includes('open'), 'the stream');
  stream.send('data: 1\n\ndata: 2\n\n');
  await until(() => seen.includes('2'), 'the events');
  assert.deepEqual(seen, ['connecting', 'open', '1', '2']);
  stop();
  await until(() => stream.cancelled, 'the end of the stream');
  sdk.sse.subscribe('/events/other', () => {}, {
    onState: (state, error) => seen.push(`${state} ${error?.name}`),
  });
  await until(() => seen.length === 5, 'the denial');
  assert.equal(seen[4], 'closed DeniedError');
  end();
});

test('ignores messages that are no calls', async () => {
  const { port1, port2 } = new MessageChannel();
  const page = new FakePage();
  const core = await loadCore();
  const compiled = core.compile(JSON.stringify(manifest('sales')));
  assert.ok(compiled.ok);
  const session = { csrfToken: null, person: null, onUnauthorized: () => {}, renewToken: async () => false };
  const gate = new PluginGate({
    port: messagePort(port1),
    pluginId: 'sales',
    core,
    env: page.environment,
    transport: new Transport(page.environment, session),
    policy: compiled.policy,
    ledger: core.createLedger(),
  });
  const answers: unknown[] = [];
  messagePort(port2).listen((message) => answers.push(message));
  const hostile: unknown[] = [
    null,
    1,
    'call',
    {},
    [],
    ['call'],
    ['call', 'x', 'fetch'],
    ['event', '__proto__', {}],
    ['event', 'constructor', {}],
    ['event', 'subscribe', null],
    ['event', 'track', { toString: 1 }],
    ['abort', {}],
    ['done', 1, 1],
    ['call', 1, 'toString', {}],
    ['call', 2, 'fetch', null],
    ['call', 3, 'fetch', { address: {}, method: 'GET', headers: 7, more: null }],
    ['call', 4, 'next', {}],
    ['call', 5, 'explain', undefined],
  ];
  for (const message of hostile) port2.postMessage(message);
  await until(() => answers.length >= 5, 'the answers');
  await settle();
  const kinds = answers.map((answer) => (answer as unknown[]).slice(0, 2).join(' '));
  assert.deepEqual(kinds.sort(), ['done 4', 'failed 1', 'failed 2', 'failed 3', 'failed 5']);
  assert.equal(page.server.seen.length, 0);
  gate.close();
  port2.close();
});
