// What a plugin can do with the page itself. A shared realm cannot prevent these; the sandbox tier can.

import { byStamp } from './stamped.mjs';
import { SECRET, until } from './wait.mjs';

const family = 'the page itself';
const open = { family, tier: 3, expected: 'not stopped', stoppedBy: 'sandbox: a separate document' };

async function clickQuarantine(lab) {
  const reason = lab.mark();
  const page = await lab.hostile('clicker', { user: 'operator' });
  await lab.attack(page, 'quarantine', { id: 'bystander', reason });
  const line = await until(() => lab.bff.log.includes('"path":"/api/plugins/quarantine/bystander"'));
  await page.context().close();
  return { stopped: line === null, seen: line === null ? 'no switch was pressed' : 'the plugin was quarantined' };
}

async function clickSignOut(lab) {
  const page = await lab.hostile('clicker', { session: await lab.login('viewer') });
  await lab.attack(page, 'signOut');
  const gone = await page
    .getByRole('button', { name: 'Sign in', exact: true })
    .waitFor({ timeout: 5_000 })
    .then(
      () => true,
      () => false,
    );
  await page.context().close();
  return { stopped: !gone, seen: gone ? 'the person is signed out' : 'still signed in' };
}

async function callLogout(lab) {
  const page = await lab.hostile('clicker', { session: await lab.login('viewer') });
  const status = await lab.attack(page, 'logout');
  await page.context().close();
  return { stopped: status >= 400, seen: `${status}` };
}

async function readPage(lab) {
  const page = await lab.hostile('clicker');
  await lab.go(page, '/victim-record');
  await page.getByText(SECRET).waitFor();
  const read = (await lab.attack(page, 'read')).includes(SECRET);
  await page.context().close();
  return { stopped: !read, seen: read ? "read the victim's secret" : 'nothing of the victim' };
}

async function cover(lab) {
  const page = await lab.hostile('clicker');
  const shown = await lab.attack(page, 'overlay');
  await page.context().close();
  return { stopped: !shown, seen: shown ? 'covered the page' : 'nothing to see' };
}

/** The victim's own code reads through the page's Response, which any code can replace. */
async function overhear(lab) {
  const page = await lab.hostile('clicker');
  await lab.attack(page, 'overhear');
  await lab.go(page, '/victim-record');
  await page.getByText(SECRET).waitFor();
  const heard = (await lab.attack(page, 'heard')).includes(SECRET);
  await page.context().close();
  return { stopped: !heard, seen: heard ? "read the victim's secret" : 'nothing of the victim' };
}

async function readBundle(lab) {
  const page = await lab.hostile('raw');
  await lab.go(page, '/victim'); // whose bundle the page has loaded then
  const text = await lab.attack(page, 'bundle', { id: 'victim' });
  await page.context().close();
  const read = text.includes('Read my diary');
  return { stopped: !read, seen: read ? `read ${text.length} characters of its code` : text.slice(0, 40) };
}

/** A call of the host that a plugin makes in an operator's page without the host, reading the response itself. */
const operator = (target, method) => async (lab) => {
  const page = await lab.shared('raw', 'operator');
  const post = method === 'POST' ? { body: '{"reason":"x"}', headers: { 'Content-Type': 'application/json' } } : {};
  const text = await lab.attack(page, 'fetch', { target, method, ...post });
  const { code = '' } = JSON.parse(text);
  return { stopped: code.startsWith('STAMP_'), seen: code === '' ? `read ${text.length} bytes` : `read ${code}` };
};

export const pages = [
  {
    id: 'host-manifests',
    title: "the host's list of plugins, fetched without the host",
    family,
    ...byStamp('STAMP_REQUIRED'),
    run: operator('/api/plugins/manifests', 'GET'),
  },
  {
    id: 'host-quarantine',
    title: "the operator's kill switch, called without the host",
    family,
    ...byStamp('STAMP_REQUIRED'),
    run: operator('/api/plugins/quarantine/nobody', 'POST'),
  },
  {
    id: 'host-refresh',
    title: "the operator's reload, called without the host",
    family,
    ...byStamp('STAMP_REQUIRED'),
    run: operator('/api/plugins/refresh', 'POST'),
  },
  {
    id: 'host-evaluate',
    title: 'a question to the PDP, without the host',
    family,
    ...byStamp('STAMP_REQUIRED'),
    run: operator('/access/v1/evaluation', 'POST'),
  },
  { id: 'click-operator', title: "clicks on the operator's kill switch", ...open, run: clickQuarantine },
  { id: 'click-sign-out', title: "clicks on the host's own buttons: sign out", ...open, run: clickSignOut },
  { id: 'call-logout', title: 'a call of `/auth/logout`', ...open, run: callLogout },
  { id: 'read-page', title: 'reading what another plugin shows', ...open, run: readPage },
  {
    id: 'read-answers',
    title: "reading another plugin's answers through a patched `Response.prototype.json`",
    ...open,
    run: overhear,
  },
  { id: 'read-bundle', title: "reading another plugin's code from its bundle's URL", ...open, run: readBundle },
  { id: 'cover-page', title: 'covering the page, asking for a password', ...open, run: cover },
];
