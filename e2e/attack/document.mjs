// The boot token stands in the document of a navigation, once: everywhere else a document could be had from.

const family = 'the boot token';
const tier = { family, tier: 2, expected: 'stopped' };
const TOKEN = /<meta name="portcullis-boot" content="[^"]+"/;

/** What the plugin read has no token; and the page has one, or the test could not fail. */
async function judge(lab, read) {
  if (!TOKEN.test((await lab.navigation()).text)) throw new Error('a navigation gets no token');
  const found = TOKEN.test(read);
  return { stopped: !found, seen: found ? 'read a token' : `no token in ${read.length} characters` };
}

const read = (name) => async (lab) => judge(lab, await lab.attack(await lab.shared('thief'), name));
const readAlone = (name) => async (lab) => {
  const page = await lab.hostile('thief');
  const text = await lab.attack(page, name);
  await page.context().close();
  return judge(lab, text);
};

async function readPopup(lab) {
  const page = await lab.hostile('thief');
  const opening = page.context().waitForEvent('page');
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  const popup = await opening;
  await popup.locator('[data-plugin], main').first().waitFor();
  const text = await lab.attack(page, 'readPopup');
  await page.context().close();
  return judge(lab, text);
}

/** Registers a script that the plugin controls; what the browser controls by it is asked of the browser. */
const register = (pick, scope) => async (lab) => {
  const page = await lab.hostile('thief');
  const said = await lab.attack(page, 'worker', { url: await pick(lab, page), scope });
  const scopes = await page.evaluate(async () =>
    (await navigator.serviceWorker.getRegistrations()).map((one) => new URL(one.scope).pathname),
  );
  await page.context().close();
  const stopped = !scopes.some((one) => one === '/' || one === '/api/' || one === '/api/plugins/');
  return { stopped, seen: scopes.length === 0 ? `refused: ${said}` : `registered for ${scopes}` };
};
const ownBundle = (lab, page) => lab.attack(page, 'bundleUrl');

export const documents = [
  {
    id: 'token-here',
    title: "the page's own markup, after the sdk took the token",
    ...tier,
    stoppedBy: 'the sdk removes it before a plugin runs',
    run: read('here'),
  },
  {
    id: 'token-fetch',
    title: 'the document fetched again',
    ...tier,
    stoppedBy: '`Sec-Fetch-Dest`',
    run: read('again'),
  },
  {
    id: 'token-fetch-root',
    title: 'another document of the app fetched',
    ...tier,
    stoppedBy: '`Sec-Fetch-Dest`',
    run: read('root'),
  },
  {
    id: 'token-fetch-headers',
    title: 'the same with the headers of a navigation',
    ...tier,
    stoppedBy: 'scripts cannot set `Sec-Fetch-*`',
    run: read('navigate'),
  },
  {
    id: 'token-xhr',
    title: 'the document by `XMLHttpRequest`',
    ...tier,
    stoppedBy: '`Sec-Fetch-Dest`',
    run: read('xhr'),
  },
  {
    id: 'token-cache',
    title: 'the document from the cache (`only-if-cached`, `force-cache`)',
    ...tier,
    stoppedBy: '`Cache-Control: no-store`',
    run: read('cached'),
  },
  {
    id: 'token-caches',
    title: 'the document from `caches`',
    ...tier,
    stoppedBy: 'the host keeps none',
    run: read('caches'),
  },
  {
    id: 'token-iframe',
    title: 'an iframe of the page',
    ...tier,
    stoppedBy: '`frame-ancestors`, `Sec-Fetch-Dest`',
    run: readAlone('iframe'),
  },
  {
    id: 'token-object',
    title: '`<object>` of the page',
    ...tier,
    stoppedBy: 'Trusted Types, `object-src`',
    run: readAlone('object'),
  },
  {
    id: 'token-popup',
    title: 'a popup of the page',
    ...tier,
    stoppedBy: '`Cross-Origin-Opener-Policy: noopener-allow-popups`',
    run: readPopup,
  },
  {
    id: 'worker-bundle',
    title: 'a service worker registered from the bundle URL',
    ...tier,
    stoppedBy: '`Sec-Fetch-Dest: serviceworker` is refused',
    run: register(ownBundle, undefined),
  },
  {
    id: 'worker-bundle-root',
    title: 'the same for the whole origin',
    ...tier,
    stoppedBy: '`Sec-Fetch-Dest: serviceworker` is refused',
    run: register(ownBundle, '/'),
  },
  {
    id: 'worker-proxied',
    title: 'a service worker from a proxied script',
    ...tier,
    stoppedBy: 'what the browser loads by itself has no identity',
    run: register(() => '/api/own/worker.js', undefined),
  },
  {
    id: 'worker-optional',
    title: 'a service worker from a proxied script of a route that is `plugin: optional`',
    ...tier,
    stoppedBy: 'what the browser loads by itself has no stamp',
    run: register(() => '/api/open/worker.js', '/'),
  },
];
