// What every answer of the Node BFFs has: the security headers, an id, and the form of a refusal.
import { randomBytes } from 'node:crypto';

const VARY = 'Cookie, X-Plugin-Id, X-Plugin-Stamp';

/** As portcullis-bff sends them; Fastify wants lower-case names. */
export const SECURITY = {
  'content-security-policy':
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; " +
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; " +
    "object-src 'none'; form-action 'self'; require-trusted-types-for 'script'; trusted-types 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'permissions-policy':
    'accelerometer=(), autoplay=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), ' +
    'payment=(), usb=()',
  'cross-origin-opener-policy': 'noopener-allow-popups',
  'cross-origin-resource-policy': 'same-origin',
  vary: VARY,
};
export const VARY_ENCODING = `${VARY}, Accept-Encoding`;

const USABLE_ID = /^[!#-;=?-[\]-~]{1,128}$/;
const base = randomBytes(10).toString('hex');
let counter = 0;

/** The client's id, or one of 32 hex digits: 80 random bits of this process and a counter. */
export function requestId(raw) {
  const given = raw.headers['x-request-id'];
  if (given !== undefined && USABLE_ID.test(given)) return given;
  counter += 1;
  return base + counter.toString(16).padStart(12, '0');
}

const TITLES = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  421: 'Misdirected Request',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
};

/** A serializer for what is text already. Without one Fastify would change the Content-Type of JSON. */
const asIs = (text) => text;

/** Answers with a problem document; `start()` is the kit's. @param {{status: number, code: string, headers?: object}} refusal */
export function refuse(reply, { status, code, headers }) {
  const { tenant, pluginId } = reply.request.judged;
  const body = { type: 'about:blank', title: TITLES[status], status, code, plugin_id: pluginId };
  if (tenant !== null) body.tenant = tenant.id;
  body.request_id = reply.request.id;
  reply.code(status).start();
  if (headers !== undefined) reply.headers(headers);
  reply.header('cache-control', 'no-store').header('content-type', 'application/problem+json');
  return reply.serializer(asIs).send(JSON.stringify(body));
}
