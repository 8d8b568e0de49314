// Page-wide restrictions on any code: where data can be sent, and what can become script.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { until } from './wait.mjs';

const family = 'out of the page, into script';
const stopped = (stoppedBy) => ({ family, tier: 1, expected: 'stopped', stoppedBy });
const open = (tier, stoppedBy) => ({ family, tier, expected: 'not stopped', stoppedBy });

/** Sends the marker to another origin, which reports whether it arrived. */
const leak = (name) => async (lab) => {
  const mark = lab.mark();
  const page = await lab.hostile('raw');
  const directive = await lab.attack(page, name, { url: `${lab.outside.url}/${mark}` }).catch(String);
  const got = lab.outside.seen.some(({ target }) => target.includes(mark));
  await page.context().close();
  return { stopped: !got, seen: got ? 'reached the other origin' : `refused by ${directive}` };
};

/** Tries to run a script; the page is asked whether it ran. */
const script = (name, argument) => async (lab) => {
  const page = await lab.shared('raw');
  const directive = await lab.attack(page, name, argument);
  const ran = await page.evaluate(() => globalThis.inlineRan === true);
  return { stopped: !ran, seen: ran ? 'it ran' : `refused by ${directive}` };
};

async function navigateAway(lab) {
  const mark = lab.mark();
  const page = await lab.hostile('raw');
  await lab.attack(page, 'navigate', { url: `${lab.outside.url}/${mark}` }).catch(() => {});
  const got = await until(() => lab.outside.seen.some(({ target }) => target.includes(mark)), 5_000);
  await page.context().close();
  return { stopped: !got, seen: got ? 'reached the other origin' : 'nothing came' };
}

async function askStun(lab) {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  let packets = 0;
  socket.on('message', () => packets++);
  const page = await lab.hostile('raw');
  await lab.attack(page, 'stun', { port: socket.address().port });
  const got = await until(() => packets > 0, 5_000);
  await page.context().close();
  socket.close();
  return { stopped: !got, seen: got ? 'a datagram left the page' : 'no datagram came' };
}

async function takePolicy(lab) {
  const made = await lab.attack(await lab.shared('raw'), 'policy');
  return { stopped: made.length === 0, seen: made.length === 0 ? 'no policy could be made' : `made ${made}` };
}

export const confined = [
  { id: 'leak-fetch', title: '`fetch` to another origin', ...stopped('`connect-src`'), run: leak('elsewhere') },
  { id: 'leak-img', title: '`<img>` of another origin', ...stopped('`img-src`'), run: leak('imgElsewhere') },
  { id: 'leak-form', title: 'a form to another origin', ...stopped('`form-action`'), run: leak('formElsewhere') },
  {
    id: 'leak-navigation',
    title: 'navigating the page to another origin, with data in the URL',
    ...open(3, 'sandbox: a frame that cannot navigate the top page'),
    run: navigateAway,
  },
  {
    id: 'leak-stun',
    title: "WebRTC's STUN, with data in the request",
    ...open('none', 'nothing: keep WebRTC off by browser policy'),
    run: askStun,
  },
  { id: 'script-eval', title: '`new Function`', ...stopped('`script-src`'), run: script('eval') },
  { id: 'script-inline', title: 'an inline script', ...stopped('Trusted Types, `script-src`'), run: script('inline') },
  { id: 'script-html', title: 'markup with a handler', ...stopped('Trusted Types'), run: script('html') },
  {
    id: 'script-src',
    title: '`<script src>`, with a policy from an empty frame if one is available',
    ...stopped("`trusted-types`: none after the SDK's own, in frames, too"),
    run: script('script', { target: '/api/own/x.js' }),
  },
  {
    id: 'script-worker',
    title: 'a worker, the same way',
    ...stopped("`trusted-types`: none after the SDK's own, in frames, too"),
    run: script('worker', { target: '/scheme.js' }),
  },
  {
    id: 'script-policy',
    title: 'a Trusted Types policy of its own, in the page or in an empty frame',
    ...stopped("`trusted-types`: none after the SDK's own; a listed name would be available in a frame"),
    run: takePolicy,
  },
];
