import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpError, isPortcullisError } from '../dist/index.js';
import { fileNameOf } from '../dist/plugin_download.js';
import { pluginBench } from './support/plugin.js';
import { json, ORIGIN } from './support/server.js';

// What `sdk.api.fetch` accepts besides a path and the usual options.

const textOf = (body: unknown): Promise<string> => new Response(body as BodyInit).text();

test('accepts a Request: address, method, headers, body, signal', async () => {
  const { page, instance } = await pluginBench();
  page.server.handlers.push(() => json({}));
  const abort = new AbortController();
  const request = new Request(`${ORIGIN}/api/sales/orders?q=1`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', 'x-own': '1', 'x-plugin-id': 'other' },
    body: 'ü',
    signal: abort.signal,
    keepalive: true,
  });
  await instance.sdk.api.fetch(request);
  const [seen] = page.server.seen;
  assert.equal(seen?.path, '/api/sales/orders?q=1');
  assert.equal(seen?.method, 'POST');
  assert.deepEqual(
    ['content-type', 'x-own', 'x-plugin-id', 'x-csrf-token'].map((name) => seen?.headers.get(name)),
    ['text/plain', '1', 'sales', 'csrf-1'],
  );
  assert.equal(await textOf(seen?.init.body), 'ü');
  assert.equal(seen?.init.keepalive, true);
  assert.equal(request.bodyUsed, true);
  await assert.rejects(instance.sdk.api.fetch(request), TypeError, 'a body can be read once');
});

test('lets init override the Request, as fetch does', async () => {
  const { page, instance } = await pluginBench();
  page.server.handlers.push(() => json({}));
  const abort = new AbortController();
  const make = () =>
    new Request(`${ORIGIN}/api/sales/orders`, {
      method: 'POST',
      headers: { 'x-a': '1' },
      body: 'theirs',
      signal: abort.signal,
    });
  await instance.sdk.api.fetch(make(), { headers: { 'x-b': '2' }, body: 'mine' });
  const [seen] = page.server.seen;
  assert.deepEqual([seen?.headers.get('x-a'), seen?.headers.get('x-b')], [null, '2']);
  assert.equal(await textOf(seen?.init.body), 'mine');
  await instance.sdk.api.fetch(make(), { body: null });
  assert.equal(await textOf(page.server.seen[1]?.init.body), 'theirs');
  abort.abort();
  await instance.sdk.api.fetch(make(), { signal: null });
  await assert.rejects(instance.sdk.api.fetch(make()), { name: 'AbortError' });
  await instance.sdk.api.fetch(new Request(`${ORIGIN}/api/sales/x`, { method: 'HEAD' }), { method: 'GET' });
  assert.equal(page.server.seen.at(-1)?.method, 'GET');
});

test('judges a Request like any other call', async () => {
  const { page, instance } = await pluginBench();
  await assert.rejects(
    instance.sdk.api.fetch(new Request(`${ORIGIN}/api/hr/salaries`)),
    (error) => isPortcullisError(error) && error.code === 'ALLOWLIST_VIOLATION',
  );
  for (const address of ['https://evil.test/api/sales/x', `${ORIGIN}.evil.test/api/sales/x`]) {
    await assert.rejects(
      instance.sdk.api.rawFetch(new Request(address)),
      (error) => isPortcullisError(error) && error.code === 'SDK_BAD_TARGET',
    );
  }
  const lying = { headers: new Headers(), url: `${ORIGIN}/api/sales/x`, method: 'DELETE' } as unknown as Request;
  await assert.rejects(instance.sdk.api.fetch(lying), (error) => isPortcullisError(error));
  assert.equal(page.server.seen.length, 0);
});

test('buffers a stream body, so that it can be sent over HTTP/1.1 and repeated', async () => {
  const { page, instance } = await pluginBench();
  page.server.handlers.push(() => json({}));
  const stream = () => new Blob(['a', 'b']).stream();
  await instance.sdk.api.fetch('/api/sales/orders', { method: 'POST', body: stream(), duplex: 'half' });
  assert.equal(await textOf(page.server.seen[0]?.init.body), 'ab');
  const request = new Request(`${ORIGIN}/api/sales/orders`, {
    method: 'POST',
    body: stream(),
    duplex: 'half',
  } as RequestInit);
  await instance.sdk.api.fetch(request);
  assert.equal(await textOf(page.server.seen[1]?.init.body), 'ab');
  assert.ok(!('duplex' in (page.server.seen[1]?.init ?? {})));
});

