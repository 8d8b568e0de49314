// Sessions in a Map, by a 256-bit id in a __Host- cookie.
import { randomBytes, timingSafeEqual } from 'node:crypto';

export const COOKIE = '__Host-portcullis';
const PREFIX = `${COOKIE}=`;
const IDLE_MS = 30 * 60 * 1000;
const MAX_MS = 12 * 60 * 60 * 1000;

const sessions = new Map();

/** The cookie's value; null when it is absent, or there with two values. */
export function sessionIdOf(request) {
  const cookies = request.headers.cookie;
  if (cookies === undefined) return null;
  // What nearly every request has: this cookie alone.
  if (cookies.startsWith(PREFIX) && !cookies.includes(';')) return cookies.slice(PREFIX.length);
  let found = null;
  for (const pair of cookies.split(';')) {
    const text = pair.trim();
    if (!text.startsWith(PREFIX)) continue;
    const value = text.slice(PREFIX.length);
    if (found !== null && found !== value) return null;
    found = value;
  }
  return found;
}

export function createSession(tenant, user) {
  const id = randomBytes(32).toString('base64url');
  const now = Date.now();
  const csrf = randomBytes(32).toString('base64url');
  const session = { id, tenant, csrf, subject: `auth:account:lab:${user}`, created: now, seen: now };
  sessions.set(id, session);
  return { session, cookie: `${PREFIX}${id}; Path=/; HttpOnly; Secure; SameSite=Lax` };
}

/** The session of this tenant, or null. */
export function findSession(id, tenant) {
  const session = sessions.get(id);
  if (session === undefined || session.tenant !== tenant) return null;
  const now = Date.now();
  if (now - session.seen >= IDLE_MS || now - session.created >= MAX_MS) {
    sessions.delete(id);
    return null;
  }
  session.seen = now;
  return session;
}

export function sameToken(given, session) {
  const [a, b] = [Buffer.from(given), Buffer.from(session.csrf)];
  return a.length === b.length && timingSafeEqual(a, b);
}
