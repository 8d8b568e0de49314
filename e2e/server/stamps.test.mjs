// Stamps over raw sockets: which calls need one, the response to each invalid one, and when a page key ends.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openScriptPage } from 'portcullis/playwright';
import { recorder, SETTINGS, startLab } from '../lib/lab.mjs';

const plugin = (id, extra = {}) => ({
  id,
  version: '1.0.0',
  engine: { experience: '>=1.0.0' },
  bundle: { file: `/app/plugins/${id}/1.0.0/index.esm.js` },
  permissions: {
    api: ['GET', 'POST'].map((method) => ({ method, path: '/api/sales/*' })),
    sse: ['/events/orders'],
  },
  ...extra,
});

const OPERATOR_TOKEN = 'a token of sixteen or so';
let lab;
let upstream;
let spa;

before(async () => {
  upstream = await recorder();
  spa = mkdtempSync(join(tmpdir(), 'portcullis-spa-'));
  writeFileSync(join(spa, 'index.html'), '<!doctype html><html><head><title>x</title></head></html>');
  lab = await startLab({
    files: {
      'settings.yaml': {
        ...SETTINGS,
        stamps: 'required',
        operator_token_file: 'operator.token',
        tenants: { 'off.localhost': { stamps: 'off' }, 'optional.localhost': { stamps: 'optional' } },
      },
      'users.yaml': {
        users: ['viewer', 'operator'].map((user) => ({
          user,
          password: user,
          name: user,
          roles: [user],
          tenants: ['localhost', 'off.localhost', 'optional.localhost'],
          idp: 'lab',
        })),
      },
      'plugins.yaml': {
        tenants: {
          localhost: [plugin('sales'), plugin('other'), plugin('sick')],
          'off.localhost': [plugin('sales')],
          'optional.localhost': [plugin('sales')],
        },
      },
      'routes.yaml': {
        upstreams: { sales: { url: upstream.url } },
        routes: [
          { path: '/api/sales/*', methods: ['GET', 'POST'], upstream: 'sales' },
          { path: '/api/open/*', methods: ['GET'], upstream: 'sales', plugin: 'optional' },
          { path: '/events/orders', kind: 'sse', upstream: 'sales' },
        ],
      },
    },
    bundles: { 'sales/1.0.0/index.esm.js': 'export default {};' },
    args: ['--spa', spa],
  });
  mkdirSync(join(lab.home, 'state'), { recursive: true });
  writeFileSync(join(lab.home, 'state', 'operator.token'), OPERATOR_TOKEN, { mode: 0o600 });
});
after(async () => {
  await Promise.all([lab?.stop(), upstream?.close()]);
  rmSync(spa, { recursive: true, force: true });
});

const open = (user = 'viewer', tenant = 'localhost') => openScriptPage(lab.bff.url, user, { tenant });

/** Sends one request on a connection of its own with exactly these headers; returns its code, or ALLOWED. */
async function code({ method = 'GET', target, headers = {}, body }) {
  const answer = await lab.send({ method, target, headers, ...(body === undefined ? {} : { body }) });
  if (answer.status < 300) return 'ALLOWED';
  const problem = answer.json();
  if (problem.code.startsWith('STAMP_')) {
    assert.equal(answer.status, 403);
    assert.equal(answer.headers['x-stamp-violation'], '1');
  }
  return problem.code;
}

const without = ({ 'X-Plugin-Stamp': _, ...headers }) => headers;
const CALL = { target: '/api/sales/1', plugin: 'sales' };

test('accepts a valid stamp once, over any connection', async () => {
  const page = await open();
  const headers = page.headers(CALL);
  const codes = await Promise.all(Array.from({ length: 8 }, () => code({ target: CALL.target, headers })));
  assert.deepEqual(codes.sort(), ['ALLOWED', ...Array(7).fill('STAMP_REPLAYED')]);
  assert.equal(await code({ target: CALL.target, headers }), 'STAMP_REPLAYED');
});

test('accepts stamps out of order, within the window', async () => {
  const page = await open();
  const headers = Array.from({ length: 1026 }, () => page.headers(CALL));
  assert.equal(await code({ target: CALL.target, headers: headers[1025] }), 'ALLOWED');
  assert.equal(await code({ target: CALL.target, headers: headers[2] }), 'ALLOWED');
  assert.equal(await code({ target: CALL.target, headers: headers[1] }), 'STAMP_REPLAYED');
});