test('honours an option or rejects with a TypeError that suggests a fix', async () => {
  const { page, instance } = await pluginBench();
  page.server.handlers.push(() => json({}));
  const call = (init: object) => instance.sdk.api.rawFetch('/api/sales/x', init as RequestInit);
  const honoured = { keepalive: true, integrity: 'sha256-x', priority: 'low', cache: 'no-store' };
  await call({ ...honoured, credentials: 'include', mode: 'cors', redirect: 'error', window: null, duplex: 'half' });
  const { init } = page.server.seen[0] ?? {};
  assert.deepEqual(
    { ...init, headers: undefined, signal: undefined },
    {
      ...honoured,
      method: 'GET',
      credentials: 'same-origin',
      mode: 'same-origin',
      redirect: 'manual',
      headers: undefined,
      signal: undefined,
    },
  );
  // Undefined options count as absent, and unknown options are ignored, as by fetch.
  await call({ credentials: undefined, mode: undefined, next: { revalidate: 1 }, __proto__: { redirect: 'follow' } });
  assert.equal(page.server.seen.length, 2);
  const refused: [object, RegExp][] = [
    [{ credentials: 'omit' }, /credentials: "omit" cannot be honoured; .*withCredentials: true/],
    [{ mode: 'no-cors' }, /mode: "no-cors".*leave it out/],
    [{ mode: 'navigate' }, /leave it out/],
    [{ redirect: 'follow' }, /redirects are not followed.*'error'/],
    [{ redirect: 'manual' }, /redirects are not followed/],
    [{ referrer: '/x' }, /leave it out/],
    [{ referrerPolicy: 'unsafe-url' }, /leave it out/],
    [{ duplex: 'full' }, /'half'/],
    [{ timeout: 1000 }, /AbortSignal\.timeout/],
    [{ params: { a: 1 } }, /URLSearchParams/],
    [{ data: {} }, /JSON\.stringify/],
    [{ json: {} }, /JSON\.stringify/],
    [{ body: 'x' }, /a GET request cannot have a body/],
    [{ method: 'head', body: 'x' }, /a head request cannot have a body/],
  ];
  for (const [options, expected] of refused) {
    await assert.rejects(call(options), (error) => error instanceof TypeError && expected.test(error.message));
  }
  for (const request of [
    new Request(`${ORIGIN}/api/sales/x`, { credentials: 'omit' }),
    new Request(`${ORIGIN}/api/sales/x`, { mode: 'no-cors' }),
  ]) {
    await assert.rejects(instance.sdk.api.fetch(request), TypeError);
  }
  assert.equal(page.server.seen.length, 2);
});

test('resolves error statuses in rawFetch and rejects them in fetch', async () => {
  const { page, instance, unauthorized } = await pluginBench();
  page.server.handlers.push(() => json({ message: 'no such order' }, 404));
  const response = await instance.sdk.api.rawFetch('/api/sales/x');
  assert.deepEqual([response.status, await response.json()], [404, { message: 'no such order' }]);
  await assert.rejects(instance.sdk.api.fetch('/api/sales/x'), HttpError);
  assert.equal(unauthorized, 0);
  const asFetch: typeof fetch = instance.sdk.api.rawFetch;
  assert.equal((await asFetch(new URL(`${ORIGIN}/api/sales/x`))).status, 404);
});

test('names a download after Content-Disposition', () => {
  const names: [string | null, string | null][] = [
    [null, null],
    ['inline', null],
    ['attachment; filename="report.csv"', 'report.csv'],
    ['attachment; filename=report.csv; size=3', 'report.csv'],
    ['attachment; filename="a \\"b\\".txt"', 'a "b".txt'],
    ['attachment; filename="x.txt"; filename*=UTF-8\'\'%e2%82%ac%20rates.txt', '€ rates.txt'],
    ["attachment; filename*=UTF-8'de'na%C3%AFve.txt", 'naïve.txt'],
    ['attachment; filename="x.txt"; filename*=UTF-8\'\'%E2%82', 'x.txt'],
    ['attachment; filename="\u00c3\u00bc.txt"', 'ü.txt'],
    ['attachment; filename="\u00fc.txt"', 'ü.txt'],
    ['attachment; filename=""', ''],
  ];
  for (const [header, name] of names) assert.equal(fileNameOf(header), name, String(header));
});
