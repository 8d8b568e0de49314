import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BundleLoader } from '../dist/bundle_loader.js';
import { loadCore } from '../dist/core/index.js';
import { isPortcullisError, learnCodes } from '../dist/errors.js';
import { settle } from './support/clock.js';
import { FakePage } from './support/page.js';
import { json, ORIGIN, SRI } from './support/server.js';

const URL_OF = '/api/plugins/bundle?entry=hello&id=hello&v=00';
const BUNDLE = { pluginId: 'hello', target: URL_OF, integrity: SRI };

async function bench() {
  const page = new FakePage();
  learnCodes((await loadCore()).codes);
  const loader = new BundleLoader(page.environment, (target) => page.server.fetch(`${ORIGIN}${target}`));
  page.bundles.set('hello', { routes: {} });
  return { page, loader };
}

const bare = (url = '') => url.replace(/#.*/, '');
const code = (expected: string) => (error: unknown) => isPortcullisError(error) && error.code === expected;

test('preloads the verified bytes, and imports the same URL only after load', async () => {
  const { page, loader } = await bench();
  page.document.onLink = () => {};
  const loading = loader.load(BUNDLE);
  await settle();
  const [link] = page.document.links;
  assert.deepEqual([link?.rel, bare(link?.href), link?.integrity], ['modulepreload', `${ORIGIN}${URL_OF}`, SRI]);
  assert.deepEqual(page.imported, []);
  link?.fire('load');
  assert.deepEqual(await loading, { routes: {} });
  assert.deepEqual(page.modules, [link?.href]);
  assert.equal(link?.removed, true);
});

test('imports a bundle once', async () => {
  const { page, loader } = await bench();
  const [first, second] = [loader.load(BUNDLE), loader.load(BUNDLE)];
  assert.equal(first, second);
  await first;
  await loader.load(BUNDLE);
  assert.equal(page.imported.length, 1);
});

test('imports nothing after an error, and asks the server why', async () => {
  const { page, loader } = await bench();
  page.document.onLink = (link) => queueMicrotask(() => link.fire('error'));
  page.server.handlers.push(() => json({ code: 'INTEGRITY_MISMATCH' }, 409, { 'x-integrity-error': '1' }));
  const error = await loader.load(BUNDLE).catch((reason: unknown) => reason);
  assert.ok(code('SDK_BUNDLE_FAILED')(error));
  assert.match((error as Error).message, /409 INTEGRITY_MISMATCH/);
  assert.deepEqual(page.imported, []);
});

test('retries under a new URL, because browsers never retry a failed one', async () => {
  const { page, loader } = await bench();
  page.document.onLink = (link) => queueMicrotask(() => link.fire('error'));
  page.server.handlers.push(() => new Response('swapped'));
  await assert.rejects(loader.load(BUNDLE), /do not match the hash/);
  page.document.onLink = (link) => queueMicrotask(() => link.fire('load'));
  page.bundles.set('hello', new Error('top-level throw'));
  await assert.rejects(loader.load(BUNDLE), /threw while it was evaluated/);
  page.bundles.set('hello', { routes: {} });
  await loader.load(BUNDLE);
  assert.deepEqual(page.imported, [`${URL_OF}&r=1`, `${URL_OF}&r=2`]);
  assert.deepEqual(
    page.document.links.map((link) => bare(link.href).slice(ORIGIN.length)),
    [URL_OF, `${URL_OF}&r=1`, `${URL_OF}&r=2`],
  );
});

test('imports nothing when load fires after the timeout', async () => {
  const { page, loader } = await bench();
  page.document.onLink = () => {};
  page.server.handlers.push(() => new Response('slow'));
  const loading = assert.rejects(loader.load(BUNDLE), code('SDK_BUNDLE_FAILED'));
  await page.clock.advance(30_000);
  await loading;
  page.document.links[0]?.fire('load');
  await settle();
  assert.deepEqual(page.imported, []);
});

test('uses an unguessable module key, so that importing the URL first gains nothing', async () => {
  const keys = new Set<string>();
  for (let n = 0; n < 5; n++) {
    const { page: other, loader } = await bench();
    await loader.load(BUNDLE);
    const [url] = other.modules;
    assert.match(url ?? '', /#\d+-\d+-\d+-\d+$/);
    keys.add(url ?? '');
  }
  assert.equal(keys.size, 5);
});
