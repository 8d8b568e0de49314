// What a plugin author expects of fetch, on the real server and in a real browser.
import type { PluginSdk } from 'portcullis/plugin';
import { expect, signIn, test } from './fixtures.ts';
import { startUpstream, type Upstream, writeSite } from './probe.ts';

interface Probe {
  sdk: PluginSdk;
  reads: Record<string, string>;
}
declare const probe: Probe;

const BUNDLE = `import { createElement } from 'react';
export default (sdk) => {
  globalThis.probe = { sdk, reads: {} };
  const Photo = () => {
    const { url, error } = sdk.api.useObjectUrl('/api/x/photo.png');
    return url ? createElement('img', { src: url, alt: 'photo' }) : createElement('p', null, error ? error.name : 'wait');
  };
  const Nothing = () => {
    const { data, status } = sdk.api.useQuery('none', '/api/x/none');
    return createElement('p', { 'data-testid': 'none' }, status + ' ' + JSON.stringify(data));
  };
  return { widgets: { Widget: () => createElement('div', null, createElement(Photo), createElement(Nothing)) }, routes: { Page: () => null } };
};
`;
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

let upstream: Upstream;
test.use({
  prepare: async ({}, use) => {
    upstream = await startUpstream((request, response) => {
      const path = request.url ?? '';
      if (path === '/api/x/photo.png') {
        response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.from(PNG, 'base64'));
      } else if (path === '/api/x/none') response.writeHead(204).end();
      else if (path === '/api/x/missing') {
        response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"no such order"}');
      } else if (path === '/api/x/report') {
        const name = 'attachment; filename="report.csv"; filename*=UTF-8\'\'Umsatz%20M%C3%A4rz.csv';
        response.writeHead(200, { 'content-type': 'text/csv', 'content-disposition': name }).end('a,b\n');
      } else if (path === '/api/x/echo') {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const body = Buffer.concat(chunks).toString();
          const { method } = request;
          const type = request.headers['content-type'];
          response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ method, type, body }));
        });
      } else if (path === '/api/x/whole') response.writeHead(200).end('whole');
      else {
        response.writeHead(200, { 'content-type': 'application/json' }).write('{"a":');
        const timer = setInterval(() => response.write(' '), 100);
        response.on('close', () => clearInterval(timer));
      }
    });
    await use((folders) => writeSite(folders, { probe: BUNDLE }, upstream.url));
    await upstream.close();
  },
});

// A few at once, because over HTTP/1.1 a page has six connections.
const ENDS = [
  ['abort', ['reader', 'json', 'text']],
  ['abort', ['blob', 'arrayBuffer']],
  ['abort', ['bytes', 'clone', 'tee']],
  ['sign out', ['reader', 'json', 'clone']],
] as const;

test('ends a body in transfer with its signal and with the session', async ({ person: { page } }) => {
  test.slow(); // four rounds
  await signIn(page, 'viewer');
  await expect(page.getByRole('img', { name: 'photo' })).toBeVisible();
  for (const [end, hows] of ENDS) {
    await page.evaluate(
      async ({ hows, own }) => {
        const abort = new AbortController();
        Object.assign(globalThis, { stop: () => abort.abort(new Error('stop')) });
        probe.reads = {};
        const drain = async (from: ReadableStreamDefaultReader<Uint8Array>): Promise<void> => {
          while (!(await from.read()).done);
        };
        for (const how of hows) {
          const response = await probe.sdk.api.fetch(`/api/x/${how}`, own ? { signal: abort.signal } : {});
          const reader = how === 'reader' ? response.body?.getReader() : undefined;
          await reader?.read();
          const stream = response.body as ReadableStream;
          const read: Promise<unknown> =
            (reader && drain(reader)) ??
            (how === 'clone'
              ? response.clone().text()
              : how === 'tee'
                ? stream.tee()[0].pipeTo(new WritableStream())
                : (response as unknown as Record<string, () => Promise<unknown>>)[how]!());
          read.then(
            () => (probe.reads[how] = 'resolved'),
            (error) => (probe.reads[how] = error.code ?? error.message),
          );
        }
        const whole = await probe.sdk.api.fetch('/api/x/whole', own ? { signal: abort.signal } : {});
        Object.assign(globalThis, { whole });
      },
      { hows, own: end === 'abort' },
    );
    if (end === 'abort') await page.evaluate(() => (globalThis as unknown as { stop(): void }).stop());
    else {
      await page.getByRole('button', { name: /Account/ }).click();
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
    }
    const expected = end === 'abort' ? 'stop' : 'SDK_PLUGIN_UNLOADED';
    await expect.poll(() => page.evaluate(() => Object.keys(probe.reads).length)).toBe(hows.length);
    // On sign-out the server ends the call too, and may be the first to do so.
    const either = end === 'abort' ? [expected] : [expected, 'network error', 'Failed to fetch'];
    for (const read of Object.values(await page.evaluate(() => probe.reads))) expect(either).toContain(read);
    for (const how of hows) await expect.poll(() => upstream.gone(`/api/x/${how}`)).toBe(true);
    const late = await page.evaluate(() =>
      (globalThis as unknown as { whole: Response }).whole.text().catch((error) => error.code ?? error.message),
    );
    expect(late).toBe(expected);
  }
});

