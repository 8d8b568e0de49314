// The security headers of every kind of response. Google's csp_evaluator must find nothing of medium severity or
// above in any policy except `'self'`, because the server controls what this origin hosts.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { converse, hostileLab, plugin } from '../lib/hostile.mjs';
import { recorder, SETTINGS } from '../lib/lab.mjs';

const require = createRequire(import.meta.url);
const { CspEvaluator } = require('csp_evaluator/dist/evaluator.js');
const { CspParser } = require('csp_evaluator/dist/parser.js');
const { Severity } = require('csp_evaluator/dist/finding.js');

const RULES = ['app/*', 'lab/*', 'gone/*', 'nowhere'].map((path) => ({ method: 'GET', path: `/api/${path}` }));
const MAP = '<script type="importmap">{"imports":{}}</script>';
let lab;
let upstream;
let site;

before(async () => {
  site = mkdtempSync(join(tmpdir(), 'portcullis-site-'));
  mkdirSync(join(site, 'assets'));
  writeFileSync(join(site, 'index.html'), `<!doctype html><head>${MAP}</head>`);
  writeFileSync(join(site, 'assets', 'app-12345678.js'), '1');
  upstream = await recorder({
    answer: (req, res) => {
      const [, status, type] = /\/(\d{3})\/(\w+)$/.exec(req.url) ?? [];
      const types = {
        json: 'application/json',
        html: 'text/html',
        script: 'text/javascript',
        stream: 'text/event-stream',
      };
      res.writeHead(Number(status ?? 200), {
        'Content-Type': types[type] ?? 'application/json',
        'Content-Security-Policy': "default-src *; script-src * 'unsafe-inline'",
        'Cross-Origin-Opener-Policy': 'unsafe-none',
        'Cross-Origin-Resource-Policy': 'cross-origin',
        'Permissions-Policy': 'camera=*',
      });
      res.end(type === 'stream' ? 'data: x\n\n' : '{}');
    },
  });
  lab = await hostileLab({
    upstream,
    settings: {
      ...SETTINGS,
      spa: { root: site },
      limits: { connections: 40, connections_per_address: 40 },
      security: { style_hashes: ['sha256-gYiS/BvZvRcK27JIXTuwhZ3hs2+VJ1X+2gUlE+farlg='] },
    },
    files: {
      'fixtures.yaml': {
        fixtures: {
          page: { responses: [{ path: '/api/lab/*', content_type: 'text/html', body: '<p>x' }] },
        },
      },
      'routes.yaml': {
        upstreams: { app: { url: upstream.url }, gone: { url: 'http://127.0.0.1:9' } },
        routes: [
          { path: '/api/app/*', methods: ['GET'], upstream: 'app' },
          { path: '/events/app/*', kind: 'sse', upstream: 'app' },
          { path: '/api/lab/*', methods: ['GET'], fixture: 'page' },
          { path: '/api/gone/*', methods: ['GET'], upstream: 'gone' },
        ],
      },
      'plugins.yaml': {
        tenants: {
          localhost: [
            plugin('app', { permissions: { api: RULES, sse: ['/events/app'] } }),
            plugin('slow', { rate: { per_second: 0.001, burst: 1 } }),
          ],
        },
      },
    },
    bundles: { 'app/1.0.0/index.esm.js': 'export default {};' },
    args: ['--pdp-port', '0'],
  });
});
after(async () => {
  await lab?.stop();
  await upstream?.close();
  rmSync(site, { recursive: true, force: true });
});

const bundleOf = (lab_) => lab_.send({ session: lab_.session, target: '/api/plugins/bundle?entry=app&id=app' });
const get = (target, rest = {}) => lab.send({ session: lab.session, target, ...rest });
const asApp = (target, headers = {}) => get(target, { headers: { 'X-Plugin-Id': 'app', ...headers } });
const raw = async (bytes) => {
  const { answers } = await converse(lab.port, bytes, { count: 1 });
  return answers[0];
};
/** The response of another listener of the server. */
const elsewhere = async (url, path) => {
  const response = await fetch(new URL(path, url));
  return { status: response.status, headers: Object.fromEntries(response.headers) };
};

/** Uses up every connection, so that the next one exceeds the limit. */
async function overLimit() {
  const held = [];
  try {
    for (let n = 0; n < 100; n++) {
      const socket = connect({ port: lab.port, host: '127.0.0.1' });
      held.push(socket);
      socket.on('error', () => {});
      socket.write(`GET /auth/session HTTP/1.1\r\nHost: ${lab.host}\r\n\r\n`);
      const text = await new Promise((resolve) => socket.once('data', (chunk) => resolve(chunk.toString('latin1'))));
      if (!text.startsWith('HTTP/1.1 503')) continue;
      const lines = text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n').slice(1);
      const pairs = lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]);
      return { status: 503, headers: Object.fromEntries(pairs) };
    }
  } finally {
    for (const socket of held) socket.destroy();
  }
  return { status: 0, headers: {} };
}

