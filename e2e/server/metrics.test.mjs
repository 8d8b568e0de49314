// /metrics after some traffic, checked by Prometheus' own tool.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cleanup } from '../lib/cleanup.mjs';
import { root } from '../lib/examples.mjs';
import { recorder, SETTINGS, startLab } from '../lib/lab.mjs';

const own = join(root, 'build/tools/promtool');
const promtool = process.env.PROMTOOL ?? (existsSync(own) ? own : 'promtool');
const runs = spawnSync(promtool, ['--version']).status === 0;
const skip = !runs && 'promtool is not there: `npm test` fetches it, or set PROMTOOL';
const check = (text) => spawnSync(promtool, ['check', 'metrics'], { input: text, encoding: 'utf8' });

const plugin = (id, version = '1.0.0') => ({
  id,
  version,
  engine: { experience: '>=1.0.0' },
  bundle: { file: `/app/plugins/${id}/index.esm.js` },
  permissions: {
    api: [
      { method: 'GET', path: '/api/sales/*' },
      { method: 'GET', path: '/api/gone/*' },
    ],
    sse: ['/events/orders'],
  },
});
const PLUGINS = [plugin('sales'), plugin('with.dots_and-more', '1.0.0-rc.1+build.5'), plugin('bad')];
const json = { 'Content-Type': 'application/json' };

/** Traffic of every kind that is counted. */
async function traffic(lab) {
  const session = await lab.login('viewer');
  const operator = await lab.login('operator');
  const get = (target, headers = {}) => lab.send({ target, session, headers });
  const post = (target, body, more = {}) =>
    lab.send({
      method: 'POST',
      target,
      session,
      body: JSON.stringify(body),
      ...more,
      headers: { ...json, ...more.headers },
    });
  for (const { id } of PLUGINS) {
    const identity = { 'X-Plugin-Id': id };
    await get('/api/sales/2026', identity);
    await get('/api/other/2026', identity);
    await get('/api/gone/1', identity);
    await get(`/api/plugins/bundle?entry=${id}&id=${id}`);
    await post('/api/plugins/telemetry', { events: [{ name: 'click' }] }, { headers: identity });
    const stream = lab.stream({ session, plugin: id, target: '/events/orders', until: /hello/ });
    await stream.opened;
    stream.close();
  }
  // Names that are not configured never become labels, whatever they contain.
  await get('/api/sales/2026', { 'X-Plugin-Id': 'x"}\\ 1' });
  await get('/api/sales/..%2f', { 'X-Plugin-Id': 'nobody' });
  await lab.send({ target: '/', tenant: 'nobody.example' });
  await post('/auth/login', { user: 'viewer', password: 'wrong' });
  await post('/access/v1/evaluation', { action: { name: 'view' }, resource: { type: 'x', id: '1' } });
  await post('/api/plugins/quarantine/bad', { reason: 'test' }, { session: operator });
  assert.equal((await post('/api/plugins/refresh', {}, { session: operator })).status, 200);
  lab.write('plugins.yaml', 'tenants: 7');
  assert.equal((await post('/api/plugins/refresh', {}, { session: operator })).status, 422);
}

test("passes promtool's checks of /metrics", { skip }, async (t) => {
  const answer = (req, res) => {
    const stream = req.url.startsWith('/events/');
    res.writeHead(200, { 'Content-Type': stream ? 'text/event-stream' : 'application/json' });
    if (stream) res.write('data: hello\n\n');
    else res.end('{}');
  };
  const pdp = await recorder({ answer: (_, res) => res.writeHead(200, json).end('{"decision":true}') });
  const upstream = await recorder({ answer });
  const lab = await startLab({
    files: {
      'settings.yaml': { ...SETTINGS, authzen: { pdp: pdp.url } },
      'plugins.yaml': { tenants: { localhost: PLUGINS } },
      'routes.yaml': {
        upstreams: { sales: { url: upstream.url }, 'gone "north" \\ 1': { url: 'http://127.0.0.1:9' } },
        routes: [
          { path: '/api/sales/*', upstream: 'sales' },
          { path: '/api/gone/*', upstream: 'gone "north" \\ 1' },
          { path: '/events/orders', kind: 'sse', upstream: 'sales' },
        ],
      },
    },
    bundles: Object.fromEntries(PLUGINS.map(({ id }) => [`${id}/index.esm.js`, 'export {};\n'])),
  });
  cleanup(t, () => Promise.all([lab.stop(), upstream.close(), pdp.close()]));
  const scrape = () => fetch(`${lab.bff.metricsUrl}/metrics`);

  const quiet = check(await (await scrape()).text());
  assert.deepEqual([quiet.status, quiet.stdout + quiet.stderr], [0, ''], 'of a server without calls');

  await traffic(lab);
  const response = await scrape();
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  const text = await response.text();
  const said = check(text);
  assert.deepEqual([said.status, said.stdout + said.stderr], [0, ''], text);

  // All series were present, except those that need a full queue, a stale connection or a plugin that is not served.
  const golden = readFileSync(join(root, 'native-host/tests/golden/metrics.txt'), 'utf8').trim().split('\n');
  const names = golden.map((line) => line.split(' ')[0]);
  const seen = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  const rare = [
    'portcullis_plugins_not_served',
    'portcullis_telemetry_events_dropped_total',
    'portcullis_upstream_retries_total',
  ];
  assert.deepEqual(
    names.filter((name) => !seen.includes(name) && !rare.includes(name)),
    [],
  );
  assert.deepEqual(
    seen.filter((name) => !names.includes(name)),
    [],
  );
});

test('detects faulty metrics with the checker', { skip }, () => {
  const said = check('# TYPE portcullis_things counter\nportcullis_things 1\n');
  assert.notEqual(said.status, 0);
  assert.match(said.stdout + said.stderr, /_total/);
});
