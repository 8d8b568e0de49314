// Event streams over HTTP/1.1 in a real browser: calls are answered beside any number of streams, and a lost stream
// resumes.
import type { PluginSdk } from 'portcullis/plugin';
import { expect, newPerson, signIn, test } from './fixtures.ts';
import { startUpstream, type Upstream, writeSite } from './probe.ts';

interface Probe {
  sdk: PluginSdk;
  states: string[];
  stops: (() => void)[];
  events: string[];
}
declare const probe: Probe;

const BUNDLE = `import { createElement } from 'react';
export default (sdk) => {
  globalThis.probe = { sdk, states: [], stops: [], events: [] };
  return { widgets: { Widget: () => createElement('p', { 'data-testid': 'probe' }, 'probe') }, routes: { Page: () => null } };
};
`;

let upstream: Upstream;
let ids: (string | undefined)[] = [];
test.use({
  prepare: async ({}, use) => {
    ids = [];
    upstream = await startUpstream((request, response) => {
      if (!request.url?.startsWith('/events/')) {
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');
        return;
      }
      const id = request.headers['last-event-id'] as string | undefined;
      ids.push(id === undefined ? undefined : Buffer.from(id, 'latin1').toString('utf8'));
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      response.write(`retry: 100\nid: caf\u00e9 \u2026 \u{1f680}\ndata: ${id === undefined ? 'first' : 'again'}\n\n`);
    });
    await use((folders) => writeSite(folders, { probe: BUNDLE }, upstream.url));
    await upstream.close();
  },
});

test('answers calls in two tabs with eight streams each', async ({ browser, demo }) => {
  const one = await newPerson(browser, demo);
  const said: string[] = [];
  one.page.on('console', (message) => said.push(message.text()));
  await signIn(one.page, 'viewer');
  const other = await one.context.newPage();
  other.on('console', (message) => said.push(message.text()));
  await other.goto('/');
  for (const page of [one.page, other]) {
    await expect(page.getByTestId('probe')).toBeVisible();
    await page.evaluate(() => {
      for (let n = 0; n < 8; n += 1) {
        const stop = probe.sdk.sse.subscribe(`/events/${n}`, () => {}, {
          onState: (state, error) => {
            probe.states[n] = `${state} ${(error as { code?: string } | null)?.code ?? ''}`.trim();
          },
        });
        probe.stops.push(stop);
      }
    });
  }
  const states = async () =>
    (await Promise.all([one.page, other].map((page) => page.evaluate(() => probe.states)))).flat();
  const count = async (wanted: string) => (await states()).filter((state) => state === wanted).length;
  // One host stream for both tabs, or one in each.
  await expect
    .poll(
      async () =>
        (await count('open')) >= 3 && (await count('open')) + (await count('waiting SDK_STREAM_QUEUED')) === 16,
    )
    .toBe(true);
  for (const page of [one.page, other]) {
    const answer = await page.evaluate(async () => (await probe.sdk.api.fetch('/api/x/a')).status);
    expect(answer).toBe(200);
  }
  expect(said.join('\n')).toMatch(/an event stream waits for a connection.*HTTP\/1\.1.*HTTP\/2/);
  // A connection that one tab releases is used by the other.
  await one.page.evaluate(() => {
    for (const stop of probe.stops) stop();
  });
  await expect
    .poll(() => other.evaluate(() => probe.states.filter((state) => state === 'open').length))
    .toBeGreaterThanOrEqual(3);
  await one.context.close();
});

test('resumes a stream after its last id when the network is back', async ({ browser, demo }) => {
  const { page, context } = await newPerson(browser, demo);
  await signIn(page, 'viewer');
  await expect(page.getByTestId('probe')).toBeVisible();
  await page.evaluate(() => {
    probe.sdk.sse.subscribe('/events/a', ({ data }) => probe.events.push(data));
  });
  await expect.poll(() => page.evaluate(() => probe.events)).toEqual(['first']);
  await context.setOffline(true);
  await context.setOffline(false);
  await expect.poll(() => page.evaluate(() => probe.events)).toEqual(['first', 'again']);
  expect(ids).toEqual([undefined, 'caf\u00e9 \u2026 \u{1f680}']);
  await context.close();
});
