// Bundles and modules that differ from the published ones. A man in the middle sends other bytes; the page is asked
// whether they ran.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const family = 'swapped bundles';
const tier = { family, tier: 1, expected: 'stopped' };
const VICTIM = join(dirname(fileURLToPath(import.meta.url)), 'plugins', 'victim.js');
const EVIL = 'globalThis.evilRan = true; export default (sdk) => { globalThis.evilSdk = sdk.pluginId; return {}; };';
const BUNDLE = /\/api\/plugins\/bundle\?.*entry=victim(&|$)/;
const SETTLED = '[data-plugin-page="victim"], [data-plugin-page="squatter"] ~ *, [role=alert]';

const script = (body) => ({ status: 200, contentType: 'text/javascript; charset=utf-8', body });
/** Answers requests for the victim's bundle in turn; the last answer repeats. Returns the requests. */
async function swap(page, bodies) {
  const asked = [];
  await page.route(BUNDLE, (route) => {
    asked.push(route.request().url());
    return route.fulfill(script(bodies[Math.min(asked.length, bodies.length) - 1]));
  });
  return asked;
}

async function verdict(page, extra = '') {
  const { ran, given } = await page.evaluate(() => ({ ran: globalThis.evilRan === true, given: globalThis.evilSdk }));
  await page.context().close();
  if (!ran) return { stopped: true, seen: `the other bytes did not run${extra}` };
  return { stopped: false, seen: given === undefined ? 'the other bytes ran' : `they ran with the sdk of ${given}` };
}

/** Opens the victim's page with these answers for its bundle. */
const swapped =
  (bodies, { retry = false } = {}) =>
  async (lab) => {
    let asked = [];
    const good = readFileSync(VICTIM, 'utf8');
    const prepare = async (page) => {
      asked = await swap(
        page,
        bodies.map((body) => body ?? good),
      );
    };
    const page = await lab.open('/victim', { prepare });
    await page.locator(SETTLED).first().waitFor();
    if (retry) {
      const before = asked.length;
      const again = page.waitForRequest((request) => BUNDLE.test(request.url()));
      await page.getByRole('button', { name: /again/i }).click();
      await again;
      await page.locator(SETTLED).first().waitFor();
      if (asked.length === before) throw new Error('nothing was tried again');
    }
    return verdict(page, `, ${asked.length} requests`);
  };

/** The victim's manifest has this hash, and every response contains other bytes. */
const hashed = (hashes) => async (lab) => {
  for (const integrity of hashes) {
    const prepare = async (page) => {
      await swap(page, [EVIL]);
      await page.route('**/api/plugins/manifests', async (route) => {
        const response = await route.fetch();
        if (response.status() !== 200) return route.fulfill({ response });
        const list = await response.json();
        for (const entry of list) if (entry.id === 'victim') entry.bundle.integrity = integrity;
        await route.fulfill({ response, json: list });
      });
    };
    const page = await lab.open('/victim', { prepare });
    await page.locator(SETTLED).first().waitFor();
    const result = await verdict(page, `, ${hashes.length} kinds of hash`);
    if (!result.stopped || integrity === hashes.at(-1)) return result;
  }
};

/** Loads the hostile plugin first, then opens the victim's page. */
const squatted = (name, bodies) => async (lab) => {
  const good = readFileSync(VICTIM, 'utf8');
  const digest = createHash('sha256').update(good).digest('hex');
  const prepare = (page) =>
    swap(
      page,
      bodies.map((body) => body ?? good),
    );
  const page = await lab.hostile('squatter', { prepare });
  const url = `/api/plugins/bundle?entry=victim&id=victim&v=${digest}`;
  await lab.attack(page, name, { url });
  await page.evaluate(() => {
    globalThis.evilRan = undefined;
    globalThis.go('/victim');
  });
  await page.locator('[data-plugin-page="victim"], main [role=alert]').first().waitFor();
  const given = await page.evaluate(() => globalThis.evilSdk);
  await page.context().close();
  return {
    stopped: given === undefined,
    seen: given === undefined ? 'the other bytes got no sdk' : `they ran with the sdk of ${given}`,
  };
};

/** Replaces one of the page's own modules in transit. */
const module = (pattern) => async (lab) => {
  let seen = 0;
  const prepare = (page) =>
    page.route(pattern, async (route) => {
      seen++;
      const response = await route.fetch();
      await route.fulfill({ response, body: `globalThis.evilRan = true;${await response.text()}` });
    });
  const page = await lab.open('/', { prepare });
  if (seen === 0) throw new Error(`no request for ${pattern}`);
  return verdict(page);
};

const hex = createHash('sha256').update(EVIL).digest('hex');
const other = createHash('sha384').update(EVIL).digest('base64');
const base64 = createHash('sha256').update(EVIL).digest('base64');

const attack = (id, title, stoppedBy, run) => ({ id: `bundle-${id}`, title, ...tier, stoppedBy, run });

export const bundles = [
  attack('other', "bytes that do not match the manifest's hash", '`integrity` of the preload', swapped([EVIL])),
  attack(
    'between',
    'swapped between check and load',
    'the verified module is the one that is imported',
    swapped([null, EVIL]),
  ),
  attack('failed', 'retried after a failed check', 'every attempt is checked', swapped([EVIL], { retry: true })),
  attack(
    'unreadable',
    'a hash that a browser would ignore',
    '`SDK_INTEGRITY_UNREADABLE`',
    hashed([`sha256:${hex}`, `sha256-${hex}`, '', `sha1-x sha384-${other}`, `sha256-${base64} sha256-${base64}`]),
  ),
  attack(
    'first',
    'a URL that another plugin imported first, with other bytes',
    'a module key that cannot be guessed',
    squatted('first', [EVIL]),
  ),
  attack(
    'first-cached',
    'the same, and the right bytes afterwards',
    'a module key that cannot be guessed',
    squatted('first', [EVIL, null]),
  ),
  attack(
    'watched',
    "importing the host's preload while it is loading",
    'both wait for the same verified answer',
    squatted('watch', [EVIL]),
  ),
  attack(
    'stripped',
    "the hash taken off the host's preload by a patched DOM",
    'captured before any plugin runs',
    squatted('strip', [EVIL]),
  ),
  attack(
    'hurried',
    'a forged `load` event of the preload',
    'the import waits for the same verified answer',
    squatted('hurry', [EVIL]),
  ),
  attack('peer', 'another `react` from the import map', 'import-map `integrity`', module('**/vendor/react.js')),
  attack('host', 'another module of the host', 'import-map `integrity`', module('**/assets/index-*.js')),
];
