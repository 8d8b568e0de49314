// The request headers that reach an upstream: a fixed list and what the operator adds. Dropped headers are reported.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBff } from 'portcullis/playwright';
import { cleanup } from '../lib/cleanup.mjs';
import { recorder, startLab } from '../lib/lab.mjs';

const PLUGIN = {
  id: 'hello',
  version: '1.0.0',
  engine: { experience: '>=1.0.0' },
  bundle: { file: '/app/plugins/hello.js' },
  permissions: { api: ['GET', 'PATCH'].map((method) => ({ method, path: '/api/x/*' })), sse: [] },
};
const CUSTOM = {
  'Tus-Resumable': '1.0.0',
  'Upload-Offset': '0',
  'OData-Version': '4.0',
  'Accept-Profile': 'public',
  'Content-Range': 'bytes 0-1/2',
  'apollo-require-preflight': 'true',
  'X-Correlation-ID': 'abc',
};

async function start(t, { upstream: more = {}, route = {}, start = startBff } = {}) {
  const upstream = await recorder();
  cleanup(t, () => upstream.close());
  const lab = await startLab({
    start,
    files: {
      'plugins.yaml': { tenants: { localhost: [PLUGIN] } },
      'routes.yaml': {
        upstreams: { u: { url: upstream.url, ...more } },
        routes: [{ path: '/api/x/*', upstream: 'u', ...route }],
      },
    },
    bundles: { 'hello.js': 'export const widgets = {};\n' },
  });
  cleanup(t, () => lab.stop());
  const session = await lab.login('viewer');
  const send = (headers, method = 'PATCH') =>
    lab.send({
      session,
      method,
      target: '/api/x/f',
      headers: { 'X-Plugin-Id': 'hello', ...headers },
      body: method === 'GET' ? '' : 'ab',
    });
  return { lab, upstream, send };
}
const lower = (headers) => Object.keys(headers).map((name) => name.toLowerCase());

test('drops unlisted headers and names them in the response', async (t) => {
  const { upstream, send } = await start(t);
  const answer = await send({ ...CUSTOM, 'Sec-Fetch-Site': 'same-origin', Referer: 'http://localhost/' });
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.headers['x-portcullis-dropped'].split(', '), lower(CUSTOM));
  for (const name of lower(CUSTOM)) assert.equal(upstream.seen[0].headers[name], undefined, name);
  assert.equal((await send({ Accept: 'application/json' })).headers['x-portcullis-dropped'], undefined);
});

for (const where of ['upstream', 'route']) {
  test(`forwards the headers that the ${where} lists, unchanged`, async (t) => {
    const { upstream, send } = await start(t, { [where]: { forward_headers: Object.keys(CUSTOM) } });
    const answer = await send(CUSTOM);
    assert.equal(answer.headers['x-portcullis-dropped'], undefined);
    for (const [name, value] of Object.entries(CUSTOM)) {
      assert.equal(upstream.seen[0].headers[name.toLowerCase()], value, name);
    }
    const twice = await send({ 'Upload-Offset': ['0', '1'] });
    assert.equal(twice.status, 400);
    assert.match(twice.json().detail, /upload-offset/);
  });
}

test('refuses to list headers that are never forwarded', async (t) => {
  for (const name of [
    'Cookie',
    'Authorization',
    'X-Forwarded-For',
    'X-HTTP-Method-Override',
    'X-Portcullis-User',
    '*',
  ]) {
    await assert.rejects(start(t, { route: { forward_headers: [name] } }), name);
  }
});

test('forwards a UTF-8 event id byte for byte', async (t) => {
  const { upstream, send } = await start(t);
  const id = Buffer.from('teil-…-é').toString('latin1');
  await send({ 'Last-Event-ID': id }, 'GET');
  assert.equal(upstream.seen[0].headers['last-event-id'], id);
});

test('tells an upstream the caller and its address', async (t) => {
  const { lab, upstream, send } = await start(t);
  await send({}, 'GET');
  const { headers } = upstream.seen[0];
  assert.equal(headers['x-portcullis-tenant'], 'localhost');
  assert.equal(headers['x-portcullis-user'], 'auth:account:lab:viewer');
  assert.equal(headers['x-portcullis-plugin'], 'hello');
  assert.equal(headers['x-plugin-id'], 'hello');
  assert.equal(headers['x-forwarded-for'], '127.0.0.1');
  assert.equal(headers['x-forwarded-proto'], 'http');
  assert.equal(headers['x-forwarded-host'], `localhost:${lab.port}`);
  assert.equal(headers['x-forwarded-port'], String(lab.port));
  assert.equal(headers['x-forwarded-prefix'], undefined);
  assert.match(headers.via, /portcullis/);
});