// Each kind of response, with its status. `kind`: page (a document of this origin, or anything under its policy),
// sandbox (an upstream's document), plain (a listener that serves no browser).
const KINDS = [
  ['document', 200, 'page', () => get('/')],
  ['document of a page within the app', 200, 'page', () => get('/some/page')],
  ['document without a session', 200, 'page', () => get('/', { session: undefined })],
  ['asset', 200, 'page', () => get('/assets/app-12345678.js')],
  ['asset that is not there', 404, 'page', () => get('/assets/none.js')],
  ['bundle', 200, 'page', () => bundleOf(lab)],
  [
    'bundle that is not modified',
    304,
    'page',
    async () => {
      const { headers } = await bundleOf(lab);
      return get('/api/plugins/bundle?entry=app&id=app', { headers: { 'If-None-Match': headers.etag } });
    },
  ],
  ['bundle for another id', 400, 'page', () => get('/api/plugins/bundle?entry=app&id=slow')],
  ['manifests', 200, 'page', () => get('/api/plugins/manifests')],
  ['theme', 200, 'page', () => get('/api/configs/ui')],
  ['session', 200, 'page', () => get('/auth/session')],
  ['options', 204, 'page', () => get('/auth/session', { method: 'OPTIONS' })],
  ['head', 200, 'page', () => get('/auth/session', { method: 'HEAD' })],
  ['no session', 401, 'page', () => get('/api/plugins/manifests', { session: undefined })],
  ['no plugin', 403, 'page', () => get('/api/app/200/json')],
  ['no CSRF token', 403, 'page', () => get('/auth/logout', { method: 'POST', headers: { 'X-CSRF-Token': 'x' } })],
  ['no rule', 403, 'page', () => get('/api/lab/x', { headers: { 'X-Plugin-Id': 'slow' } })],
  ['no operator', 403, 'page', () => get('/api/plugins/refresh', { method: 'POST' })],
  ['no route', 404, 'page', () => asApp('/api/nowhere')],
  ['no such method', 405, 'page', () => get('/auth/session', { method: 'PUT' })],
  ['no such tenant', 421, 'page', () => get('/', { headers: { Host: 'other.test' } })],
  ['no such method anywhere', 501, 'page', () => get('/auth/session', { method: 'PROPFIND' })],
  ['a refusal for a person', 421, 'plain', () => get('/', { headers: { Host: 'other.test', Accept: 'text/html' } })],
  ['a WebSocket', 501, 'page', () => get('/auth/session', { headers: { Upgrade: 'websocket' } })],
  ['a part of a file', 206, 'page', () => get('/assets/app-12345678.js', { headers: { Range: 'bytes=0-0' } })],
  ['no part of a file', 416, 'page', () => get('/assets/app-12345678.js', { headers: { Range: 'bytes=9-' } })],
  [
    'too often',
    429,
    'page',
    async () => {
      const slow = { headers: { 'X-Plugin-Id': 'slow' } };
      await get('/api/app/200/json', slow);
      return get('/api/app/200/json', slow);
    },
  ],
  ['no HTTP', 400, 'page', () => raw('GARBAGE\r\n\r\n')],
  ['an invalid path', 400, 'page', () => get('/api/app/..%2fx')],
  [
    'a head that is too large',
    431,
    'page',
    () => raw(`GET / HTTP/1.1\r\nHost: ${lab.host}\r\nX-A: ${'a'.repeat(40_000)}\r\n\r\n`),
  ],
  ['connections over the limit', 503, 'plain', overLimit],
  ['proxied JSON', 200, 'page', () => asApp('/api/app/200/json')],
  ['proxied HTML', 200, 'sandbox', () => asApp('/api/app/200/html')],
  ['proxied script', 200, 'sandbox', () => asApp('/api/app/200/script')],
  ['proxied error', 500, 'page', () => asApp('/api/app/500/json')],
  ['proxied error page', 502, 'sandbox', () => asApp('/api/app/502/html')],
  ['proxied stream on a route of another kind', 502, 'page', () => asApp('/api/app/200/stream')],
  ['upstream that is away', 502, 'page', () => asApp('/api/gone/x')],
  ['fixture of HTML', 200, 'sandbox', () => asApp('/api/lab/x')],
  ['stream', 200, 'page', () => asApp('/events/app/200/stream', { Accept: 'text/event-stream' })],
  ['metrics', 200, 'plain', () => elsewhere(lab.bff.metricsUrl, '/metrics')],
  ['health', 200, 'plain', () => elsewhere(lab.bff.metricsUrl, '/healthz')],
  ['nothing on the metrics listener', 404, 'plain', () => elsewhere(lab.bff.metricsUrl, '/nothing')],
  ['metadata of the PDP', 200, 'plain', () => elsewhere(lab.bff.pdpUrl, '/.well-known/authzen-configuration')],
  ['nothing on the listener of the PDP', 404, 'plain', () => elsewhere(lab.bff.pdpUrl, '/nothing')],
];