test('requires a stamp below /api and /access and on every route, from the host too', async () => {
  const page = await open();
  const json = { 'Content-Type': 'application/json' };
  for (const call of [
    CALL,
    { method: 'POST', target: '/api/sales/1', plugin: 'sales' },
    { target: '/api/open/1' },
    { target: '/api/open/1', plugin: 'sales' },
    { target: '/events/orders', plugin: 'sales' },
    { target: '/api/plugins/manifests' },
    { target: '/api/plugins/events' },
    { target: '/api/plugins/health/sales' },
    { method: 'POST', target: '/api/plugins/telemetry', plugin: 'sales' },
    { target: '/api/configs/ui' },
    { target: '/api/configs/stream' },
    { target: '/api/plugins/bundle?entry=sales&id=sales' },
    { method: 'POST', target: '/access/v1/evaluation' },
    { method: 'POST', target: '/access/v1/evaluations', plugin: 'sales' },
    { method: 'POST', target: '/api/plugins/page-key/renew' },
    { target: '/api/nothing' },
    { target: '/access/nothing' },
  ]) {
    const headers = { ...without(page.headers(call)), ...(call.method ? json : {}) };
    assert.equal(await code({ ...call, headers }), 'STAMP_REQUIRED', JSON.stringify(call));
  }
  assert.equal(
    await code({ target: '/api/plugins/manifests', headers: page.headers({ target: '/api/plugins/manifests' }) }),
    'ALLOWED',
  );
});

test('requires no stamp for browser loads, sign-in and sign-out, or an operator token', async () => {
  const page = await open();
  const cookie = { Cookie: page.cookie };
  const list = await page.send({ target: '/api/plugins/manifests' });
  const { url } = list.json().find(({ id }) => id === 'sales').bundle;
  assert.match(url, /&v=/);
  assert.equal(await code({ target: url, headers: cookie }), 'ALLOWED');
  assert.equal(await code({ target: '/', headers: {} }), 'ALLOWED');
  assert.equal(await code({ target: '/auth/session', headers: cookie }), 'ALLOWED');
  const bearer = { Authorization: `Bearer ${OPERATOR_TOKEN}` };
  assert.equal(await code({ target: '/api/plugins/quarantine', headers: bearer }), 'ALLOWED');
  assert.equal(await code({ target: '/api/plugins/quarantine', headers: cookie }), 'STAMP_REQUIRED');
  assert.equal(
    await code({
      method: 'POST',
      target: '/auth/logout',
      headers: without(page.headers({ method: 'POST', target: '/auth/logout' })),
    }),
    'ALLOWED',
  );
});

test('rejects a stamp of another call without using it up', async () => {
  const page = await open();
  const headers = page.headers(CALL);
  const stamp = headers['X-Plugin-Stamp'];
  const bare = without(headers);
  const refused = (call) => code({ target: CALL.target, headers, ...call });
  assert.equal(await refused({ headers: { ...headers, 'X-Plugin-Id': 'other' } }), 'STAMP_INVALID');
  assert.equal(await refused({ target: '/api/sales/2' }), 'STAMP_INVALID');
  assert.equal(await refused({ target: '/api/sales/1?x=1' }), 'STAMP_INVALID');
  assert.equal(await refused({ target: '/api/sales/1?' }), 'STAMP_INVALID');
  assert.equal(await refused({ target: '/api/sales/1/' }), 'STAMP_INVALID');
  const post = without(page.headers({ ...CALL, method: 'POST' }));
  assert.equal(await refused({ method: 'POST', headers: { ...post, 'X-Plugin-Stamp': stamp } }), 'STAMP_INVALID');
  assert.equal(await refused({ method: 'HEAD' }).catch(() => 'no body'), 'no body');
  // Without a plugin, where none is needed: a call of the host, which the stamp was not made for.
  const named = page.stamp({ target: '/api/open/1', plugin: 'sales' });
  const { 'X-Plugin-Id': _, ...nameless } = bare;
  assert.equal(
    await code({ target: '/api/open/1', headers: { ...nameless, 'X-Plugin-Stamp': named } }),
    'STAMP_INVALID',
  );
  for (const wrong of [
    `${stamp} `.trim().slice(1),
    `${stamp}x`,
    `${stamp}, ${stamp}`,
    [stamp, stamp],
    'v1',
    'null',
    `V1${stamp.slice(2)}`,
  ]) {
    assert.equal(
      await code({ target: CALL.target, headers: { ...bare, 'X-Plugin-Stamp': wrong } }),
      'STAMP_INVALID',
      String(wrong),
    );
  }
  const counted = stamp.replace(/\.(\d+)\./, (_all, n) => `.${Number(n) + 1}.`);
  assert.equal(await refused({ headers: { ...bare, 'X-Plugin-Stamp': counted } }), 'STAMP_INVALID');
  // The same canonical target in another notation is the same call.
  assert.equal(await refused({ target: '/api/./sales/%31' }), 'ALLOWED');
});

