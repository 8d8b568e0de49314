// The boot token is in a navigation's document, once. These attacks try every other way to get a document.

const family = 'the boot token';
const tier = { family, tier: 2, expected: 'stopped' };
const TOKEN = /<meta name="portcullis-boot" content="[^"]+"/;

/** The plugin read no token, and the page has one (otherwise the test could not fail). */
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

/** A person's click in which the plugin opens a window; then everything that it can read. */
const opens = (way) => async (lab) => {
  const page = await lab.hostile('thief');
  let opened = 0;
  page.context().on('page', () => opened++);
  await lab.attack(page, 'arm', way);
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  const text = await lab.attack(page, 'readAll');
  await page.context().close();
  const { stopped, seen } = await judge(lab, text);
  return { stopped: stopped && opened === 0, seen: opened === 0 ? seen : `${opened} windows opened, ${seen}` };
};
const frames = (way) => async (lab) => {
  const page = await lab.hostile('thief');
  const text = await lab.attack(page, 'frame', way).catch((error) => {
    if (way !== 'srcdoc' || !/requires 'TrustedHTML'/.test(error.message)) throw error;
    return null;
  });
  await page.context().close();
  return text === null ? { stopped: true, seen: 'refused by require-trusted-types-for' } : judge(lab, text);
};

/** The page becomes a document that the plugin wrote; that one cannot open a window either. */
async function leave(lab) {
  const page = await lab.hostile('thief');
  await Promise.all([page.waitForURL(/^blob:/), lab.attack(page, 'leave')]);
  await page.evaluate(() => {
    document.querySelector('button').addEventListener('click', () => {
      globalThis.opened = open('') !== null;
    });
  });
  await page.getByRole('button', { name: 'Open' }).click();
  const opened = await page.evaluate(() => globalThis.opened);
  await page.context().close();
  return { stopped: opened === false, seen: opened ? 'a window opened' : 'no window' };
}

/** Registers a script that the plugin controls; the browser is asked what the script controls. */
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
/**
 * The plugin is given a token that another machine fetched, where `session` is signed in, and trades it in the victim's
 * page: with a page key of its own it could make stamps.
 */
const elsewhere = (session) => async (lab) => {
  const { text } = await lab.navigation(await session(lab));
  const token = /<meta name="portcullis-boot" content="([^"]*)"/.exec(text)?.[1] ?? '';
  const { status, code } = await lab.attack(await lab.shared('thief'), 'trade', token);
  return { stopped: status !== 200, seen: `${status} ${code} for a token of ${token.length} characters` };
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
    stoppedBy: 'the host keeps no copy',
    run: read('caches'),
  },
  {
    id: 'token-elsewhere',
    title: 'a boot token that another machine fetched',
    ...tier,
    stoppedBy: 'a token belongs to a session: `BOOT_TOKEN_REFUSED`',
    run: elsewhere((lab) => lab.login('viewer')),
  },
  {
    id: 'token-elsewhere-nobody',
    title: 'the same, fetched by somebody who is not signed in',
    ...tier,
    stoppedBy: 'there is no token without a session',
    run: elsewhere(() => null),
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
    stoppedBy: '`object-src`, Trusted Types',
    run: readAlone('object'),
  },
  ...[
    ['open', 'a window of the page'],
    ['emptied', 'an empty window that goes to the page after `document.open()`'],
    ['blob', 'a `blob:` window that navigates its opener to another document'],
    ['javascript', 'a `javascript:` window'],
    ['data', 'a `data:` window'],
    ['noopener', 'a window with `noopener`'],
    ['link', 'a link to a new window (`target=_blank rel=opener`)'],
    ['named-link', 'a link to a named window, found again by its name'],
    ['form', 'a form to a new window'],
    ['frame', "an empty frame's `open`"],
    ['pip', 'a picture-in-picture window'],
  ].map(([way, title]) => ({
    id: `popup-${way}`,
    title,
    ...tier,
    stoppedBy: way === 'javascript' || way === 'data' ? '`sandbox`, the browser' : '`sandbox` without `allow-popups`',
    run: opens(way),
  })),
  {
    id: 'popup-left',
    title: 'a `blob:` document in place of the page, which opens a window',
    ...tier,
    stoppedBy: '`sandbox`, which such a document inherits',
    run: leave,
  },
  ...[
    ['blank', 'an empty frame that goes to the page after `document.open()`'],
    ['srcdoc', 'a `srcdoc` frame that goes to the page'],
    ['named', '`window.open` into a named frame'],
    ['form', 'a form into a frame'],
    ['blob', 'a `blob:` frame that goes to the page'],
  ].map(([way, title]) => ({
    id: `frame-${way}`,
    title,
    ...tier,
    stoppedBy: way === 'srcdoc' ? 'Trusted Types' : '`frame-ancestors`, `Sec-Fetch-Dest`',
    run: frames(way),
  })),
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
    id: 'worker-site',
    title: "a service worker from the site's own script",
    ...tier,
    stoppedBy: '`Sec-Fetch-Dest: serviceworker` is refused',
    run: register((_, page) => page.locator('script[type=module][src]').first().getAttribute('src'), '/'),
  },
  {
    id: 'worker-proxied',
    title: 'a service worker from a proxied script',
    ...tier,
    stoppedBy: 'requests of the browser itself have no identity',
    run: register(() => '/api/own/worker.js', undefined),
  },
  {
    id: 'worker-optional',
    title: 'a service worker from a proxied script of a route that is `plugin: optional`',
    ...tier,
    stoppedBy: 'requests of the browser itself have no stamp',
    run: register(() => '/api/open/worker.js', '/'),
  },
];
