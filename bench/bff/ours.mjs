// portcullis-bff with one thread, configured for the same work as the peers, except that every request has a session,
// a plugin, and the plugin's rules.
import { startLab } from '../../e2e/lib/lab.mjs';
import { CORES, pin } from './load.mjs';
import { requestsOf, siteOf, TENANT } from './site.mjs';

/** @param {{json: string, bundleText: string, upstream: {url: string}, start?: Function}} work `start`: as startLab's */
export async function startOurs({ json, bundleText, upstream, logLevel = 'off', start }) {
  const { rate, plugins, fixtures, upstreams, routes } = siteOf({ json, upstream });
  const lab = await startLab({
    start,
    files: {
      'settings.yaml': { experience_version: '1.4.0', lab_login: { enabled: true }, rate },
      'plugins.yaml': { tenants: { [TENANT]: plugins } },
      'fixtures.yaml': { fixtures },
      'routes.yaml': { upstreams, routes },
    },
    bundles: { 'app/1.0.0/index.esm.js': bundleText },
    args: ['--threads', '1', '--log-level', logLevel],
  });
  await pin(lab.bff.pid, CORES.server);
  const session = await lab.login('viewer');
  const listed = (await lab.send({ target: '/api/plugins/manifests', session })).json();
  const bundle = listed[0].bundle.url;
  const { status, headers: answer } = await lab.send({ target: bundle, session });
  if (status !== 200) throw new Error(`the bundle: ${status}`);
  const headers = { Host: `${TENANT}:${lab.port}`, Cookie: session.cookie };
  const requests = requestsOf(`http://127.0.0.1:${lab.port}`, { headers, bundle, etag: answer.etag });
  return { pid: lab.bff.pid, port: lab.port, session, requests, stop: lab.stop };
}
