// The built page: path resolution, caching, ranges, and how a new build replaces one that is in use.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cleanup } from '../lib/cleanup.mjs';
import { SETTINGS, startLab } from '../lib/lab.mjs';
import { exchange } from '../lib/raw_http.mjs';

const NAVIGATION = { 'Sec-Fetch-Dest': 'document', 'Sec-Fetch-Mode': 'navigate', Accept: 'text/html,*/*;q=0.8' };
const BYTES = '0123456789'.repeat(100);
const script = 'globalThis.ran = true;\n';
let folder;
let lab;

function put(files, root = folder) {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
}
const labOf = (root, settings = {}) =>
  startLab({
    files: {
      'settings.yaml': { ...SETTINGS, operator_token_file: 'operator.token', spa: { root, ...settings } },
      'plugins.yaml': { tenants: { localhost: [] } },
    },
  });
async function until(what, work) {
  const end = Date.now() + 15_000;
  for (;;) {
    if (await work()) return;
    if (Date.now() > end) throw new Error(`${what}: not in time`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-site-'));
  put({
    'index.html': `<!doctype html><head><script>${script}</script></head><title>host page</title>`,
    'help/index.html': '<title>help</title>',
    'assets/index-uzVmdSAR.js': BYTES,
    'assets/app-settings.json': '{}',
    'assets/theme-defaults.css': 'a{}',
    'media/intro.mp4': BYTES,
    '.well-known/assetlinks.json': '[]',
    '.env': 'SECRET=1',
    '.vite/manifest.json': JSON.stringify({ 'index.html': { file: 'assets/index-uzVmdSAR.js', name: 'index' } }),
  });
  lab = await labOf(folder);
});
after(async () => {
  await lab?.stop();
  rmSync(folder, { recursive: true, force: true });
});
const get = (target, headers = {}, method = 'GET') => lab.send({ target, headers, method });

describe('path resolution', () => {
  test('serves the page to a navigation with a dot in its address', async () => {
    for (const target of ['/plugins/crm/jane.doe@example.com', '/plugins/x/2.4?tab=1', '/plugins/x/[draft].v1']) {
      const page = await get(target, NAVIGATION);
      assert.equal(page.status, 200, target);
      assert.match(page.text, /host page/);
      assert.match(page.headers.vary, /Sec-Fetch-Dest/);
      assert.equal((await get(target, { Accept: 'text/html' })).status, 200, target);
      assert.equal((await get(target, { 'Sec-Fetch-Dest': 'script', Accept: '*/*' })).status, 404, target);
      assert.equal((await get(target)).status, 404, target);
    }
  });

  test('answers 404 to everybody for a missing file', async () => {
    for (const target of [
      '/assets/app-1.js',
      '/vendor/none.js',
      '/.well-known/change-password',
      '/.env',
      '/.vite/manifest.json',
    ]) {
      for (const headers of [{}, NAVIGATION]) {
        const { status, text } = await get(target, headers);
        assert.equal(status, 404, target);
        assert.doesNotMatch(text, /SECRET|host page/);
      }
    }
    assert.equal((await get('/.well-known/assetlinks.json')).text, '[]');
  });

  test("serves a folder's own index.html after a slash", async () => {
    assert.match((await get('/help/')).text, /<title>help/);
    const { status, headers } = await get('/help?a=1');
    assert.deepEqual([status, headers.location, headers['cache-control']], [308, '/help/?a=1', 'no-store']);
  });
});

test('marks only files with a hash from the build manifest as immutable', async () => {
  const control = async (target) => (await get(target)).headers['cache-control'];
  assert.equal(await control('/assets/index-uzVmdSAR.js'), 'public, max-age=31536000, immutable');
  for (const name of ['app-settings.json', 'theme-defaults.css'])
    assert.equal(await control(`/assets/${name}`), 'no-cache');
});

describe('ranges and conditions', () => {
  test('answers one range with 206, of the uncompressed file', async () => {
    const { status, headers, text } = await get('/media/intro.mp4', { Range: 'bytes=0-1' });
    assert.equal(status, 206);
    assert.equal(text, '01');
    assert.equal(headers['content-range'], 'bytes 0-1/1000');
    assert.equal(headers['content-type'], 'video/mp4');
    assert.equal(headers['accept-ranges'], 'bytes');
    const packed = await get('/assets/index-uzVmdSAR.js', { Range: 'bytes=-3', 'Accept-Encoding': 'br, gzip' });
    assert.deepEqual([packed.status, packed.text, packed.headers['content-encoding']], [206, '789', undefined]);
  });

  test('answers several ranges with one multipart message', async () => {
    const { status, headers, text } = await get('/media/intro.mp4', { Range: 'bytes=0-1, 998-' });
    assert.equal(status, 206);
    const [, boundary] = /^multipart\/byteranges; boundary=(\S+)$/.exec(headers['content-type']);
    const parts = text.split(`\r\n--${boundary}`);
    assert.equal(parts.length, 4);
    assert.equal(parts[1], '\r\nContent-Type: video/mp4\r\nContent-Range: bytes 0-1/1000\r\n\r\n01');
    assert.equal(parts[2], '\r\nContent-Type: video/mp4\r\nContent-Range: bytes 998-999/1000\r\n\r\n89');
    assert.equal(parts[3], '--\r\n');
    assert.equal(Number(headers['content-length']), text.length);
  });

  test('answers an unsatisfiable range with 416 and ignores an invalid one', async () => {
    const { status, headers, json } = await get('/media/intro.mp4', { Range: 'bytes=1000-' });
    assert.deepEqual([status, headers['content-range'], json().code], [416, 'bytes */1000', 'RANGE_NOT_SATISFIABLE']);
    for (const Range of ['items=0-1', 'bytes=5-2', 'bytes=0-,0-,0-'])
      assert.equal((await get('/media/intro.mp4', { Range })).status, 200, Range);
    assert.equal((await get('/media/intro.mp4', { Range: 'bytes=0-1' }, 'HEAD')).status, 200);
    assert.equal((await get('/', { Range: 'bytes=0-1' })).status, 200, 'a document is made for each answer');
  });

  test('compares versions in If-Range, If-None-Match and If-Match', async () => {
    const { headers } = await get('/media/intro.mp4');
    const ranged = async (ifRange) =>
      (await get('/media/intro.mp4', { Range: 'bytes=0-1', 'If-Range': ifRange })).status;
    assert.equal(await ranged(headers.etag), 206);
    assert.equal(await ranged('"other"'), 200);
    assert.equal(await ranged(`W/${headers.etag}`), 200);
    assert.equal(await ranged('Fri, 27 Nov 2026 00:00:00 GMT'), 200);
    const asked = async (fields) => (await get('/media/intro.mp4', fields)).status;
    assert.equal(await asked({ 'If-None-Match': `"x", W/${headers.etag}` }), 304);
    assert.equal(await asked({ 'If-Match': headers.etag }), 200);
    assert.equal(await asked({ 'If-Match': '*' }), 200);
    assert.equal(await asked({ 'If-Match': `W/${headers.etag}` }), 412);
    assert.equal(await asked({ 'If-Match': '"x"', 'If-None-Match': headers.etag }), 412);
  });

  test('gives a compressed form an ETag that no range request can use', async () => {
    const packed = await get('/assets/index-uzVmdSAR.js', { 'Accept-Encoding': 'gzip' });
    assert.match(packed.headers.etag, /^W\/"sha256-/);
    const again = await get('/assets/index-uzVmdSAR.js', {
      'Accept-Encoding': 'gzip',
      'If-None-Match': packed.headers.etag,
    });
    assert.deepEqual([again.status, again.headers.etag], [304, packed.headers.etag]);
    const part = await get('/assets/index-uzVmdSAR.js', { Range: 'bytes=0-1', 'If-Range': packed.headers.etag });
    assert.equal(part.status, 200);
  });

  test('serves a large file completely to a slow reader and to HTTP/1.0', async (t) => {
    const large = mkdtempSync(join(tmpdir(), 'portcullis-site-'));
    cleanup(t, () => rmSync(large, { recursive: true, force: true }));
    put({ 'index.html': '', 'big.bin': Buffer.alloc(8 << 20, 'x') }, large);
    const other = await labOf(large);
    cleanup(t, () => other.stop());
    for (const version of ['1.1', '1.0']) {
      const head = `GET /big.bin HTTP/${version}\r\nHost: localhost:${other.port}\r\nConnection: close\r\n\r\n`;
      const { status, text } = await exchange(other.port, Buffer.from(head));
      assert.deepEqual([status, text.length], [200, 8 << 20], version);
    }
  });
});

describe('a new build', () => {
  const build = (n) => ({
    'index.html': `<!doctype html><title>${n}</title>`,
    [`assets/list-${String(n).repeat(8)}.js`]: `export const v = ${n};`,
  });
  const title = async (of) => /<title>(\d)/.exec((await of.send({ target: '/' })).text)?.[1];

  for (const how of ['by itself, once it has come to rest', 'with a refresh, where spa.watch is off']) {
    test(`is served ${how}, and keeps the previous chunks available`, async (t) => {
      const root = mkdtempSync(join(tmpdir(), 'portcullis-site-'));
      cleanup(t, () => rmSync(root, { recursive: true, force: true }));
      put(build(1), root);
      const watch = how.startsWith('by itself');
      const own = await labOf(root, { watch });
      cleanup(t, () => own.stop());
      assert.equal(await title(own), '1');
      rmSync(join(root, 'assets'), { recursive: true });
      put(build(2), root);
      if (watch) {
        await until('the new page', async () => (await title(own)) === '2');
      } else {
        const operator = await own.login('operator');
        assert.equal(
          (await own.send({ method: 'POST', target: '/api/plugins/refresh', session: operator })).status,
          200,
        );
      }
      assert.equal(await title(own), '2');
      assert.equal((await own.send({ target: '/assets/list-22222222.js' })).status, 200);
      const old = await own.send({ target: '/assets/list-11111111.js' });
      assert.deepEqual([old.status, old.text], [200, 'export const v = 1;']);
    });
  }

  test('is not served without an index.html', async (t) => {
    const root = mkdtempSync(join(tmpdir(), 'portcullis-site-'));
    cleanup(t, () => rmSync(root, { recursive: true, force: true }));
    put(build(1), root);
    const own = await labOf(root, { watch: false });
    cleanup(t, () => own.stop());
    rmSync(join(root, 'index.html'));
    const operator = await own.login('operator');
    const refreshed = await own.send({ method: 'POST', target: '/api/plugins/refresh', session: operator });
    assert.match(refreshed.text, /has no index\.html/);
    assert.equal(await title(own), '1');
  });
});
