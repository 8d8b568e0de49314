// A stream that loses its plugin, its permission or its route is closed at once, whatever its kind.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanup } from '../lib/cleanup.mjs';
import { recorder, SETTINGS, startLab } from '../lib/lab.mjs';

const plugin = (more = {}) => ({
  id: 'hello',
  version: '1.0.0',
  engine: { experience: '>=1.0.0' },
  bundle: { file: '/app/plugins/hello.js' },
  permissions: { api: [{ method: 'GET', path: '/events/up/sse' }], sse: ['/api/configs/stream', '/events'] },
  ...more,
});
const listing = (more) => ({ tenants: { localhost: [plugin(more)] } });
const routes = (url, kind, upstream = 'one') => ({
  upstreams: { one: { url }, two: { url } },
  routes: [
    { path: '/events/ticks', kind: 'sse', fixture: 'ticks' },
    { path: '/events/up/*', ...(kind === 'sse' ? { kind } : {}), upstream },
  ],
});

async function start(t) {
  const upstream = await recorder({
    answer: (_, res) => {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' });
      res.write('data: open\n\n');
    },
  });
  cleanup(t, () => upstream.close());
  const lab = await startLab({
    files: {
      'settings.yaml': { ...SETTINGS, operator_token_file: 'operator.token' },
      'plugins.yaml': listing(),
      'routes.yaml': routes(upstream.url, 'sse'),
      'fixtures.yaml': { fixtures: { ticks: { stream: { repeat: true, events: [{ data: 'tick', delay_ms: 20 }] } } } },
    },
    bundles: { 'hello.js': 'export const widgets = {};\n' },
  });
  cleanup(t, () => lab.stop());
  const operator = await lab.login('operator');
  const session = await lab.login('viewer');
  const post = async (target, body = '') => {
    const headers = body ? { 'Content-Type': 'application/json' } : {};
    const answer = await lab.send({ method: 'POST', target, session: operator, headers, body });
    assert.equal(answer.status, 200, answer.text);
    return answer.json();
  };
  return { lab, session, post, upstream };
}

for (const target of ['/api/configs/stream', '/events/ticks', '/events/up/sse']) {
  test(`closes ${target} on quarantine`, async (t) => {
    const { lab, session, post } = await start(t);
    const stream = lab.stream({ session, plugin: 'hello', target, until: /data:/ });
    await stream.opened;
    await post('/api/plugins/quarantine/hello');
    assert.equal((await stream.ended).status, 200);
  });

  test(`closes ${target} when its plugin is disabled`, async (t) => {
    const { lab, session, post } = await start(t);
    const stream = lab.stream({ session, plugin: 'hello', target, until: /data:/ });
    await stream.opened;
    lab.write('plugins.yaml', listing({ enabled: false }));
    await post('/api/plugins/refresh');
    assert.equal((await stream.ended).status, 200);
  });

  test(`closes ${target} when its permission is removed`, async (t) => {
    const { lab, session, post } = await start(t);
    const stream = lab.stream({ session, plugin: 'hello', target, until: /data:/ });
    await stream.opened;
    lab.write('plugins.yaml', listing({ permissions: { api: [], sse: [] } }));
    await post('/api/plugins/refresh');
    assert.equal((await stream.ended).status, 200);
  });
}

test('does not carry open streams over to a version that was quarantined before its rollout', async (t) => {
  const { lab, session, post } = await start(t);
  const stream = lab.stream({ session, plugin: 'hello', target: '/events/ticks', until: /data:/ });
  await stream.opened;
  await post('/api/plugins/quarantine/hello', '{"version":"2.0.0"}');
  lab.write('plugins.yaml', listing({ version: '2.0.0' }));
  await post('/api/plugins/refresh');
  assert.equal((await stream.ended).status, 200);
});

for (const [what, ...after] of [
  ['kind', 'api'],
  ['upstream', 'sse', 'two'],
]) {
  test(`closes a route's open streams when its ${what} changes`, async (t) => {
    const { lab, session, post, upstream } = await start(t);
    const stream = lab.stream({ session, plugin: 'hello', target: '/events/up/sse', until: /data:/ });
    await stream.opened;
    lab.write('routes.yaml', routes(upstream.url, ...after));
    await post('/api/plugins/refresh');
    assert.equal((await stream.ended).status, 200);
  });
}

test('announces a restore only when the running version is available again', async (t) => {
  const { lab, session, post } = await start(t);
  const stream = lab.stream({ session, target: '/api/plugins/events', until: /hello/ });
  await stream.opened;
  await post('/api/plugins/quarantine/hello', '{"version":"1.0.0"}');
  await post('/api/plugins/quarantine/hello', '{"version":"3.0.0"}');
  await post('/api/plugins/unquarantine/hello', '{"version":"3.0.0"}');
  await post('/api/plugins/refresh');
  await lab.bff.stop();
  const { text } = await stream.ended;
  assert.match(text, /event: evict/);
  assert.match(text, /event: manifests/);
  assert.doesNotMatch(text, /event: restore/);
});

/** The events of a stream's text: [type, id], with id undefined if there is none. */
const eventsIn = (text) =>
  text
    .split('\n\n')
    .filter((block) => /^event: /m.test(block))
    .map((block) => [/^event: (.*)$/m.exec(block)[1], /^id: (.*)$/m.exec(block)?.[1]]);

test('resumes without a gap for a client that is cut off before the backlog arrived', async (t) => {
  const { lab, session, post } = await start(t);
  const target = '/api/plugins/events';
  const first = lab.stream({ session, target, until: /hello/ });
  const [[, lastEventId]] = eventsIn(await first.opened);
  first.close();
  await post('/api/plugins/quarantine/hello');
  const second = lab.stream({ session, target, lastEventId, until: /event: evict/ });
  const [hello, evict] = eventsIn(await second.opened);
  assert.deepEqual(hello, ['hello', undefined], 'an id here would cover the evict that is still pending');
  assert.equal(evict[0], 'evict');
  assert.ok(BigInt(evict[1]) > BigInt(lastEventId));
});

test('sends a resuming client only the current theme, once', async (t) => {
  const { lab, session, post } = await start(t);
  const target = '/api/configs/stream';
  const first = lab.stream({ session, target, until: /theme/ });
  const [[, lastEventId]] = eventsIn(await first.opened);
  first.close();
  for (const name of ['One', 'Two']) {
    lab.write('theme.yaml', { themes: { default: { name, tokens: {} } } });
    await post('/api/plugins/refresh');
  }
  const second = lab.stream({ session, target, lastEventId, until: /theme/ });
  await second.opened;
  await lab.bff.stop();
  const { text } = await second.ended;
  assert.deepEqual(text.match(/"name":"\w+"/g), ['"name":"Two"']);
});
