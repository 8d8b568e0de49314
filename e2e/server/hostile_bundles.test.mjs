// The bundle endpoint under attacks on caches and on the file system.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { cleanup } from '../lib/cleanup.mjs';
import { converse, hostileLab, plugin, rawUpstream } from '../lib/hostile.mjs';
import { until } from '../lib/load.mjs';

const CODE = `export const widgets = {}; // ${'x'.repeat(2000)}\n`;
const SECRET = 'export const secret = "TREASURE";\n';
const hex = (text) => createHash('sha256').update(text).digest('hex');
const bundlePath = (id) => `${id}/1.0.0/index.esm.js`;

let upstream;
let lab;
let url;

before(async () => {
  upstream = await rawUpstream();
  lab = await hostileLab({
    upstream,
    bundles: { [bundlePath('app')]: CODE, [bundlePath('other')]: 'export const other = 1;\n' },
  });
  url = `/api/plugins/bundle?entry=app&id=app&v=${hex(CODE)}`;
});
after(() => Promise.all([lab?.stop(), upstream?.close()]));

const get = (target, headers = {}, extra = {}) => lab.send({ target, session: lab.session, headers, ...extra });
const cacheable = ({ headers }) => /max-age|immutable|public|s-maxage/.test(headers['cache-control'] ?? '');

/** Repeats an action, interleaved with everything else, until the returned function is called. */
function meanwhile(change) {
  let running = true;
  const work = (async () => {
    for (let n = 0; running; n++) {
      change(n);
      await new Promise(setImmediate);
    }
  })();
  work.catch(() => {});
  return () => {
    running = false;
    return work;
  };
}

test('lets only the content-addressed URL be cached, and only by the browser', async () => {
  const pinned = await get(url);
  assert.deepEqual([pinned.status, pinned.text], [200, CODE]);
  assert.equal(pinned.headers['cache-control'], 'private, max-age=31536000, immutable');
  assert.equal(pinned.headers.etag, `"sha256-${hex(CODE)}"`);
  const vary = pinned.headers.vary.split(', ').sort();
  assert.deepEqual(vary, ['Accept-Encoding', 'Cookie', 'X-Plugin-Id', 'X-Plugin-Stamp']);
  assert.equal((await get('/api/plugins/bundle?entry=app&id=app')).headers['cache-control'], 'private, no-cache');
});

test('refuses an ambiguous URL, and lets no refusal be cached', async () => {
  const v = hex(CODE);
  for (const [query, status] of [
    ['', 400],
    ['entry=app', 400],
    ['id=app', 400],
    ['entry=app&id=other', 400],
    ['entry=other&id=app', 400],
    ['entry=app&id=app&id=other', 400],
    ['entry=app&entry=other&id=app', 400],
    ['entry=app&entry=app&id=app&id=app', 400],
    ['entry=app&id=app&%69d=other', 400],
    ['entry=app&id=app&v=&v=', 400],
    [`entry=app&id=app&v=${v}&v=${v}`, 400],
    [`entry=app&id=app&v=${v}&%76=${'0'.repeat(64)}`, 400],
    ['entry[]=app&id[]=app', 400],
    ['entry=&id=', 400],
    ['ENTRY=app&ID=app', 400],
    ['entry=app;id=app', 400],
    ['entry=App&id=App', 403],
    ['entry=app%00&id=app%00', 403],
    ['entry=../other&id=../other', 403],
    ['entry=acme&id=acme', 403],
    ['entry=app%20&id=app%20', 403],
    ['entry=app&id=app&v=', 404],
    [`entry=app&id=app&v=${v.toUpperCase()}`, 404],
    [`entry=app&id=app&v=${v.slice(0, 63)}`, 404],
    [`entry=app&id=app&v=${v}0`, 404],
    [`entry=app&id=app&v=sha256-${v}`, 404],
    [`entry=app&id=app&v=${hex('export const other = 1;\n')}`, 404],
    [`entry=other&id=other&v=${v}`, 404],
  ]) {
    const answer = await get(`/api/plugins/bundle?${query}`);
    assert.equal(answer.status, status, `${query}: ${answer.text}`);
    assert.equal(answer.headers['cache-control'], 'no-store', query);
    assert.equal(answer.headers.etag, undefined, query);
    assert.match(answer.headers['content-type'], /^application\/problem\+json/, query);
    assert.doesNotMatch(
      answer.text,
      /widgets|\/plugins\/(app|other)\/|portcullis-lab/,
      'neither bytes nor server paths',
    );
  }
});