test('gives each session, page and tenant its own key', async () => {
  const page = await open();
  const other = await open('operator');
  const stamp = page.stamp(CALL);
  const headers = { ...without(other.headers(CALL)), 'X-Plugin-Stamp': stamp };
  assert.equal(await code({ target: CALL.target, headers }), 'STAMP_INVALID');
  assert.equal(
    await code({ target: CALL.target, headers: { ...without(page.headers(CALL)), 'X-Plugin-Stamp': stamp } }),
    'ALLOWED',
  );
});

test('issues a boot token to navigations only, valid for one exchange', async () => {
  const page = await open();
  const navigation = { 'Sec-Fetch-Dest': 'document', 'Sec-Fetch-Mode': 'navigate', 'Accept-Encoding': 'br, gzip' };
  const document = await lab.send({ target: '/any/page', headers: { ...navigation, Cookie: page.cookie } });
  const boot = /<head><meta name="portcullis-boot" content="([\w-]+)">/.exec(document.text)?.[1];
  assert.ok(boot);
  assert.equal(document.headers['cache-control'], 'no-store');
  assert.equal(document.headers['content-encoding'], undefined);
  for (const headers of [
    {},
    { 'Sec-Fetch-Dest': 'empty', 'Sec-Fetch-Mode': 'cors' },
    { 'Sec-Fetch-Dest': 'iframe', 'Sec-Fetch-Mode': 'navigate' },
    { ...navigation, 'Sec-Fetch-Dest': ['document', 'document'] },
    { ...navigation, 'Service-Worker-Navigation-Preload': 'true' },
  ]) {
    assert.doesNotMatch((await lab.send({ target: '/', headers })).text, /portcullis-boot/, JSON.stringify(headers));
  }
  const trade = (of, token, tenant) =>
    of.send({
      method: 'POST',
      target: '/api/plugins/page-key',
      body: { boot: token },
      ...(tenant ? { headers: { Host: tenant } } : {}),
    });
  const optional = await open('viewer', 'optional.localhost');
  assert.equal((await trade(optional, boot)).json().code, 'BOOT_TOKEN_REFUSED');
  const [one, two] = await Promise.all([trade(page, boot), trade(page, boot)]);
  assert.deepEqual([one.status, two.status].sort(), [200, 403]);
  const named = {
    ...without(page.headers({ method: 'POST', target: '/x', plugin: 'sales' })),
    'Content-Type': 'application/json',
  };
  assert.equal(
    await code({ method: 'POST', target: '/api/plugins/page-key', headers: named, body: '{"boot":"x"}' }),
    'PLUGIN_IDENTITY_REFUSED',
  );
});

test('binds a boot token to the session that its document was requested in', async () => {
  const page = await open();
  const navigation = { 'Sec-Fetch-Dest': 'document', 'Sec-Fetch-Mode': 'navigate' };
  const tokenFor = async (headers) => {
    const { text } = await lab.send({ target: '/', headers: { ...navigation, ...headers } });
    return /<head><meta name="portcullis-boot" content="([\w-]*)">/.exec(text)?.[1] ?? assert.fail(text);
  };
  const trade = async (of, boot) =>
    (await of.send({ method: 'POST', target: '/api/plugins/page-key', body: { boot } })).json().code ?? 'ALLOWED';
  // Nobody's machine gets none: without a cookie, or with one that is not a session's of this tenant.
  const elsewhere = await open('viewer', 'optional.localhost');
  for (const headers of [{}, { Cookie: `__Host-portcullis=${'A'.repeat(43)}` }, { Cookie: elsewhere.cookie }]) {
    assert.equal(await tokenFor(headers), '', JSON.stringify(headers));
  }
  // A token of any other session is refused, also of the same account, and is still good in its own.
  for (const user of ['viewer', 'operator']) {
    const other = await open(user);
    const boot = await tokenFor({ Cookie: other.cookie });
    assert.equal(await trade(page, boot), 'BOOT_TOKEN_REFUSED', user);
    assert.equal(await trade(other, boot), 'ALLOWED', user);
  }
  // It ends with its session.
  const late = await tokenFor({ Cookie: page.cookie });
  assert.equal((await page.send({ method: 'POST', target: '/auth/logout' })).status, 204);
  assert.equal(await tokenFor({ Cookie: page.cookie }), '');
  assert.equal(await trade(await open(), late), 'BOOT_TOKEN_REFUSED');
});

