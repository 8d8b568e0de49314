// Two servers behind nginx, as in docs/operating.md, restarted one after the other under constant load: no request
// fails, unsafe ones included, and none is processed twice.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startBff } from 'portcullis/playwright';
import { cleanup } from '../lib/cleanup.mjs';
import { plugin, rawUpstream } from '../lib/hostile.mjs';
import { SETTINGS, startLab } from '../lib/lab.mjs';
import { ask, startLoad, until } from '../lib/load.mjs';
import { documentedFront, selfSigned, skip, startNginx } from '../lib/nginx.mjs';

// nginx's keepalive_timeout (1 s here) is shorter than this, as in the document.
const GRACE = ['--drain-grace-seconds', '2'];
const TOKEN = 'a-long-enough-operator-token-for-scripts';
const PAGE = 'x'.repeat(200_000);

test('fails no request during a rolling restart under load', { skip }, async (t) => {
  const upstream = await rawUpstream();
  cleanup(t, () => upstream.close());
  const page = mkdtempSync(join(tmpdir(), 'portcullis-page-'));
  cleanup(t, () => rmSync(page, { recursive: true }));
  writeFileSync(join(page, 'index.html'), `<p>${PAGE}</p>`);
  const lab = await startLab({
    files: {
      'settings.yaml': { ...SETTINGS, operator_token_file: 'operator.token', trusted_proxies: ['127.0.0.1/32'] },
      'plugins.yaml': { tenants: { localhost: [plugin('app')] } },
      'routes.yaml': {
        upstreams: { app: { url: upstream.url } },
        routes: [{ path: '/api/app/*', upstream: 'app' }],
      },
    },
    args: [...GRACE, '--spa', page],
  });
  cleanup(t, () => lab.stop());
  // The second has the same configuration and its own state.
  const state = join(lab.home, 'state-2');
  mkdirSync(state);
  writeFileSync(join(state, 'operator.token'), TOKEN, { mode: 0o600 });
  writeFileSync(join(lab.bff.state, 'operator.token'), TOKEN, { mode: 0o600 });
  const second = await startBff({
    config: join(lab.home, 'config'),
    plugins: join(lab.home, 'plugins'),
    state,
    args: [...GRACE, '--spa', page],
  });
  cleanup(t, () => second.stop());
  const servers = [lab.bff, second];
  const tls = selfSigned();
  const nginx = await startNginx({
    files: { 'cert.pem': tls.cert, 'key.pem': tls.key },
    http: ({ ports, home }) =>
      documentedFront({
        servers: servers.map(({ url }) => new URL(url).port),
        listen: ports[0],
        cert: join(home, 'cert.pem'),
        key: join(home, 'key.pem'),
        keepaliveTimeout: '1s',
      }),
  });
  cleanup(t, () => nginx.stop());

  const host = `localhost:${nginx.port}`;
  /** A client with its own address, because nginx distributes clients by address. */
  const client = (number) => {
    const localAddress = `127.0.0.${number}`;
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: tls.cert, servername: 'localhost', localAddress });
    cleanup(t, () => agent.destroy());
    return (path, { headers = {}, ...more } = {}) =>
      ask({
        ...{ tls: true, agent, host: '127.0.0.1', port: nginx.port, path, localAddress },
        headers: { Host: host, Origin: `https://${host}`, ...headers },
        ...more,
      });
  };
  const json = { 'Content-Type': 'application/json' };
  const credentials = JSON.stringify({ user: 'viewer', password: 'viewer' });
  const clients = [];
  let again = 0;
  let writes = 0;
  for (let number = 10; number < 18; number += 1) {
    const call = client(number);
    // A page, and a login: neither depends on the state of one server.
    clients.push(async () => {
      const answer = await call('/');
      assert.equal(answer.status, 200, answer.text.slice(0, 200));
      assert.equal(answer.bytes.length, PAGE.length + 7);
    });
    const other = client(number + 50);
    clients.push(async () => {
      const answer = await other('/auth/login', { method: 'POST', headers: json, body: credentials });
      assert.equal(answer.status, 200, answer.text.slice(0, 200));
    });
  }
  for (let number = 30; number < 34; number += 1) {
    // An operator's script that writes.
    const call = client(number);
    clients.push(async () => {
      const answer = await call(`/api/plugins/quarantine/p${number}`, {
        method: 'POST',
        headers: { ...json, Authorization: `Bearer ${TOKEN}` },
        body: '{"reason":"load"}',
      });
      assert.equal(answer.status, 200, answer.text.slice(0, 200));
    });
    // A plugin's writes in a session. When the session's server stops, it signs in again.
    const page = client(number + 50);
    let session = null;
    clients.push(async () => {
      if (!session) {
        const entered = await page('/auth/login', { method: 'POST', headers: json, body: credentials });
        assert.equal(entered.status, 200, entered.text);
        session = { cookie: entered.headers['set-cookie'][0].split(';')[0], csrf: JSON.parse(entered.text).csrf_token };
      }
      const answer = await page(`/api/app/${number}/${writes}`, {
        method: 'POST',
        headers: { ...json, Cookie: session.cookie, 'X-CSRF-Token': session.csrf, 'X-Plugin-Id': 'app' },
        body: '{"n":1}',
      });
      if (answer.status === 401) {
        assert.equal(JSON.parse(answer.text).code, 'SESSION_REQUIRED');
        session = null;
        again += 1;
        return;
      }
      assert.equal(answer.status, 200, answer.text.slice(0, 200));
      writes += 1;
    });
  }

  const load = startLoad(clients);
  await load.more(300);
  for (const server of servers) {
    const { pid } = server;
    const restarted = server.restart();
    assert.ok(pid > 0);
    // Readiness fails first, while the server still serves.
    await until(async () => (await fetch(`${server.metricsUrl}/readyz`)).status === 503, 'it says that it leaves');
    await restarted;
    assert.match(server.log, /"leaving"/);
    // nginx tries it again after fail_timeout; it must be back before the other one stops.
    const served = async () => {
      const text = await (await fetch(`${server.metricsUrl}/metrics`)).text();
      return [...text.matchAll(/^portcullis_requests_total\{[^}]*\} (\d+)/gm)].reduce(
        (sum, [, n]) => sum + Number(n),
        0,
      );
    };
    await until(async () => (await served()) > 20, 'nginx uses it again');
  }
  await load.more(300);
  const answered = await load.stop();
  // Every acknowledged write reached the upstream once.
  assert.equal(upstream.requests.length, writes);
  t.diagnostic(`${answered} requests, ${writes} writes of plugins, ${again} signed in again`);
});
