// The lab of the attacks: the real server with the demo's page, a victim, hostile plugins in the same page, an
// upstream and a foreign origin that both record what reaches them, and Chromium.
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { LAUNCH } from '../lib/chromium.mjs';
import { recorder, SETTINGS, startLab } from '../lib/lab.mjs';
import { SECRET, until } from './wait.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const demo = join(here, '..', '..', 'demo-spa');
const EVENTS = { 'Content-Type': 'text/event-stream' };
const SCRIPT = { 'Content-Type': 'text/javascript' };

const manifest = (id, extra) => ({
  id,
  version: '1.0.0',
  engine: { experience: '>=1.0.0' },
  bundle: { file: `/app/plugins/${id}/1.0.0/index.esm.js` },
  contributions: { routes: [{ path: `/${id}`, component: 'Page', resource: 'plugin.route', action: 'view' }] },
  ...extra,
});
const both = (path) => ['GET', 'POST'].map((method) => ({ method, path }));
const VICTIMS = ['victim', 'victim-record', 'victim-careless', 'bystander'];
const sources = readdirSync(join(here, 'plugins')).map((file) => file.replace(/\.js$/, ''));
const plugins = sources.map((id) =>
  VICTIMS.includes(id)
    ? manifest(id, { permissions: { api: both('/api/vault/*'), sse: ['/events/vault'] } })
    : manifest(id, { permissions: { api: both('/api/own/*'), sse: [] } }),
);

export async function startAttackLab() {
  const upstream = await recorder({
    answer: (req, res) => {
      const away = /^\/api\/own\/away\/(.*)/.exec(req.url);
      if (away !== null) return res.writeHead(302, { Location: `/api/vault/${away[1]}` }).end();
      if (req.url.startsWith('/events/')) return res.writeHead(200, EVENTS).end(`data: ${SECRET}\n\n`);
      if (req.url.endsWith('.js')) return res.writeHead(200, SCRIPT).end('self.onfetch = () => {};');
      res.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ secret: SECRET }));
    },
  });
  const outside = await recorder();
  const route = (path, extra) => ({ path, methods: ['GET', 'POST'], upstream: 'vault', ...extra });
  const lab = await startLab({
    files: {
      'settings.yaml': {
        ...SETTINGS,
        spa: { root: join(demo, 'dist') },
        operator_token_file: 'operator.token',
        stamps: 'required',
      },
      'plugins.yaml': { tenants: { localhost: plugins } },
      'routes.yaml': {
        upstreams: { vault: { url: upstream.url } },
        routes: [
          route('/api/own/*'),
          route('/api/vault/*'),
          route('/api/open/*', { plugin: 'optional' }),
          route('/events/vault/*', { kind: 'sse', methods: ['GET'] }),
        ],
      },
    },
    bundles: Object.fromEntries(
      sources.map((id) => [`${id}/1.0.0/index.esm.js`, readFileSync(join(here, 'plugins', `${id}.js`), 'utf8')]),
    ),
  });
  const origin = `http://localhost:${lab.port}`;
  const browser = await chromium.launch(LAUNCH);
  const sessions = { viewer: await lab.login('viewer'), operator: await lab.login('operator') };

  /** A new person's page at `path`, in which the hostile plugin of that path runs. */
  const open = async (path, { user = 'viewer', session = sessions[user], prepare } = {}) => {
    const context = await browser.newContext({ baseURL: origin });
    const [name, value] = session.cookie.split('=');
    await context.addCookies([
      { name, value, domain: 'localhost', path: '/', secure: true, httpOnly: true, sameSite: 'Lax' },
    ]);
    const page = await context.newPage();
    await prepare?.(page);
    await page.goto(path);
    return page;
  };
  /** Like `open`, after the hostile plugin has run: `attack(name, argument)` runs its code in the page. */
  const hostile = async (id, options) => {
    const page = await open(`/${id}`, options);
    await page.waitForFunction(() => globalThis.attack !== undefined);
    return page;
  };
  const kept = new Map();
  /** One page for all attacks that leave no trace in it. */
  const shared = (id, user = 'viewer') => {
    const key = `${id} ${user}`;
    if (!kept.has(key)) kept.set(key, hostile(id, { user }));
    return kept.get(key);
  };
  const attack = (page, name, argument) => page.evaluate(([n, a]) => globalThis.attack(n, a), [name, argument]);
  /** Navigates within the app, so that running code continues. */
  const go = async (page, path) => {
    await page.evaluate((to) => globalThis.go(to), path);
    await page.locator(`[data-plugin-page="${path.slice(1)}"]`).waitFor();
  };

  /** The server's log line for the request whose path contains this marker. */
  const logged = (mark) =>
    until(() => {
      const line = lab.bff.log.split('\n').find((one) => one.includes(mark) && one.includes('"event":"request"'));
      return line === undefined ? null : JSON.parse(line);
    });
  const reached = (mark) => upstream.seen.filter(({ target, body }) => target.includes(mark) || body.includes(mark));

  /** The outcome of the request with this marker: whether it reached the upstream, and the server's response. */
  const fate = async (mark) => {
    const line = await logged(mark);
    if (line === null) return { stopped: reached(mark).length === 0, seen: 'nothing reached the server' };
    const [call] = reached(mark);
    if (call === undefined) return { stopped: line.status >= 400, seen: `${line.status} ${line.code ?? ''}`.trim() };
    return { stopped: false, seen: `reached the upstream as ${call.headers['x-plugin-id'] ?? 'the host'}` };
  };
  return {
    ...lab,
    origin,
    browser,
    upstream,
    outside,
    sessions,
    open,
    hostile,
    shared,
    attack,
    go,
    logged,
    reached,
    fate,
    mark: () => randomUUID(),
    /** The document as sent to a browser's navigation. */
    navigation: (session = sessions.viewer) =>
      lab.send({
        session,
        target: '/',
        headers: { 'Sec-Fetch-Dest': 'document', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Site': 'none' },
      }),
    stop: async () => {
      await browser.close();
      await lab.stop();
      await upstream.close();
      await outside.close();
    },
  };
}