test('sends a Request unchanged: JSON, a form, a file', async ({ person: { page } }) => {
  await signIn(page, 'viewer');
  await expect(page.getByRole('img', { name: 'photo' })).toBeVisible();
  const sent = await page.evaluate(async () => {
    const form = new FormData();
    form.set('file', new File(['inhalt'], 'a.txt'));
    const bodies: RequestInit[] = [
      { body: '{"a":1}', headers: { 'content-type': 'application/json' } },
      { body: new URLSearchParams({ a: 'ü' }) },
      { body: form },
      { body: new Blob(['x'.repeat(300_000)], { type: 'text/plain' }) },
      { body: new Blob(['str', 'eam']).stream(), duplex: 'half' } as RequestInit,
    ];
    const found: { method: string; type: string; body: string }[] = [];
    for (const init of bodies) {
      const request = new Request('/api/x/echo', { method: 'POST', ...init });
      found.push(await (await probe.sdk.api.fetch(request)).json());
    }
    return found.map(({ method, type, body }) => ({ method, type, size: body.length, head: body.slice(0, 200) }));
  });
  expect(sent.map(({ method }) => method)).toEqual(Array(5).fill('POST'));
  expect(sent[0]).toMatchObject({ type: 'application/json', head: '{"a":1}' });
  expect(sent[1]).toMatchObject({ type: 'application/x-www-form-urlencoded;charset=UTF-8', head: 'a=%C3%BC' });
  expect(sent[2]?.type).toMatch(/^multipart\/form-data; boundary=/);
  expect(sent[2]?.head).toContain('filename="a.txt"');
  expect(sent[3]).toMatchObject({ type: 'text/plain', size: 300_000 });
  expect(sent[4]).toMatchObject({ head: 'stream' });
});

test('shows an image, saves a file, and maps an empty response to null', async ({ person: { page } }) => {
  await signIn(page, 'viewer');
  const photo = page.getByRole('img', { name: 'photo' });
  await expect(photo).toBeVisible();
  expect(await photo.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1);
  await expect(page.getByTestId('none')).toHaveText('success null');
  expect(upstream.seen.filter(({ path }) => path === '/api/x/none')).toHaveLength(1);
  const download = page.waitForEvent('download');
  await page.evaluate(() => probe.sdk.api.download('/api/x/report'));
  expect((await download).suggestedFilename()).toBe('Umsatz März.csv');
  const named = page.waitForEvent('download');
  await page.evaluate(() => probe.sdk.api.download('/api/x/report', 'mine.csv'));
  expect((await named).suggestedFilename()).toBe('mine.csv');
  await expect(page.evaluate(() => probe.sdk.api.download('/api/x/missing'))).rejects.toThrow(/404/);
  const missing = await page.evaluate(async () => {
    const response = await probe.sdk.api.rawFetch('/api/x/missing');
    return [response.status, await response.json()];
  });
  expect(missing).toEqual([404, { message: 'no such order' }]);
});