test('ignores unknown parameters', async () => {
  for (const extra of ['&utm=1', '&cb=%3Cscript%3E', '&callback=alert', '&r=1', '&', '&&a']) {
    const answer = await get(`${url}${extra}`);
    assert.deepEqual([answer.status, answer.text], [200, CODE], extra);
  }
});

test('ignores headers that are not part of the cache key', async () => {
  const fields = ['X-Forwarded-Host', 'X-Forwarded-Scheme', 'X-Original-URL', 'X-Rewrite-URL', 'X-Host', 'Range'];
  const plain = await get(url);
  for (const name of [...fields, 'If-Range', 'X-HTTP-Method-Override', 'Accept', 'Forwarded', 'Origin']) {
    const { status, text, headers } = await get(url, { [name]: 'evil.example' });
    assert.deepEqual([status, text], [200, CODE], name);
    const same = ({ date: _, 'x-request-id': __, ...rest }) => rest;
    assert.deepEqual(same(headers), same(plain.headers), name);
  }
});

test('judges every request before it answers If-None-Match', async () => {
  const etag = `"sha256-${hex(CODE)}"`;
  for (const value of [etag, `W/${etag}`, `"a", ${etag}`, '*', [`"a"`, etag]]) {
    const answer = await get(url, { 'If-None-Match': value });
    assert.deepEqual([answer.status, answer.text], [304, ''], `${value}`);
    assert.equal(answer.headers.etag, etag);
    assert.match(answer.headers.vary, /Cookie/);
  }
  for (const value of ['"a"', etag.slice(1, -1), `'${etag.slice(1, -1)}'`, `"${hex(CODE)}"`]) {
    assert.equal((await get(url, { 'If-None-Match': value })).status, 200, value);
  }
  const held = { 'If-None-Match': etag };
  assert.equal((await lab.send({ target: url, headers: held })).status, 401, 'no session');
  assert.equal(
    (await lab.send({ target: url, headers: held, session: lab.session, tenant: 'acme.localhost' })).status,
    401,
  );
  assert.equal((await get(url, { ...held, 'Sec-Fetch-Dest': 'serviceworker' })).status, 403);
  assert.equal((await get(url, { ...held, 'Service-Worker': 'script' })).status, 403);
  assert.equal((await get(url, { ...held, 'X-Plugin-Id': 'other' })).status, 403, 'a plugin has no rule for it');
  const operator = await lab.login('operator');
  const quarantine = (verb) => lab.send({ method: 'POST', target: `/api/plugins/${verb}/app`, session: operator });
  assert.equal((await quarantine('quarantine')).status, 200);
  const blocked = await get(url, held);
  assert.deepEqual([blocked.status, blocked.headers['x-plugin-quarantined']], [403, '1']);
  assert.equal((await quarantine('unquarantine')).status, 200);
});

test('gives each encoding its own cache entry and the same decoded content', async () => {
  for (const [accept, unpack] of [
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
    ['gzip;q=0, br;q=0', (bytes) => bytes],
    ['evil', (bytes) => bytes],
  ]) {
    const head = `GET ${url} HTTP/1.1\r\nHost: ${lab.host}\r\nCookie: ${lab.session.cookie}\r\nAccept-Encoding: ${accept}\r\n\r\n`;
    const { answers } = await converse(lab.port, head, { count: 1 });
    assert.equal(unpack(Buffer.from(answers[0].body, 'latin1')).toString(), CODE, accept);
    assert.match(answers[0].headers.vary, /Accept-Encoding/, accept);
  }
});

