// Changes while pages are open: quarantine, streams, an unavailable PDP.

import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { openScriptPage } from 'portcullis/playwright';
import { expect, expectNoViolations, newPerson, signIn, test } from './fixtures.ts';

test('applies quarantine and unquarantine to an open page without a refresh', async ({
  browser,
  demo,
  person: viewer,
}) => {
  await signIn(viewer.page, 'viewer');
  await expect(viewer.page.getByTestId('hello-widget')).toBeVisible();
  const script = await openScriptPage(demo.origin(), 'viewer');
  const loads: string[] = [];
  viewer.page.on('framenavigated', (frame) => loads.push(frame.url()));
  const operator = await newPerson(browser, demo);
  await signIn(operator.page, 'operator', '/operator');
  await operator.page.getByRole('button', { name: 'Quarantine hello', exact: true }).click();
  await operator.page.getByLabel('Reason').fill('shows the wrong figures');
  await operator.page.getByRole('alertdialog').getByRole('button', { name: 'Quarantine', exact: true }).click();

  await expect(viewer.page.getByTestId('hello-widget')).toHaveCount(0);
  await expect(viewer.page.getByTestId('hello-widget-only')).toBeVisible();
  await expect(
    viewer.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Hello', exact: true }),
  ).toHaveCount(0);
  // Without the page, with stamps from before the quarantine.
  const refused = [];
  for (const call of [
    { target: '/api/plugins/bundle?entry=hello&id=hello' },
    { target: '/api/plugins/secure-echo', plugin: 'hello' },
  ]) {
    const { status, headers } = await script.send(call);
    refused.push(status, headers['x-plugin-quarantined']);
  }
  expect(refused).toEqual([403, '1', 403, '1']);

  await operator.page.getByRole('button', { name: 'Unquarantine hello', exact: true }).click();
  await expect(viewer.page.getByTestId('hello-widget')).toBeVisible();
  expect(loads).toEqual([]);
  await expectNoViolations(operator);
  await operator.context.close();
});

test('removes a plugin page while it is shown', async ({ browser, demo, person: viewer }) => {
  await signIn(viewer.page, 'viewer', '/hello');
  await expect(viewer.page.getByTestId('hello-page')).toBeVisible();
  const operator = await newPerson(browser, demo);
  await signIn(operator.page, 'operator', '/operator');
  await operator.page.getByRole('button', { name: 'Quarantine hello', exact: true }).click();
  await operator.page.getByLabel('Reason').fill('test');
  await operator.page.getByRole('alertdialog').getByRole('button', { name: 'Quarantine', exact: true }).click();
  await expect(viewer.page.getByTestId('hello-page')).toHaveCount(0);
  await operator.context.close();
});

/** The number of open plugin streams, from the server's metrics. */
async function streams(metricsUrl: string | null): Promise<number> {
  const text = await (await fetch(`${metricsUrl}/metrics`)).text();
  const rows = text
    .split('\n')
    .filter((line) => /^portcullis_streams(_open)?\{[^}]*plugin/.test(line) && line.includes('orders-live'));
  return rows.reduce((sum, row) => sum + Number(row.split(' ').at(-1)), 0);
}

test('streams the live feed, shares it within the plugin, and closes it with its last view', async ({
  demo,
  person: { page },
}) => {
  await signIn(page, 'viewer', '/live');
  await expect(page.getByTestId('connection').first()).toHaveText(/live/);
  await expect.poll(() => streams(demo.bff.metricsUrl)).toBe(1);
  const seen = page.getByTestId('live-orders').locator('tbody td:nth-child(2)');
  await expect.poll(() => seen.count()).toBeGreaterThan(1);
  await page.getByRole('link', { name: 'Permissions' }).click();
  await expect.poll(() => streams(demo.bff.metricsUrl)).toBe(0);
  // After returning, the stream resumes after the last order, and the earlier orders are still shown.
  await page.goBack();
  await expect(seen.first()).toBeVisible();
  const before = await seen.count();
  await expect.poll(() => seen.count()).toBeGreaterThan(before + 1);
  const ids = await seen.allTextContents();
  const numbers = ids.map((id) => Number(id.replace('A-', '')));
  expect(numbers).toEqual(numbers.map((_, at) => (numbers[0] as number) - at));
});

test('closes the plugin’s streams on the server on quarantine', async ({ browser, demo, person: { page } }) => {
  await signIn(page, 'viewer', '/live');
  await expect(page.getByTestId('connection').first()).toHaveText(/live/);
  await expect.poll(() => streams(demo.bff.metricsUrl)).toBe(1);
  const operator = await newPerson(browser, demo);
  await signIn(operator.page, 'operator', '/operator');
  await operator.page.getByRole('button', { name: 'Quarantine orders-live', exact: true }).click();
  await operator.page.getByLabel('Reason').fill('test');
  await operator.page.getByRole('alertdialog').getByRole('button', { name: 'Quarantine', exact: true }).click();
  await expect.poll(() => streams(demo.bff.metricsUrl)).toBe(0);
  await expect(page.getByTestId('live-orders')).toHaveCount(0);
  await operator.context.close();
});

test("closes a page's streams with the page", async ({ browser, demo }) => {
  const leaving = await newPerson(browser, demo);
  await signIn(leaving.page, 'viewer', '/live');
  await expect(leaving.page.getByTestId('connection').first()).toHaveText(/live/);
  await expect.poll(() => streams(demo.bff.metricsUrl)).toBe(1);
  await leaving.context.close();
  await expect.poll(() => streams(demo.bff.metricsUrl)).toBe(0);
});

/** A PDP in its own process: AuthZEN 1.0, permits everything. */
async function startPdp(port: number): Promise<Server> {
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const { evaluations } = JSON.parse(text);
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(
        JSON.stringify(evaluations ? { evaluations: evaluations.map(() => ({ decision: true })) } : { decision: true }),
      );
    });
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  return server;
}

test.describe('with the PDP down', () => {
  let port = 0;
  test.use({
    prepare: async ({}, use) => {
      await use(async ({ config }) => {
        const probe = await startPdp(0);
        port = (probe.address() as AddressInfo).port;
        await new Promise((done) => probe.close(done));
        const file = join(config, 'settings.yaml');
        writeFileSync(file, readFileSync(file, 'utf8').replace('pdp: embedded', `pdp: "http://127.0.0.1:${port}"`));
      });
    },
  });

  test('mounts nothing, says so, and recovers by itself', async ({ person: { page } }) => {
    await signIn(page, 'viewer');
    await expect(page.getByText('The policy decision point does not respond.')).toBeVisible();
    await expect(page.getByTestId('hello-widget')).toHaveCount(0);
    await expect(page.getByTestId('hello-widget-only')).toHaveCount(0);
    const pdp = await startPdp(port);
    await expect(page.getByTestId('hello-widget')).toBeVisible({ timeout: 40_000 });
    await expect(page.getByText('The policy decision point does not respond.')).toHaveCount(0);
    pdp.closeAllConnections();
    await new Promise((done) => pdp.close(done));
  });
});
