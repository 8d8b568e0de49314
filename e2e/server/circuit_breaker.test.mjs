// An unavailable upstream is not called for a while, then tried by one call at a time.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { cleanup } from '../lib/cleanup.mjs';
import { recorder, startLab } from '../lib/lab.mjs';

const PLUGINS = {
  tenants: {
    localhost: [
      {
        id: 'hello',
        version: '1.0.0',
        engine: { experience: '>=1.0.0' },
        bundle: { file: '/app/plugins/hello.js' },
        permissions: { api: [{ method: 'GET', path: '/api/up/*' }], sse: ['/events'] },
      },
    ],
  },
};

async function start(t, url, breaker) {
  const lab = await startLab({
    files: {
      'plugins.yaml': PLUGINS,
      'routes.yaml': {
        upstreams: { one: { url, ...breaker } },
        routes: [
          { path: '/api/up/*', upstream: 'one' },
          { path: '/events/*', kind: 'sse', upstream: 'one' },
        ],
      },
    },
    bundles: { 'hello.js': 'export const widgets = {};\n' },
  });
  cleanup(t, () => lab.stop());
  const session = await lab.login('viewer');
  const get = (target = '/api/up/x') => lab.send({ session, target, headers: { 'X-Plugin-Id': 'hello' } });
  const gauge = async () => {
    const text = await (await fetch(`${lab.bff.metricsUrl}/metrics`)).text();
    return /portcullis_upstream_circuit_open\{upstream="one"\} (\d)/.exec(text)?.[1];
  };
  return { get, gauge };
}

/** An unused port, and a server for it. */
async function closedPort() {
  const server = createServer((_, res) => res.end('{"ok":true}'));
  const listen = (port) => new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return { port, server, listen };
}

test('fails fast after five consecutive failures, until a trial call succeeds', async (t) => {
  const { port, server, listen } = await closedPort();
  const { get, gauge } = await start(t, `http://127.0.0.1:${port}`, { breaker_open_ms: 300 });
  for (let call = 0; call < 5; call += 1) {
    const answer = await get();
    assert.equal(answer.status, 502);
    assert.equal(answer.json().code, 'UPSTREAM_UNAVAILABLE');
  }
  const refused = await get();
  assert.equal(refused.status, 503);
  assert.equal(refused.json().code, 'UPSTREAM_CIRCUIT_OPEN');
  assert.equal(refused.headers['retry-after'], '1');
  assert.equal(await gauge(), '1');

  await listen(port);
  cleanup(t, () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const deadline = Date.now() + 10_000;
  let answer = await get();
  while (answer.status === 503 && Date.now() < deadline) answer = await get();
  assert.equal(answer.status, 200, answer.text);
  assert.equal(await gauge(), '0');
  assert.equal((await get()).status, 200);
});

test('keeps the circuit closed while the upstream responds, whatever the response', async (t) => {
  const upstream = await recorder({
    answer: (req, res) => {
      res.writeHead(req.url.startsWith('/events') ? 200 : 500, { 'Content-Type': 'application/json' });
      res.end('{"ok":false}');
    },
  });
  cleanup(t, () => upstream.close());
  const { get, gauge } = await start(t, upstream.url, {});
  for (let call = 0; call < 8; call += 1) {
    assert.equal((await get()).status, 500);
    const stream = await get('/events/x'); // not an event stream: the route is wrong, but the upstream responds
    assert.equal(stream.status, 502);
    assert.equal(stream.json().code, 'UPSTREAM_INVALID');
  }
  assert.equal(await gauge(), '0');
});

test('has no circuit when no failures are configured', async (t) => {
  const { port } = await closedPort();
  const { get } = await start(t, `http://127.0.0.1:${port}`, { breaker_failures: 0 });
  for (let call = 0; call < 8; call += 1) assert.equal((await get()).status, 502);
});
