import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readHostEvent } from '../dist/host_event.js';
import { channelKey, FakeBrowser, tab } from './support/browser.js';
import { settle, until } from './support/clock.js';
import { FakePage } from './support/page.js';

test('parses wire events as untrusted data', () => {
  assert.deepEqual(readHostEvent('evict', '{"plugin_id":"a","version":"1.0.0","reason":"r"}'), {
    type: 'evict',
    pluginId: 'a',
    version: '1.0.0',
    reason: 'r',
  });
  assert.deepEqual(readHostEvent('hello', '{"quarantined":["a",1,null,"b"]}'), {
    type: 'hello',
    quarantined: ['a', 'b'],
  });
  assert.deepEqual(readHostEvent('hello', 'no json'), { type: 'hello', quarantined: [] });
  assert.equal(readHostEvent('evict', '{"plugin_id":7}'), null);
  assert.equal(readHostEvent('message', '{}'), null);
  assert.equal(readHostEvent('__proto__', '{}'), null);
});

test('shares one stream between three tabs and delivers every event to each', async () => {
  const browser = new FakeBrowser();
  const page = new FakePage();
  const tabs = [await tab(browser, page), await tab(browser, page), await tab(browser, page)];
  for (const { events } of tabs) events.start();
  await until(() => page.server.events.length === 1, 'the stream');
  await settle();
  page.server.events[0]?.event('restore', { plugin_id: 'hello' });
  for (const { heard } of tabs) await until(() => heard.some(({ type }) => type === 'restore'), 'every tab hearing');
  assert.equal(page.server.events.length, 1);
  for (const { events } of tabs) events.close();
});

test('hands the stream to another tab when the reading tab closes', async () => {
  const browser = new FakeBrowser();
  const page = new FakePage();
  const [first, second] = [await tab(browser, page), await tab(browser, page)];
  first.events.start();
  second.events.start();
  await until(() => page.server.events.length === 1, 'the stream');
  first.events.close();
  await until(() => page.server.events.length === 2, 'the second stream');
  assert.ok(page.server.events[0]?.cancelled);
  page.server.events[1]?.event('manifests', {});
  await until(() => second.heard.length === 1, 'the event');
  assert.equal(first.heard.length, 0);
  second.events.close();
});

test('makes every tab check the list when a tab joins late, without evicting a plugin', async () => {
  const browser = new FakeBrowser();
  const page = new FakePage();
  const said = browser.overhear();
  const first = await tab(browser, page);
  first.events.start();
  await until(() => page.server.events.length === 1);
  // The plugin was quarantined and restored since: a repeated hello would evict it again.
  page.server.events[0]?.event('hello', { quarantined: ['hello'] });
  page.server.events[0]?.event('restore', { plugin_id: 'hello' });
  await until(() => first.heard.length === 2 && said.some((message) => message.body?.includes('restore')));
  const second = await tab(browser, page);
  second.events.start();
  await until(() => second.heard.length > 0, 'the answer');
  assert.deepEqual(second.heard, [{ type: 'manifests' }]);
  first.events.close();
  second.events.close();
});

test('sends a hint to tabs of every session, or of none, on sign-in and sign-out', async () => {
  const browser = new FakeBrowser();
  const other = await channelKey(new Uint8Array(32));
  const [first, second, third] = [await tab(browser), await tab(browser), await tab(browser, undefined, other)];
  third.events.start();
  await settle();
  first.events.announceSession();
  await until(() => second.hints.length === 1 && third.hints.length === 1);
  assert.deepEqual([first.hints, second.heard], [[], []]);
  third.events.close();
  first.events.close();
  second.events.close();
  first.events.announceSession();
});

test('reads in each tab without locks, and reopens a stream that was refused', async () => {
  const { page, events, heard } = await tab(null);
  let away = true;
  page.server.handlers.push((request) =>
    away && request.path === '/api/plugins/events' ? new Response(null, { status: 404 }) : null,
  );
  events.start();
  events.start();
  await until(() => page.clock.waiting.at(-1) === 30_000, 'the wait');
  away = false;
  await page.clock.advance(30_000);
  await until(() => page.server.events.length === 1, 'the stream');
  page.server.events[0]?.event('manifests', {});
  await until(() => heard.length === 1);
  events.stop();
  assert.ok(page.server.events[0]?.cancelled);
  await settle();
  assert.deepEqual(page.clock.waiting, []);
});
