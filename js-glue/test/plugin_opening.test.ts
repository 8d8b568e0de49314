import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from './support/clock.js';
import { code, hostBench } from './support/host.js';
import { manifest, SRI } from './support/server.js';

const URL_OF = '/api/plugins/bundle?entry=hello&id=hello&v=00';

async function load(bundle: { url: string; integrity: string }, expected: string): Promise<void> {
  const { page, host } = hostBench();
  page.server.manifests = [{ ...manifest('hello'), bundle }];
  await host.start();
  await assert.rejects(
    host.load('hello'),
    (error) => code(expected)(error) || code('MANIFEST_INVALID')(error),
    JSON.stringify(bundle),
  );
  await settle();
  const { plugins, problems } = host.getSnapshot();
  assert.equal(plugins[0]?.state, 'failed');
  assert.ok(problems.some(({ pluginId }) => pluginId === 'hello'));
  assert.deepEqual([page.document.links.length, page.imported.length], [0, 0]);
  await host.close();
}

test('refuses a hash that a browser would ignore', async () => {
  for (const integrity of ['', `sha256:${'07'.repeat(32)}`, `${SRI} ${SRI}`, 'sha512-x', `${SRI}?opt`, 'none']) {
    await load({ url: URL_OF, integrity }, 'SDK_INTEGRITY_UNREADABLE');
  }
});

test('accepts only the bundle endpoint of this origin', async () => {
  for (const url of [
    'https://evil.test/api/plugins/bundle?id=hello',
    '//evil.test/api/plugins/bundle',
    '/uploads/evil.js',
    '/api/plugins/bundle/../../../uploads/evil.js',
    'data:text/javascript,evil()',
    '',
  ]) {
    await load({ url, integrity: SRI }, 'SDK_BUNDLE_FAILED');
  }
});