const POLICIES = {
  page: /^default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'sha256-[\w+/=]{44}'; .*frame-ancestors 'none'; .*require-trusted-types-for 'script'; trusted-types portcullis-gate$/,
  sandbox: /^sandbox; default-src 'none'; .*frame-ancestors 'none'/,
  plain: /^default-src 'none'; .*frame-ancestors 'none'/,
};

/** The findings of csp_evaluator, without `'self'`, which a page needs. */
function findings(policy) {
  const all = policy.split(', ').flatMap((one) => new CspEvaluator(new CspParser(one).csp).evaluate());
  return all
    .filter(({ severity, value }) => severity <= Severity.MEDIUM_MAYBE && value !== "'self'")
    .map(({ directive, value, description }) => `${directive} ${value}: ${description}`);
}

for (const [name, status, kind, ask] of KINDS) {
  test(`${status}, ${name}: sends the headers of a ${kind} response`, async () => {
    const answer = await ask();
    const { headers } = answer;
    assert.equal(answer.status, status);
    const policy = headers['content-security-policy'] ?? '';
    assert.match(policy, POLICIES[kind]);
    assert.deepEqual(findings(policy), []);
    assert.doesNotMatch(policy, /'unsafe-eval'|script-src[^;]*'unsafe-inline'|\*/);
    assert.equal(headers['cross-origin-opener-policy'], 'noopener-allow-popups');
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
    assert.match(headers['permissions-policy'] ?? '', /camera=\(\).*geolocation=\(\).*microphone=\(\)/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.match(headers['referrer-policy'] ?? '', /^(same-origin|no-referrer)$/);
    if (kind === 'page' && name.startsWith('document')) assert.equal(headers['cache-control'], 'no-store');
  });
}

// Documents are sandboxed without popups where stamps are required, unless the settings say otherwise; no other
// response is.
const SANDBOX =
  'sandbox allow-scripts allow-same-origin allow-forms allow-modals allow-downloads ' +
  'allow-pointer-lock allow-orientation-lock allow-top-navigation-to-custom-protocols';
for (const [stamps, popups, refused] of [
  ['required', undefined, true],
  ['required', 'allow', false],
  ['optional', undefined, false],
  ['optional', 'refuse', true],
]) {
  test(`stamps ${stamps}, popups ${popups ?? 'not said'}: documents ${refused ? 'have' : 'have no'} sandbox`, async () => {
    const security = popups === undefined ? {} : { security: { popups } };
    const own = await hostileLab({ upstream, settings: { ...SETTINGS, spa: { root: site }, stamps, ...security } });
    try {
      const policies = async (target, headers = {}) => {
        const answer = await own.send({ session: own.session, target, headers });
        // The two lines of one field, joined as by a client.
        const all = (answer.headers['content-security-policy'] ?? '').split(', ');
        assert.match(all.find((one) => !one.startsWith('sandbox')) ?? '', POLICIES.page);
        return all.filter((one) => one.startsWith('sandbox'));
      };
      const navigation = { 'Sec-Fetch-Dest': 'document', 'Sec-Fetch-Mode': 'navigate' };
      for (const target of ['/', '/some/page']) {
        assert.deepEqual(await policies(target), refused ? [SANDBOX] : [], target);
        assert.deepEqual(await policies(target, navigation), refused ? [SANDBOX] : [], target);
      }
      for (const target of ['/assets/app-12345678.js', '/auth/session', '/api/nowhere']) {
        assert.deepEqual(await policies(target), [], target);
      }
    } finally {
      await own.stop();
    }
  });
}

test('detects a weak policy with csp_evaluator', () => {
  for (const policy of [
    'sandbox',
    "default-src 'self' 'unsafe-inline'",
    "script-src 'self' https:; object-src 'none'",
  ]) {
    assert.notDeepEqual(findings(policy), [], policy);
  }
});