test("invalidates a plugin's earlier stamps through its quarantine", async () => {
  const page = await open();
  const call = { target: '/api/sales/1', plugin: 'sick' };
  const hoarded = Array.from({ length: 3 }, () => page.headers(call));
  const bearer = { Authorization: `Bearer ${OPERATOR_TOKEN}` };
  const operate = (verb) => code({ method: 'POST', target: `/api/plugins/${verb}/sick`, headers: bearer });
  assert.equal(await code({ target: call.target, headers: hoarded[0] }), 'ALLOWED');
  assert.equal(await operate('quarantine'), 'ALLOWED');
  assert.equal(await code({ target: call.target, headers: hoarded[1] }), 'PLUGIN_QUARANTINED');
  assert.equal(await operate('unquarantine'), 'ALLOWED');
  assert.equal(await code({ target: call.target, headers: hoarded[2] }), 'STAMP_INVALID');
  assert.equal(await code({ target: call.target, headers: page.headers(call) }), 'STAMP_INVALID');
  // The other plugins and the host are not affected; a renewed key is fully valid.
  assert.equal(await code({ target: CALL.target, headers: page.headers(CALL) }), 'ALLOWED');
  const renewed = await page.renew();
  assert.equal(await code({ target: call.target, headers: renewed.headers(call) }), 'ALLOWED');
  assert.equal(await code({ target: CALL.target, headers: page.headers(CALL) }), 'STAMP_INVALID');
});

test('rejects stamps of a suspended page, and permanently of a released one', async () => {
  const page = await open();
  const allowed = () => code({ target: CALL.target, headers: page.headers(CALL) });
  assert.equal(await allowed(), 'ALLOWED');
  assert.equal((await page.change('suspend', 1)).status, 204);
  assert.equal(await allowed(), 'STAMP_INVALID');
  assert.equal((await page.change('resume', 2)).status, 204);
  assert.equal(await allowed(), 'ALLOWED');
  assert.equal((await page.change('suspend', 1)).status, 204); // outdated by a later step
  assert.equal(await allowed(), 'ALLOWED');
  assert.equal((await page.change('release', 3)).status, 204);
  assert.equal((await page.change('release', 3)).status, 204);
  assert.equal(await allowed(), 'STAMP_INVALID');
  assert.equal((await page.change('resume', 4)).json().code, 'STAMP_INVALID');
});

test('ends keys with their session and with the server', async () => {
  const page = await open();
  const headers = page.headers(CALL);
  assert.equal((await page.send({ method: 'POST', target: '/auth/logout' })).status, 204);
  assert.equal(await code({ target: CALL.target, headers }), 'SESSION_REQUIRED');
});

test('lets a tenant make stamps optional or turn them off', async () => {
  const optional = await open('viewer', 'optional.localhost');
  const headers = optional.headers(CALL);
  assert.equal(await code({ target: CALL.target, headers: without(headers) }), 'ALLOWED');
  assert.equal(await code({ target: CALL.target, headers }), 'ALLOWED');
  assert.equal(await code({ target: CALL.target, headers }), 'STAMP_REPLAYED');
  const off = await open('viewer', 'off.localhost');
  assert.equal(off.keyId, null);
  const plain = { ...off.headers(CALL), 'X-Plugin-Stamp': 'whatever' };
  assert.equal(await code({ target: CALL.target, headers: plain }), 'ALLOWED');
});

test('forwards no stamp to an upstream, and no stamp header from one', async () => {
  const page = await open();
  upstream.seen.length = 0;
  assert.equal(await code({ target: CALL.target, headers: page.headers(CALL) }), 'ALLOWED');
  assert.equal(upstream.seen.at(-1).headers['x-plugin-stamp'], undefined);
  assert.equal(upstream.seen.at(-1).headers['x-plugin-id'], 'sales');
});

test('never answers another call from a cached stamped response', async () => {
  const page = await open();
  const answer = await page.send(CALL);
  assert.match(answer.headers.vary, /X-Plugin-Stamp/);
  assert.match((await page.send({ target: '/api/plugins/manifests' })).headers.vary, /X-Plugin-Stamp/);
});
