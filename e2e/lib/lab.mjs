// A lab for one test: a configuration folder that the test writes, the real server, and an upstream that records what
// reaches it.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startBff } from 'portcullis/playwright';
import { exchange, openStream, requestBytes } from './raw_http.mjs';

/** An upstream that responds with 200 and records every request's method, target and headers. */
export async function recorder({ contentType = 'application/json', answer } = {}) {
  const seen = [];
  const server = createServer((req, res) => {
    const chunks = [];
    req.on('data', (chunk) => chunks.push(chunk));
    req.on('end', () => {
      seen.push({
        method: req.method,
        target: req.url,
        headers: req.headers,
        raw: req.rawHeaders,
        body: Buffer.concat(chunks).toString(),
      });
      if (answer) return answer(req, res);
      res.writeHead(200, { 'Content-Type': contentType });
      res.end(contentType === 'text/event-stream' ? 'data: hello\n\n' : '{"ok":true}');
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  return {
    seen,
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

// JSON is YAML: the server reads the tests' files as it reads an operator's.
const yaml = (value) => `${JSON.stringify(value, null, 1)}\n`;

export const USERS = {
  users: [
    { user: 'viewer', password: 'viewer', name: 'Viewer', roles: ['viewer'], tenants: ['localhost'], idp: 'lab' },
    {
      user: 'operator',
      password: 'operator',
      name: 'Operator',
      roles: ['operator'],
      tenants: ['localhost'],
      idp: 'lab',
    },
  ],
};
export const SETTINGS = {
  experience_version: '1.4.0',
  lab_login: { enabled: true },
  rate: { per_second: 100000, burst: 100000 },
};
const POLICY = {
  rules: [
    {
      id: 'all',
      effect: 'permit',
      subject: { roles: ['viewer', 'operator'] },
      action: ['*'],
      resource: { type: ['plugin.route', 'plugin.widget'], id: ['*'] },
    },
  ],
};

/**
 * Writes the files and starts the server. `files` adds to or replaces the defaults, `bundles` maps path to text.
 * `start` replaces startBff.
 */
export async function startLab({ files = {}, bundles = {}, args = [], start = startBff } = {}) {
  const home = mkdtempSync(join(tmpdir(), 'portcullis-lab-'));
  const config = join(home, 'config');
  const plugins = join(home, 'plugins');
  const all = {
    'settings.yaml': SETTINGS,
    'users.yaml': USERS,
    'idps.yaml': { idps: [{ name: 'lab', provider: 'lab', issuer: 'https://lab.example' }] },
    'policy.yaml': POLICY,
    ...files,
  };
  const write = (name, content) => {
    mkdirSync(dirname(join(config, name)), { recursive: true });
    writeFileSync(join(config, name), typeof content === 'string' ? content : yaml(content));
  };
  for (const [name, content] of Object.entries(all)) write(name, content);
  mkdirSync(plugins, { recursive: true });
  const writeBundle = (path, text) => {
    mkdirSync(dirname(join(plugins, path)), { recursive: true });
    writeFileSync(join(plugins, path), text);
  };
  for (const [path, text] of Object.entries(bundles)) writeBundle(path, text);
  const bff = await start({ config, plugins, state: join(home, 'state'), args });
  const port = Number(new URL(bff.url).port);

  /** Sends one request on a connection of its own; the target is sent unchanged. */
  const send = ({ tenant = 'localhost', session, headers = {}, ...rest }) => {
    const host = `${tenant}:${port}`;
    const unsafe = !['GET', 'HEAD', 'OPTIONS'].includes(rest.method ?? 'GET');
    return exchange(
      port,
      requestBytes({
        ...rest,
        headers: {
          Host: host,
          ...(session ? { Cookie: session.cookie } : {}),
          ...(session && unsafe ? { Origin: `http://${host}`, 'X-CSRF-Token': session.csrf } : {}),
          ...headers,
        },
      }),
    );
  };

  /** Opens a plugin's stream: see openStream. */
  const stream = ({ session, plugin, target, tenant = 'localhost', until, lastEventId }) => {
    const headers = {
      Host: `${tenant}:${port}`,
      Cookie: session.cookie,
      Accept: 'text/event-stream',
      ...(plugin ? { 'X-Plugin-Id': plugin } : {}),
      ...(lastEventId ? { 'Last-Event-ID': lastEventId } : {}),
    };
    return openStream(port, requestBytes({ target, headers }), { until });
  };

  const login = async (user, tenant = 'localhost') => {
    const response = await send({
      tenant,
      method: 'POST',
      target: '/auth/login',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ user, password: user }),
    });
    if (response.status !== 200) throw new Error(`login: ${response.status} ${response.text}`);
    const cookie = response.headers['set-cookie'].split(';')[0];
    return { cookie, csrf: response.json().csrf_token };
  };

  return {
    bff,
    port,
    /** The bearer token for operators' scripts, if the settings name its file. */
    operatorToken: () => readFileSync(join(home, 'state', 'operator.token'), 'utf8').trim(),
    send,
    stream,
    login,
    write,
    writeBundle,
    home,
    stop: async () => {
      await bff.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