test('does not follow links out of the root or reveal what is there', async (t) => {
  const ids = ['file', 'folder', 'chain', 'absolute', 'fifo', 'root'];
  const small = await hostileLab({
    upstream,
    files: { 'plugins.yaml': { tenants: { localhost: ids.map((id) => plugin(id)) } } },
  });
  cleanup(t, () => small.stop());
  const root = join(small.home, 'plugins');
  const outside = join(small.home, 'outside');
  mkdirSync(outside, { recursive: true });
  writeFileSync(join(outside, 'index.esm.js'), SECRET);
  for (const id of ids.filter((id) => id !== 'folder' && id !== 'root'))
    mkdirSync(join(root, id, '1.0.0'), { recursive: true });
  symlinkSync('../../../outside/index.esm.js', join(root, bundlePath('file')));
  mkdirSync(join(root, 'folder'), { recursive: true });
  symlinkSync('../../outside', join(root, 'folder', '1.0.0'));
  symlinkSync('../../file/1.0.0/index.esm.js', join(root, bundlePath('chain')));
  symlinkSync(join(outside, 'index.esm.js'), join(root, bundlePath('absolute')));
  symlinkSync('/proc/self/environ', join(root, bundlePath('fifo')));
  symlinkSync('/', join(root, 'root'));
  const operator = await small.login('operator');
  await small.send({ method: 'POST', target: '/api/plugins/refresh', session: operator });
  for (const id of ids) {
    const answer = await small.send({ target: `/api/plugins/bundle?entry=${id}&id=${id}`, session: small.session });
    assert.ok([403, 404, 409].includes(answer.status), `${id}: ${answer.status}`);
    assert.doesNotMatch(answer.text, /TREASURE|PATH=|outside\//, id);
  }
});

test('sends its own bytes or none when a folder is swapped for a link during a read', async (t) => {
  const small = await hostileLab({ upstream, bundles: { [bundlePath('app')]: CODE } });
  cleanup(t, () => small.stop());
  const root = join(small.home, 'plugins');
  // `app` becomes a link that atomically alternates between a folder below the root and one outside.
  const inside = join(root, 'inside', '1.0.0');
  const outside = join(small.home, 'outside', '1.0.0');
  for (const [folder, text] of [
    [inside, CODE],
    [outside, SECRET],
  ]) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'index.esm.js'), text);
  }
  renameSync(join(root, 'app'), join(root, 'was'));
  const flip = (target) => {
    symlinkSync(target, join(root, 'next'));
    renameSync(join(root, 'next'), join(root, 'app'));
  };
  flip('inside');
  const operator = await small.login('operator');
  const stop = meanwhile((n) => flip(n % 2 ? 'inside' : '../outside'));
  cleanup(t, stop);
  for (let round = 0; round < 60; round++) {
    // A refresh hashes what is there again: if that were ever the outside file, its bytes would be served.
    const [, manifests, ...bundles] = await Promise.all([
      small.send({ method: 'POST', target: '/api/plugins/refresh', session: operator }),
      small.send({ target: '/api/plugins/manifests', session: small.session }),
      ...[1, 2, 3, 4].map(() => small.send({ target: '/api/plugins/bundle?entry=app&id=app', session: small.session })),
    ]);
    const secret = createHash('sha256').update(SECRET).digest('base64');
    assert.ok(!manifests.text.includes(secret) && !manifests.text.includes(hex(SECRET)));
    for (const { status, text, headers } of bundles) {
      assert.doesNotMatch(text, /TREASURE/);
      if (status === 200) {
        assert.equal(text, CODE);
        assert.equal(headers.etag, `"sha256-${hex(text)}"`);
      } else {
        assert.ok([403, 404, 409].includes(status), `${status} ${text}`);
        assert.ok(!cacheable({ headers }), 'no refusal is kept');
      }
    }
  }
  await stop();
  // And without races, one after the other.
  const bundle = () => small.send({ target: '/api/plugins/bundle?entry=app&id=app', session: small.session });
  flip('inside');
  await small.send({ method: 'POST', target: '/api/plugins/refresh', session: operator });
  assert.equal((await bundle()).text, CODE);
  flip('../outside');
  // The folder is checked every 100 ms; until then the hashed bytes are served.
  const refused = await until(async () => {
    const answer = await bundle();
    return answer.status === 200 ? void assert.equal(answer.text, CODE) : answer;
  }, 'the link is seen');
  assert.equal(refused.json().code, 'BUNDLE_OUTSIDE_ROOT');
  flip('inside');
  assert.equal((await bundle()).text, CODE);
});

test("never sends changed bytes under another content's hash", async (t) => {
  const small = await hostileLab({ upstream, bundles: { [bundlePath('app')]: CODE } });
  cleanup(t, () => small.stop());
  const path = join(small.home, 'plugins', bundlePath('app'));
  const versions = Array.from({ length: 8 }, (_, n) => `export const n = ${n}; // ${String(n).repeat(50_000)}\n`);
  // Written in place, so that a mixture of two versions can be read.
  const stop = meanwhile((n) => writeFileSync(path, versions[n % 8]));
  cleanup(t, stop);
  const operator = await small.login('operator');
  for (let round = 0; round < 60; round++) {
    if (round % 5 === 0) await small.send({ method: 'POST', target: '/api/plugins/refresh', session: operator });
    const { status, text, headers } = await small.send({
      target: '/api/plugins/bundle?entry=app&id=app',
      session: small.session,
    });
    if (status === 200) assert.equal(headers.etag, `"sha256-${hex(text)}"`);
    else assert.ok([404, 409].includes(status), `${status}`);
  }
  await stop();
});
