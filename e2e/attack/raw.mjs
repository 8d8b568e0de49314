// Calls without the sdk, through every API that can send a request.
import { byStamp } from './stamped.mjs';

const family = 'calls past the sdk';
const unnamed = 'PLUGIN_ID_REQUIRED';

/** Sends the request in the page, then checks its outcome at the server and at the upstream. */
const aimed =
  (name, { to = '/api/vault/', user, ...rest } = {}) =>
  async (lab) => {
    const mark = lab.mark();
    await lab.attack(await lab.shared('raw', user), name, { target: `${to}${mark}`, ...rest });
    return lab.fate(mark);
  };

const STAMP = { 'X-Plugin-Stamp': 'v1.AAAAAAAAAAAAAAAAAAAAAA.1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' };
const VICTIM = { 'X-Plugin-Id': 'victim' };

const simple = (id, title, name, stoppedBy, options) => ({
  id: `raw-${id}`,
  title,
  family,
  tier: 1,
  expected: 'stopped',
  stoppedBy: `\`${stoppedBy}\``,
  run: aimed(name, options),
});
const forged = (id, title, name, code, options) => ({
  id: `raw-${id}`,
  title,
  family,
  ...byStamp(code),
  run: aimed(name, options),
});

export const raw = [
  simple('fetch', '`fetch` without any identity', 'fetch', unnamed),
  simple('xhr', '`XMLHttpRequest` without any identity', 'xhr', unnamed),
  simple('beacon', '`sendBeacon`', 'beacon', 'CSRF_TOKEN'),
  simple('websocket', '`WebSocket`', 'websocket', 'UPGRADE_UNSUPPORTED'),
  simple('eventsource', '`EventSource`', 'eventsource', unnamed),
  simple('topic', "`EventSource` on the victim's topic", 'eventsource', unnamed, { to: '/events/vault/' }),
  simple('form-post', 'a form that posts', 'form', 'CSRF_TOKEN'),
  simple('form-get', 'a form that gets', 'form', unnamed, { method: 'GET' }),
  simple('img', '`<img>`', 'img', unnamed),
  simple('prefetch', '`<link rel=prefetch>`', 'prefetch', unnamed),
  simple('preload', '`<link rel=preload>`', 'preload', unnamed),
  simple('stylesheet', '`<link rel=stylesheet>`', 'stylesheet', unnamed),
  simple('import', '`import()`', 'import', unnamed),
  simple('iframe', '`<iframe>` of an API address', 'iframe', unnamed),
  forged('fetch-forged', '`fetch` that names the victim in `X-Plugin-Id`', 'fetch', 'STAMP_REQUIRED', {
    headers: VICTIM,
  }),
  forged('xhr-forged', '`XMLHttpRequest` that names the victim', 'xhr', 'STAMP_REQUIRED', { headers: VICTIM }),
  forged('realm-forged', '`fetch` of another realm (an empty frame) that names the victim', 'realm', 'STAMP_REQUIRED', {
    headers: VICTIM,
  }),
  forged('post-forged', "a `POST` that names the victim, with the session's CSRF token", 'fetch', 'STAMP_REQUIRED', {
    method: 'POST',
    headers: VICTIM,
    body: '{}',
  }),
  forged('stamp-forged', 'a forged stamp', 'fetch', 'STAMP_INVALID', { headers: { ...VICTIM, ...STAMP } }),
  forged('optional', 'no identity on a route that is `plugin: optional`', 'fetch', 'STAMP_REQUIRED', {
    to: '/api/open/',
  }),
];
