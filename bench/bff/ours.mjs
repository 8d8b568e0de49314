// portcullis-bff with one thread, configured for the same work as the peers, except that every request has a session,
// a plugin, and the plugin's rules.
import { startLab } from '../../e2e/lib/lab.mjs';
import { CORES, pin } from './load.mjs';

const plugin = (id, bundle) => ({
  id,
  version: '1.0.0',
  engine: { experience: '>=1.0.0' },
  bundle: { file: bundle },
  permissions: {
    api: [
      ...Array.from({ length: 18 }, (_, at) => ({ method: 'GET', path: `/api/app/other-${at}/:id/*` })),
      { method: 'GET', path: '/api/app/items/:id' },
      { method: 'GET', path: '/api/lab/json' },
    ],
    sse: [],
  },
});

/** @param {{json: string, bundleText: string, upstream: {url: string}, start?: Function}} work `start`: as startLab's */
export async function startOurs({ json, bundleText, upstream, logLevel = 'off', start }) {
  const lab = await startLab({
    start,
    files: {
      'settings.yaml': {
        experience_version: '1.4.0',
        lab_login: { enabled: true },
        rate: { per_second: 1_000_000, burst: 1_000_000 },
      },
      'plugins.yaml': { tenants: { localhost: [plugin('app', '/app/plugins/app/1.0.0/index.esm.js')] } },
      'fixtures.yaml': {
        fixtures: { lab: { responses: [{ method: 'GET', path: '/api/lab/json', json: JSON.parse(json) }] } },
      },
      'routes.yaml': {
        upstreams: { app: { url: upstream.url } },
        routes: [
          { path: '/api/app/*', methods: ['GET'], upstream: 'app' },
          { path: '/api/lab/json', methods: ['GET'], fixture: 'lab' },
        ],
      },
    },
    bundles: { 'app/1.0.0/index.esm.js': bundleText },
    args: ['--threads', '1', '--log-level', logLevel],
  });
  await pin(lab.bff.pid, CORES.server);
  const session = await lab.login('viewer');
  const base = `http://127.0.0.1:${lab.port}`;
  const host = { Host: `localhost:${lab.port}`, Cookie: session.cookie };
  const headers = { ...host, 'X-Plugin-Id': 'app' };
  const listed = (await lab.send({ target: '/api/plugins/manifests', session })).json();
  const bundle = base + listed[0].bundle.url;
  const { status, headers: answer } = await lab.send({ target: listed[0].bundle.url, session });
  if (status !== 200) throw new Error(`the bundle: ${status}`);
  const requests = {
    json: { url: `${base}/api/lab/json`, headers },
    bundle: { url: bundle, headers: host },
    'not modified': { url: bundle, headers: { ...host, 'If-None-Match': answer.etag } },
    proxy: { url: `${base}/api/app/items/42`, headers },
  };
  return { pid: lab.bff.pid, requests, stop: lab.stop };
}
