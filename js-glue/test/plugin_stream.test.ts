import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPortcullisError, type PluginStreamEvent } from '../dist/index.js';
import { settle } from './support/clock.js';
import { pluginBench } from './support/plugin.js';
import { FakeStream, json } from './support/server.js';

const code = (expected: string) => (error: unknown) => isPortcullisError(error) && error.code === expected;

test('yields the events of a POST that is answered with an event stream', async () => {
  const { page, instance } = await pluginBench();
  const stream = new FakeStream();
  page.server.handlers.push(() => stream.response);
  const events: PluginStreamEvent[] = [];
  const read = (async () => {
    for await (const event of instance.sdk.api.stream('/api/sales/orders', { method: 'POST', body: '{"ask":1}' })) {
      events.push(event);
    }
  })();
  for (const piece of ['data: Gu', 'ten\r', '\n\r\nid: \u00e9\nevent: end\nda', 'ta: Tag\n\n', 'data: cut'])
    stream.send(piece);
  stream.end();
  await read;
  assert.deepEqual(events, [
    { type: 'message', data: 'Guten', lastEventId: '' },
    { type: 'end', data: 'Tag', lastEventId: '\u00e9' },
  ]);
  const [seen] = page.server.seen;
  assert.deepEqual([seen?.method, seen?.body, seen?.headers.get('accept')], ['POST', '{"ask":1}', 'text/event-stream']);
});

test('sends nothing before the loop starts, and ends the call when the loop is left', async () => {
  const { page, instance } = await pluginBench();
  const stream = new FakeStream();
  page.server.handlers.push(() => stream.response);
  const events = instance.sdk.api.stream('/api/sales/x', { headers: { accept: 'text/event-stream;v=2' } });
  assert.equal(page.server.seen.length, 0);
  stream.send('data: 1\n\ndata: 2\n\n');
  for await (const event of events) {
    assert.equal(event.data, '1');
    break;
  }
  assert.equal(stream.cancelled, true);
  assert.equal(page.server.seen[0]?.headers.get('accept'), 'text/event-stream;v=2');
});

test('rejects another content type, an error status, a denial and an unload', async () => {
  const { page, instance } = await pluginBench();
  const first = (path: string) => instance.sdk.api.stream(path)[Symbol.asyncIterator]().next();
  await assert.rejects(first('/api/hr/x'), code('ALLOWLIST_VIOLATION'));
  page.server.handlers[0] = () => json({ a: 1 });
  await assert.rejects(first('/api/sales/x'), code('SDK_STREAM_FAILED'));
  page.server.handlers[0] = () => json({ code: 'UPSTREAM_INVALID' }, 502);
  await assert.rejects(first('/api/sales/x'), code('UPSTREAM_INVALID'));
  page.server.handlers[0] = () => new Response(null, { status: 204 });
  assert.deepEqual(await first('/api/sales/x'), { done: true, value: undefined });
  let stream = new FakeStream();
  page.server.handlers[0] = (request) => {
    stream = new FakeStream(request.init.signal);
    stream.send('data: 1\n\n');
    return stream.response;
  };
  const left = instance.sdk.api.stream('/api/sales/x')[Symbol.asyncIterator]();
  assert.equal((await left.next()).value.data, '1');
  instance.close();
  await assert.rejects(left.next(), code('SDK_PLUGIN_UNLOADED'));
  assert.equal(stream.cancelled, true);
});

test('yields nothing after an unload, not even from the same chunk, and frees the stream', async () => {
  const { page, instance } = await pluginBench();
  const streams: FakeStream[] = [];
  page.server.handlers.push((request) => {
    const stream = new FakeStream(request.init.signal);
    streams.push(stream);
    stream.send('data: 1\n\ndata: 2\n\n');
    if (request.path.endsWith('/ends')) stream.end();
    return stream.response;
  });
  for await (const { data } of instance.sdk.api.stream('/api/sales/ends')) assert.match(data, /1|2/);
  const left = instance.sdk.api.stream('/api/sales/x')[Symbol.asyncIterator]();
  assert.equal((await left.next()).value.data, '1');
  instance.close();
  await assert.rejects(left.next(), code('SDK_PLUGIN_UNLOADED'));
  await settle();
  assert.equal(streams[1]?.cancelled, true);
});
