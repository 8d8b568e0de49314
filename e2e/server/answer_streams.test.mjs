// Calls whose response is an event stream: on a route of kind stream they are forwarded piece by piece, and end when
// their permission does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanup } from '../lib/cleanup.mjs';
import { recorder, SETTINGS, startLab } from '../lib/lab.mjs';
import { openStream, requestBytes } from '../lib/raw_http.mjs';

const plugin = (more = {}) => ({
  id: 'hello',
  version: '1.0.0',
  engine: { experience: '>=1.0.0' },
  bundle: { file: '/app/plugins/hello.js' },
  permissions: { api: ['GET', 'POST'].map((method) => ({ method, path: '/api/chat/*' })), sse: [] },
  ...more,
});
const listing = (more) => ({ tenants: { localhost: [plugin(more)] } });
const routes = (url, kind) => ({
  upstreams: { model: { url } },
  routes: [
    { path: '/api/chat/lab', kind, fixture: 'tokens' },
    { path: '/api/chat/*', kind, upstream: 'model' },
  ],
});

async function start(t, { kind = 'stream', limits = {}, type = 'text/event-stream' } = {}) {
  const open = [];
  const upstream = await recorder({
    answer: (_, res) => {
      res.writeHead(200, { 'Content-Type': type });
      res.write('data: one\n\n');
      open.push(res);
    },
  });
  cleanup(t, () => upstream.close());
  const lab = await startLab({
    files: {
      'settings.yaml': { ...SETTINGS, operator_token_file: 'operator.token', limits },
      'plugins.yaml': listing(),
      'routes.yaml': routes(upstream.url, kind),
      'fixtures.yaml': {
        fixtures: {
          tokens: {
            stream: { events: [{ data: 'one' }, { data: 'two', delay_ms: 20 }, { data: 'end', delay_ms: 600000 }] },
          },
        },
      },
    },
    bundles: { 'hello.js': 'export const widgets = {};\n' },
  });
  cleanup(t, () => lab.stop());
  const session = await lab.login('viewer');
  const operator = await lab.login('operator');
  const host = `localhost:${lab.port}`;
  const bytes = (target, method = 'POST') =>
    requestBytes({
      method,
      target,
      headers: {
        Host: host,
        Origin: `http://${host}`,
        Cookie: session.cookie,
        'X-CSRF-Token': session.csrf,
        'X-Plugin-Id': 'hello',
        Accept: 'text/event-stream',
        'Content-Type': 'application/json',
      },
      body: method === 'POST' ? '{"stream":true}' : '',
    });
  const call = (target = '/api/chat/a', until = /data: one/, method = 'POST') =>
    openStream(lab.port, bytes(target, method), { until });
  const operate = async (target) => {
    const answer = await lab.send({ method: 'POST', target, session: operator });
    assert.equal(answer.status, 200, answer.text);
  };
  return { lab, upstream, open, call, operate, session };
}
const closed = (res) => new Promise((resolve) => (res.destroyed ? resolve() : res.on('close', resolve)));

for (const type of ['text/event-stream', 'Text/Event-Stream; charset=utf-8', 'application/x-ndjson']) {
  test(`forwards each piece of ${type} at once`, async (t) => {
    const { open, call, upstream } = await start(t, { type });
    const stream = call();
    await stream.opened; // before the upstream has ended
    assert.equal(upstream.seen[0].body, '{"stream":true}');
    open[0].end('data: two\n\n');
    const { status, text } = await stream.ended;
    assert.deepEqual([status, text], [200, 'data: one\n\ndata: two\n\n']);
  });
}

test('streams the response to a GET too, and from a fixture', async (t) => {
  const { open, call } = await start(t);
  const get = call('/api/chat/a', /data: one/, 'GET');
  await get.opened;
  open[0].end();
  assert.equal((await get.ended).status, 200);
  const lab = call('/api/chat/lab', /data: two/);
  assert.match(await lab.opened, /data: one[\s\S]*data: two/);
  lab.close();
});

test("ends the upstream's call when the caller aborts", async (t) => {
  const { open, call } = await start(t);
  const stream = call();
  await stream.opened;
  stream.close();
  await closed(open[0]);
});

const ENDS = {
  quarantine: ({ operate }) => operate('/api/plugins/quarantine/hello'),
  'a permission that goes': async ({ lab, operate }) => {
    lab.write('plugins.yaml', listing({ permissions: { api: [], sse: [] } }));
    await operate('/api/plugins/refresh');
  },
  'a route that is of kind api now': async ({ lab, operate, upstream }) => {
    lab.write('routes.yaml', routes(upstream.url, 'api'));
    await operate('/api/plugins/refresh');
  },
  logout: async ({ lab, session }) => {
    await lab.send({ method: 'POST', target: '/auth/logout', session });
  },
};
for (const [what, end] of Object.entries(ENDS)) {
  for (const target of ['/api/chat/a', '/api/chat/lab']) {
    if (target === '/api/chat/lab' && what.includes('kind api')) continue; // the fixture only has a stream
    test(`aborts ${target} at once on ${what}`, async (t) => {
      const all = await start(t);
      const stream = all.call(target);
      await stream.opened;
      await end(all);
      // Aborted: a truncated response must not look complete.
      assert.equal(
        await stream.ended.then(
          () => 'whole',
          ({ code }) => code,
        ),
        'ECONNRESET',
      );
      if (target === '/api/chat/a') await closed(all.open[0]);
    });
  }
}

test("counts streamed responses towards the session's streams while they run", async (t) => {
  const { call, open } = await start(t, { limits: { streams_per_session: 1 } });
  const first = call();
  await first.opened;
  const second = await call('/api/chat/b', /never/).ended;
  assert.equal(second.status, 503);
  open[0].end();
  await first.ended;
  const third = call('/api/chat/c');
  await third.opened;
  third.close();
});

test('explains in the 502 how to declare a stream on a route of kind api', async (t) => {
  const { call } = await start(t, { kind: 'api' });
  const { status, text } = await call('/api/chat/a', /never/).ended;
  assert.equal(status, 502);
  assert.match(JSON.parse(text).detail, /kind: stream/);
});
