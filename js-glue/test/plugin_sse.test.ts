import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { loadCore } from '../dist/core/index.js';
import { DeniedError, isPortcullisError, type PluginStreamEvent, type PluginStreamState } from '../dist/index.js';
import { Transport } from '../dist/transport.js';
import { settle, until } from './support/clock.js';
import { FakePage } from './support/page.js';
import { createInstance, type PluginInstance } from './support/plugin.js';
import { manifest } from './support/server.js';

interface Stream {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  closed: boolean;
}

/** A real server on a free port, with a fake clock. */
async function bench(context: TestContext, pluginIds = ['sales']) {
  const streams: Stream[] = [];
  let answer: (stream: Stream) => void = ({ response }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
  };
  const server = createServer((request, response) => {
    const stream: Stream = { request, response, closed: false };
    response.on('close', () => {
      stream.closed = true;
    });
    streams.push(stream);
    answer(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const core = await loadCore();
  const page = new FakePage();
  const env = { ...page.environment, origin, fetch: globalThis.fetch };
  const ledger = core.createLedger();
  const instances = pluginIds.map((pluginId): PluginInstance => {
    const compiled = core.compile(JSON.stringify(manifest(pluginId)));
    assert.ok(compiled.ok);
    const session = { csrfToken: 'csrf-1', person: 'viewer', onUnauthorized: () => {}, renewToken: async () => false };
    const transport = new Transport(env, session);
    return createInstance({
      pluginId,
      core,
      env,
      transport,
      policy: compiled.policy,
      ledger,
    });
  });
  context.after(() => {
    for (const instance of instances) instance.close();
  });
  return {
    streams,
    page,
    sdk: instances[0]!.sdk,
    instance: instances[0]!,
    instances,
    set answer(next: (stream: Stream) => void) {
      answer = next;
    },
  };
}

function recorder() {
  const events: PluginStreamEvent[] = [];
  const states: [PluginStreamState, string | null][] = [];
  return {
    events,
    states,
    handler: (event: PluginStreamEvent) => events.push(event),
    onState: (state: PluginStreamState, error: Error | null) => {
      states.push([state, isPortcullisError(error) ? error.code : (error?.message ?? null)]);
    },
  };
}

test('denies a topic that no prefix covers, before anything is sent', async (context) => {
  const { sdk, streams } = await bench(context);
  for (const topic of [
    '/events/orders-secret',
    '/events',
    '/events/orders/..',
    'https://evil.test/',
    '/events/%2e%2e/x',
  ]) {
    const ends: (Error | null)[] = [];
    sdk.sse.subscribe(topic, () => {}, { onState: (state, error) => state === 'closed' && ends.push(error) });
    await until(() => ends.length === 1, 'the denial');
    const [error] = ends;
    assert.ok(error instanceof DeniedError || (isPortcullisError(error) && error.code === 'SDK_BAD_TARGET'), topic);
  }
  await settle();
  assert.equal(streams.length, 0);
});

test('stamps a stream and delivers its events wherever they are split', async (context) => {
  const { sdk, streams } = await bench(context);
  const seen = recorder();
  sdk.sse.subscribe('/events/orders?since=a b', seen.handler, { onState: seen.onState });
  await until(() => seen.states.at(-1)?.[0] === 'open', 'the stream');
  const { request, response } = streams[0]!;
  assert.equal(request.url, '/events/orders?since=a%20b');
  assert.equal(request.headers['x-plugin-id'], 'sales');
  assert.equal(request.headers.accept, 'text/event-stream');
  assert.equal(request.headers['last-event-id'], undefined);
  const text = Buffer.from('\uFEFFid: 7\r\nevent: order\r\ndata: {"n":1}\r\ndata: \u00fc\r\n\r\ndata: two\n\n');
  for (let at = 0; at < text.length; at += 3) {
    response.write(text.subarray(at, at + 3));
    await settle();
  }
  await until(() => seen.events.length === 2, 'two events');
  assert.deepEqual(seen.events, [
    { type: 'order', data: '{"n":1}\n\u00fc', lastEventId: '7' },
    { type: 'message', data: 'two', lastEventId: '7' },
  ]);
});

test('shares a stream between subscribers of one path, and closes it with the last', async (context) => {
  const { sdk, streams } = await bench(context);
  const [one, two, other] = [recorder(), recorder(), recorder()];
  const stopOne = sdk.sse.subscribe('/events/orders', one.handler, { types: ['a'] });
  const stopTwo = sdk.sse.subscribe('/events/./orders', two.handler);
  sdk.sse.subscribe('/events/orders/42', other.handler);
  await until(() => streams.length === 2, 'two streams');
  const shared = streams.find((stream) => stream.request.url === '/events/orders')!;
  shared.response.write('event: a\ndata: 1\n\nevent: b\ndata: 2\n\n');
  await until(() => two.events.length === 2, 'both events');
  assert.deepEqual(
    one.events.map((event) => event.type),
    ['a'],
  );
  stopOne();
  stopOne();
  await settle();
  assert.equal(shared.closed, false);
  stopTwo();
  await until(() => shared.closed, 'the shared stream closing');
  assert.equal(streams.filter((stream) => !stream.closed).length, 1);
  sdk.sse.subscribe('/events/orders', one.handler);
  await until(() => streams.length === 3, 'a new stream');
});

test('never shares a stream between plugins', async (context) => {
  const { instances, streams } = await bench(context, ['sales', 'other']);
  for (const { sdk } of instances) sdk.sse.subscribe('/events/orders', () => {});
  await until(() => streams.length === 2, 'two streams');
  assert.deepEqual(streams.map(({ request }) => request.headers['x-plugin-id']).sort(), ['other', 'sales']);
  instances[0]?.close();
  await until(() => streams.some((stream) => stream.closed), 'one closing');
  await settle();
  assert.equal(streams.filter((stream) => !stream.closed).length, 1);
});

test('reconnects with Last-Event-ID after the delay that the stream requested', async (context) => {
  const { sdk, streams, page } = await bench(context);
  const seen = recorder();
  sdk.sse.subscribe('/events/orders', seen.handler, { onState: seen.onState });
  await until(() => seen.states.at(-1)?.[0] === 'open', 'the stream');
  streams[0]!.response.end('retry: 1500\nid: 41\ndata: x\n\nid: 42\n\ndata: unfinished');
  await until(() => seen.states.at(-1)?.[0] === 'waiting', 'the wait');
  assert.deepEqual(page.clock.waiting, [1_500]);
  await page.clock.advance(1_500);
  await until(() => seen.states.at(-1)?.[0] === 'open', 'the second stream');
  assert.equal(streams[1]!.request.headers['last-event-id'], '42');
  streams[1]!.response.write('data: y\n\n');
  await until(() => seen.events.length === 2, 'the next event');
  assert.deepEqual(seen.events[1], { type: 'message', data: 'y', lastEventId: '42' });
});

test('starts after the given lastEventId', async (context) => {
  const { sdk, streams } = await bench(context);
  const seen = recorder();
  const stop = sdk.sse.subscribe('/events/orders', seen.handler, { lastEventId: '7', onState: seen.onState });
  await until(() => seen.states.at(-1)?.[0] === 'open', 'the stream');
  assert.equal(streams[0]!.request.headers['last-event-id'], '7');
  streams[0]!.response.write('data: x\n\n');
  await until(() => seen.events.length === 1, 'the next event');
  assert.equal(seen.events[0]?.lastEventId, '7');
  stop();
  sdk.sse.subscribe('/events/orders', seen.handler, { onState: seen.onState });
  await until(() => streams.length === 2, 'another stream');
  assert.equal(streams[1]!.request.headers['last-event-id'], undefined);
});

test('retries temporary failures only', async (context) => {
  const made = await bench(context);
  const { sdk, streams, page } = made;
  made.answer = ({ response }) => response.writeHead(503, { 'retry-after': '20' }).end();
  const seen = recorder();
  const stop = sdk.sse.subscribe('/events/orders', seen.handler, { onState: seen.onState });
  await until(() => seen.states.at(-1)?.[0] === 'waiting', 'the first wait');
  assert.deepEqual(seen.states.at(-1), ['waiting', 'SDK_HTTP_ERROR']);
  assert.deepEqual(page.clock.waiting, [20_000]);
  made.answer = ({ response }) => response.writeHead(500).end();
  await page.clock.advance(20_000);
  await until(() => streams.length === 2 && seen.states.at(-1)?.[0] === 'waiting', 'the second wait');
  assert.deepEqual(page.clock.waiting, [6_000]);
  await page.clock.advance(6_000);
  await until(() => streams.length === 3 && seen.states.at(-1)?.[0] === 'waiting', 'the third wait');
  assert.deepEqual(page.clock.waiting, [12_000]);
  stop();
  await settle();
  assert.deepEqual(page.clock.waiting, []);

  const answers: [(response: ServerResponse) => void, string | null][] = [
    [
      (response) =>
        response.writeHead(403, { 'content-type': 'application/problem+json' }).end('{"code":"PLUGIN_QUARANTINED"}'),
      'PLUGIN_QUARANTINED',
    ],
    [(response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'), 'SDK_STREAM_FAILED'],
    [(response) => response.writeHead(302, { location: '/' }).end(), 'SDK_BAD_TARGET'],
    [(response) => response.writeHead(204).end(), null],
  ];
  for (const [answer, code] of answers) {
    made.answer = ({ response }) => answer(response);
    const last = recorder();
    sdk.sse.subscribe('/events/orders', last.handler, { onState: last.onState });
    await until(() => last.states.at(-1)?.[0] === 'closed', `the end after ${code}`);
    assert.deepEqual(last.states.at(-1), ['closed', code]);
  }
  assert.deepEqual(page.clock.waiting, []);
});

test('ends the stream on an oversized event', async (context) => {
  const made = await bench(context);
  made.answer = ({ response }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: small\n\ndata: ${'x'.repeat(1_100_000)}\n\n`);
  };
  const seen = recorder();
  made.sdk.sse.subscribe('/events/orders', seen.handler, { onState: seen.onState });
  await until(() => seen.states.at(-1)?.[0] === 'closed', 'the end');
  assert.deepEqual(seen.states.at(-1), ['closed', 'EVENT_TOO_LARGE']);
  assert.equal(seen.events.length, 1);
  await until(() => made.streams[0]!.closed, 'the connection closing');
});

test('closes every stream on unload, including one that opens late', async (context) => {
  const made = await bench(context);
  const seen = recorder();
  made.sdk.sse.subscribe('/events/orders', seen.handler, { onState: seen.onState });
  await until(() => seen.states.at(-1)?.[0] === 'open', 'the stream');
  made.answer = () => {};
  made.sdk.sse.subscribe('/events/orders/late', seen.handler);
  await until(() => made.streams.length === 2, 'the late request');
  made.instance.close();
  await until(() => made.streams.every((stream) => stream.closed), 'all closing');
  assert.equal(seen.states.at(-1)?.[0], 'closed');
  made.streams[0]!.response.write('data: too late\n\n');
  await settle();
  assert.deepEqual(seen.events, []);
  assert.deepEqual(made.page.clock.waiting, []);
});

test('isolates handlers that throw or unsubscribe while called', async (context) => {
  const { sdk, streams, page } = await bench(context);
  const seen = recorder();
  let calls = 0;
  sdk.sse.subscribe('/events/orders', () => {
    throw new Error('a bug of the plugin');
  });
  const stop = sdk.sse.subscribe('/events/orders', () => {
    calls += 1;
    stop();
  });
  sdk.sse.subscribe('/events/orders', seen.handler);
  await until(() => streams.length === 1, 'the stream');
  streams[0]!.response.write('data: 1\n\ndata: 2\n\n');
  await until(() => seen.events.length === 2, 'both events');
  assert.equal(calls, 1);
  assert.equal(page.log.filter((line) => line.level === 'error').length, 2);
});

test('enforces the limit of subscriptions', async (context) => {
  const { sdk } = await bench(context);
  const stops = Array.from({ length: 64 }, () => sdk.sse.subscribe('/events/orders', () => {}));
  const over = recorder();
  sdk.sse.subscribe('/events/orders', over.handler, { onState: over.onState });
  await until(() => over.states.length > 0, 'the refusal');
  assert.deepEqual(over.states, [['closed', 'SUBSCRIPTION_LIMIT']]);
  stops[0]?.();
  const again = recorder();
  sdk.sse.subscribe('/events/orders', again.handler, { onState: again.onState })();
  await settle();
  assert.deepEqual(again.states, []);
});
