// Primitives replaced before and after the victim loads, by a plugin that records whatever passes through them. Its
// targets: the victim's sdk, the host, an unused stamp.
import { until } from './wait.mjs';

const family = 'patched primitives';

const WHAT = {
  fetch: '`fetch`',
  request: '`Request`',
  headers: '`Headers`',
  promise: '`Promise`',
  object: '`Object.prototype`',
  subtle: '`crypto.subtle`',
  iterators: 'iterators',
  collections: '`Map`, `Set`, `WeakMap`',
  arrays: '`Array.prototype`',
  functions: '`Function.prototype`',
  response: '`Response`, streams',
  strings: '`String`, `RegExp`, `JSON`',
  bytes: '`TextEncoder`, typed arrays, `btoa`',
  url: '`URL`',
  events: 'events, timers, channels',
  statics: '`Object`, `Reflect`, `Array` (their functions)',
};

const LONG_MS = 15_000;
/** Resolves when the promise does, or with null when it rejects, because a patch may have broken the page. */
const orNull = (promise) => promise.catch(() => null);

/** Makes the host fetch its list again, through the patched primitives. */
async function renew(lab, page) {
  const asked = orNull(page.waitForResponse(/\/api\/plugins\/manifests$/, { timeout: LONG_MS }));
  await lab.attack(page, 'renew');
  await asked;
}

/**
 * Makes the victim send a call; resolves with whether its response was shown, because a patch may have broken the
 * page.
 */
async function victimCalls(page, calls) {
  const button = page.getByRole('button', { name: 'Read my diary' });
  await orNull(button.click({ timeout: LONG_MS }));
  const shown = page.getByText(`Read my diary (${calls})`).waitFor({ timeout: 3_000 });
  return shown.then(
    () => true,
    () => false,
  );
}

const patch =
  (names, when, id = 'victim') =>
  async (lab) => {
    const mark = lab.mark();
    const page = await lab.hostile('patcher');
    if (when === 'after') {
      await lab.go(page, `/${id}`);
      await victimCalls(page, 1);
    }
    for (const name of names) await lab.attack(page, 'install', name);
    await renew(lab, page);
    if (when === 'before') await orNull(lab.go(page, `/${id}`));
    const works = await victimCalls(page, when === 'after' ? 2 : 1);
    const { found, kept } = await lab.attack(page, 'harvest', {
      id,
      vault: `/api/vault/${mark}`,
      stolen: `/api/vault/diary-${when === 'after' ? 1 : 0}`,
    });
    await page.context().close();
    const call = lab.reached(mark)[0];
    if (call !== undefined) found.push(`called as ${call.headers['x-plugin-id']}`);
    return {
      stopped: found.length === 0,
      seen:
        found.length === 0
          ? `${kept} values kept, none of use; the victim ${works ? 'called' : 'could not call'}`
          : found.join('; '),
    };
  };

/** Lists the victim with the hostile plugin's bundle, through a patched `Response`. */
async function forgeManifest(lab) {
  const page = await lab.hostile('patcher');
  await lab.attack(page, 'install', 'manifests');
  await renew(lab, page);
  await page.evaluate(() => globalThis.go('/victim'));
  await page.locator('[data-plugin-page], [role=alert], .problem').first().waitFor();
  const given = await until(() => page.evaluate(() => globalThis.givenTo?.pluginId ?? null), 1_000);
  await page.context().close();
  return { stopped: given === null, seen: given === null ? 'its own bundle ran' : `was given the sdk of ${given}` };
}

export const patched = [
  ...Object.entries(WHAT).flatMap(([name, what]) =>
    ['before', 'after'].map((when) => ({
      id: `patched-${name}-${when}`,
      title: `${what}, replaced ${when} the victim loads`,
      family,
      tier: 2,
      expected: 'stopped',
      stoppedBy: 'captured before any plugin runs',
      run: patch([name], when),
    })),
  ),
  {
    id: 'patched-record',
    title: 'those that a call with the sdk passes through, before a victim in record form loads',
    family,
    tier: 2,
    expected: 'stopped',
    stoppedBy: 'captured before any plugin runs',
    run: patch(['object', 'functions', 'statics', 'arrays', 'iterators', 'collections'], 'before', 'victim-record'),
  },
  {
    id: 'patched-manifests',
    title: '`Response.prototype.text` that gives the victim another bundle',
    family,
    tier: 2,
    expected: 'stopped',
    stoppedBy: 'captured before any plugin runs',
    run: forgeManifest,
  },
];
