// Reuse of a stamp that was captured on the network, by an attacker stronger than a plugin.
import { byStamp } from './stamped.mjs';

const family = 'replay';

/** One call of the victim as it was sent, with its headers. */
async function capture(lab, page) {
  await lab.go(page, '/victim');
  const called = page.waitForRequest((request) => request.url().includes('/api/vault/diary'));
  await page.getByRole('button', { name: /Read my diary/ }).click();
  const request = await called;
  await page.getByText('Read my diary (1)').waitFor();
  const headers = await request.allHeaders();
  const stamp = headers['x-plugin-stamp'];
  return {
    target: new URL(request.url()).pathname,
    headers: { 'X-Plugin-Id': 'victim', ...(stamp === undefined ? {} : { 'X-Plugin-Stamp': stamp }) },
  };
}

/** Replays it in the page; `change` gives the differences. */
const again =
  (change = (call) => call) =>
  async (lab) => {
    const mark = lab.mark();
    const page = await lab.hostile('raw');
    const { target, headers, method } = change(await capture(lab, page), mark);
    const before = lab.reached(target).length;
    const other = page.waitForResponse((response) => response.url().endsWith(target));
    await lab.attack(page, 'fetch', { target, headers, method, ...(method === 'POST' ? { body: '{}' } : {}) });
    const response = await other;
    const problem = response.ok() ? null : await response.json().catch(() => ({}));
    await page.context().close();
    const reached = lab.reached(target).length > before;
    return {
      stopped: !reached,
      seen: reached ? 'reached the upstream as victim' : `${response.status()} ${problem.code}`,
    };
  };

/** Replays it from outside, over another connection, with the session's cookie. */
async function elsewhere(lab) {
  const page = await lab.hostile('raw');
  const { target, headers } = await capture(lab, page);
  const before = lab.reached(target).length;
  const answer = await lab.send({ session: lab.sessions.viewer, target, headers });
  await page.context().close();
  const reached = lab.reached(target).length > before;
  return {
    stopped: !reached,
    seen: reached ? 'reached the upstream as victim' : `${answer.status} ${answer.json().code}`,
  };
}

/** Uses one page's stamp in another page of the same person before its own page does. */
async function otherSession(lab) {
  const page = await lab.hostile('raw');
  const { target, headers } = await capture(lab, page);
  const session = await lab.login('viewer');
  const before = lab.reached(target).length;
  const answer = await lab.send({ session, target, headers });
  await page.context().close();
  const reached = lab.reached(target).length > before;
  return {
    stopped: !reached,
    seen: reached ? 'reached the upstream as victim' : `${answer.status} ${answer.json().code}`,
  };
}

/** Combines the hostile plugin's own stamp with the victim's name. */
async function otherName(lab) {
  const own = `/api/own/${lab.mark()}`;
  const page = await lab.hostile('liar');
  const called = page.waitForRequest((request) => request.url().endsWith(own));
  const [request] = await Promise.all([called, lab.attack(page, 'frozen', { own })]);
  const { 'x-plugin-stamp': stamp } = await request.allHeaders();
  await page.context().close();
  const headers = { 'X-Plugin-Id': 'victim', 'X-Plugin-Stamp': stamp };
  const answer = await lab.send({ session: lab.sessions.viewer, target: own, headers });
  const reached = lab.reached(own).some((call) => call.headers['x-plugin-id'] === 'victim');
  return {
    stopped: !reached,
    seen: reached ? 'reached the upstream as victim' : `${answer.status} ${answer.json().code}`,
  };
}

const stamped = (id, title, code, run) => ({ id: `replay-${id}`, title, family, ...byStamp(code), run });
const counted = ({ headers, ...call }, by) => ({
  ...call,
  headers: {
    ...headers,
    ...('X-Plugin-Stamp' in headers
      ? { 'X-Plugin-Stamp': headers['X-Plugin-Stamp'].replace(/\.(\d+)\./, (_, count) => `.${Number(count) + by}.`) }
      : {}),
  },
});

export const replay = [
  stamped('page', "the victim's stamp used again in the page", 'STAMP_REPLAYED', again()),
  stamped('connection', 'the same over another connection, from outside the browser', 'STAMP_REPLAYED', elsewhere),
  stamped('session', 'the same in another session of the same person', 'STAMP_INVALID', otherSession),
  stamped(
    'counter',
    'with an unused counter',
    'STAMP_INVALID',
    again((call) => counted(call, 1000)),
  ),
  stamped(
    'target',
    'for another address',
    'STAMP_INVALID',
    again((call, mark) => ({ ...call, target: `/api/vault/${mark}` })),
  ),
  stamped(
    'method',
    'for another method',
    'STAMP_INVALID',
    again((call) => ({ ...call, method: 'POST' })),
  ),
  stamped('plugin', "the hostile plugin's own stamp with the victim's id", 'STAMP_INVALID', otherName),
];
