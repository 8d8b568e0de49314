// Forged messages between tabs: the channel and the lock are available to every script of the origin.
import { until } from './wait.mjs';

const family = 'between tabs';
const stopped = (stoppedBy) => ({ family, tier: 2, expected: 'stopped', stoppedBy });
const BY_MAC = 'the channel key, which plugins do not have';
const CONDITIONS_MS = 1_500;
/** Longer than the delay after which a tab recovers missed events. */
const QUIET_MS = 7_000;
/** A tab without a stream asks every five seconds. */
const ANSWERED_MS = 7_000;

const asked = (lab, path) => lab.bff.log.split('\n').filter((line) => line.includes(`"path":"${path}"`)).length;

/**
 * A page with the hostile plugin that stays open, and one in the same browser, so that genuine messages are sent too.
 */
async function twoTabs(lab) {
  const page = await lab.hostile('channel');
  const other = await page.context().newPage();
  await other.goto('/victim-record');
  await other.locator('[data-plugin-page="victim-record"]').waitFor();
  if ((await until(() => lab.attack(page, 'heard').then((count) => count > 0))) === null) {
    throw new Error('the tabs say nothing to each other');
  }
  return { page, other };
}

/** Forges the event; `done` checks for an effect in the page or at the server. */
const forge = (type, data, done) => async (lab) => {
  const { page, other } = await twoTabs(lab);
  const looks = await done(lab, other);
  await lab.attack(page, 'event', { type, data });
  const what = await until(looks, CONDITIONS_MS);
  await page.context().close();
  return { stopped: what === null, seen: what ?? 'nothing followed' };
};

/** How often the pages made the request, once it has settled: a new second tab has requests of its own. */
async function askedByThemselves(lab, path) {
  let [count, since] = [-1, 0];
  await until(() => {
    const now = asked(lab, path);
    if (now !== count) [count, since] = [now, Date.now()];
    return Date.now() - since > QUIET_MS;
  }, 4 * QUIET_MS);
  return count;
}

/** Detects whether the pages send an additional request to the server. */
const call = (path) => async (lab) => {
  const before = await askedByThemselves(lab, path);
  return () => asked(lab, path) > before && `the host asked ${path}`;
};
const gone = async (_, other) => async () =>
  (await other.locator('[data-plugin-page="victim-record"]').count()) === 0 && 'the victim was taken away';
const restyled = async (_, other) => () =>
  other.evaluate(() =>
    [document.documentElement.outerHTML, ...document.adoptedStyleSheets.flatMap((sheet) => [...sheet.cssRules])]
      .map((rule) => rule.cssText ?? rule)
      .some((text) => text.includes('#010203'))
      ? 'restyled'
      : null,
  );

async function hints(lab) {
  const { page } = await twoTabs(lab);
  const before = await askedByThemselves(lab, '/auth/session');
  await lab.attack(page, 'hints');
  await until(() => asked(lab, '/auth/session') > before + 4, CONDITIONS_MS);
  const made = asked(lab, '/auth/session') - before;
  await page.context().close();
  return { stopped: made <= 4, seen: `${made} questions of two tabs` };
}

/**
 * The reading tab answers the other's questions every few seconds: a message that the plugin adds would be signed
 * too.
 */
async function sign(lab) {
  const { page, other } = await twoTabs(lab);
  await lab.attack(page, 'sign', { type: 'evict', data: evict });
  const what = await until(await gone(lab, other), ANSWERED_MS);
  await page.context().close();
  return { stopped: what === null, seen: what ?? 'nothing followed' };
}

const operate = (lab, verb, id, body) => {
  const headers = { Authorization: `Bearer ${lab.operatorToken()}`, 'Content-Type': 'application/json' };
  return lab.send({ method: 'POST', target: `/api/plugins/${verb}/${id}`, headers, body });
};

/** The plugin rewrites its own eviction into another plugin's, in the tab that reads the stream and signs for the other. */
async function twist(lab) {
  const { page, other } = await twoTabs(lab);
  await lab.attack(page, 'twist', { from: 'evict', to: { type: 'evict', data: evict } });
  const { status } = await operate(lab, 'quarantine', 'channel', '{"reason":"x"}');
  if (status !== 200) throw new Error(`the quarantine was answered ${status}`);
  const what = await until(await gone(lab, other), ANSWERED_MS);
  await operate(lab, 'unquarantine', 'channel', '{}');
  await page.context().close();
  return { stopped: what === null, seen: what ?? 'nothing followed' };
}

/** The plugin holds the lock and claims to read while the real reader is gone; then a quarantine is announced. */
async function lead(lab) {
  const reader = await lab.hostile('channel');
  const page = await reader.context().newPage();
  await page.goto('/channel');
  await page.waitForFunction(() => globalThis.attack !== undefined);
  await lab.attack(page, 'lead');
  await reader.close();
  await lab.go(page, '/victim-record');
  const { status } = await operate(lab, 'quarantine', 'victim-record', '{"reason":"x"}');
  if (status !== 200) throw new Error(`the quarantine was answered ${status}`);
  const gone = async () => (await page.locator('[data-plugin-page="victim-record"]').count()) === 0;
  const heard = (await until(gone, 30_000)) === true;
  await operate(lab, 'unquarantine', 'victim-record', '{}');
  await page.context().close();
  return { stopped: heard, seen: heard ? 'the quarantine was heard' : 'the quarantine was muted' };
}

const THEME = { name: 'forged', tokens: { 'color.accent': '#010203' }, dark: {}, light: {} };
const row = (id, title, stoppedBy, run) => ({ id: `channel-${id}`, title, ...stopped(stoppedBy), run });
const evict = { plugin_id: 'victim-record', version: null, reason: 'forged' };

export const channel = [
  row(
    'restore',
    'a forged `restore`, after which the host would renew its key',
    BY_MAC,
    forge('restore', evict, call('/api/plugins/page-key/renew')),
  ),
  row('evict', 'a forged `evict` of another plugin', BY_MAC, forge('evict', evict, gone)),
  row(
    'hello',
    'a forged `hello` that names another plugin',
    BY_MAC,
    forge('hello', { quarantined: ['victim-record'] }, gone),
  ),
  row('manifests', 'a forged `manifests`', BY_MAC, forge('manifests', {}, call('/api/plugins/manifests'))),
  row('theme', 'a forged `theme`', BY_MAC, forge('theme', { theme: THEME }, restyled)),
  row(
    'sign',
    'a replaced `Array.prototype.push`, or a setter on `Array.prototype`, that has an `evict` signed',
    'messages waiting to be signed are not in an array',
    sign,
  ),
  row(
    'twist',
    '`String.prototype.slice` or the readers of streams, replaced, that turn its own `evict` into that of another plugin',
    'what reads events was captured before any plugin ran',
    twist,
  ),
  row(
    'session',
    'a flood of forged sign-ins, each of which would cause a request to the server',
    'hints are checked with the server at a limited rate',
    hints,
  ),
  row(
    'leader',
    'stealing the lock and claiming an open stream, to hide a quarantine',
    'tabs that receive nothing authentic read the events themselves',
    lead,
  ),
];
