// Headers of a proxied call: by an allow-list one way and a block-list the other, as spec/headers.json has them.
import { readFileSync } from 'node:fs';
import { SECURITY } from './answers.mjs';

const lists = JSON.parse(readFileSync(new URL('../../../spec/headers.json', import.meta.url), 'utf8'));
const PASS = new Set(lists.request.pass);
const NEVER = new Set([...lists.response.never, 'content-type', 'cache-control', 'vary', 'location']);
const NEVER_PREFIXES = new RegExp(`^(?:${lists.response.never_prefixes.join('|')})|-cdn-cache-control$`);
/** Anything else could be run by a browser, and is answered in a sandbox. */
const INERT = /^(?:application\/(?:json|problem\+json|octet-stream|pdf)|text\/(?:plain|csv)|image\/(?!svg))/;
const SANDBOX = 'sandbox';

/** What the upstream is told, name, value, name, value: undici takes such a list. */
export function sentHeaders({ id, raw, ip, judged }) {
  const { host, tenant, session, plugin } = judged;
  const out = [];
  const { rawHeaders } = raw;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at].toLowerCase();
    if (PASS.has(name)) out.push(name, rawHeaders[at + 1]);
  }
  const colon = host.lastIndexOf(':');
  out.push('X-Request-ID', id, 'X-Forwarded-For', ip, 'X-Forwarded-Proto', 'http', 'X-Forwarded-Host', host);
  out.push('X-Forwarded-Port', colon > host.lastIndexOf(']') ? host.slice(colon + 1) : '80');
  out.push('X-Portcullis-Tenant', tenant.id, 'X-Portcullis-User', session.subject);
  out.push('X-Portcullis-Plugin', plugin.id, 'X-Plugin-Id', plugin.id, 'Via', '1.1 portcullis');
  return out;
}

function privateCacheControl(value) {
  if (value === undefined) return 'private, no-cache';
  const kept = String(value)
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '' && !/^(?:public|s-maxage|proxy-revalidate)\b/i.test(each));
  if (kept.length === 0) return 'private, no-cache';
  return kept.some((each) => /^(?:private|no-store)$/i.test(each)) ? kept.join(', ') : `private, ${kept.join(', ')}`;
}

/** What the client is told of the upstream's answer, beside the headers that every answer has. */
export function answeredHeaders(from, upstream) {
  const out = {};
  for (const name in from) {
    if (!NEVER.has(name) && !NEVER_PREFIXES.test(name)) out[name] = from[name];
  }
  const type = from['content-type'];
  if (type !== undefined) out['content-type'] = type;
  if (!INERT.test(type ?? '')) out['content-security-policy'] = SANDBOX;
  if (from.vary !== undefined) out.vary = `${from.vary}, ${SECURITY.vary}`;
  if (from.location?.startsWith(upstream)) out.location = from.location.slice(upstream.length);
  out['cache-control'] = privateCacheControl(from['cache-control']);
  return out;
}
