// The design's path normalisation in plain JavaScript, applied before the routers, which match text and would
// otherwise see paths of another meaning. Null: rejected.

const PLAIN = /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+\/?$/;
const ALLOWED = /^\/[A-Za-z0-9\-._~!$&'()*+,=:@/%]*$/;
const BAD_TRIPLET = /%(?![0-9A-Fa-f]{2})|%(?:2f|5c|3b|23|3f|[01][0-9a-f]|7f)/i;
const UNRESERVED = /[A-Za-z0-9\-._~]/;
const QUERY = /^[\x21\x22\x24-\x7e]*$/;

export function normalise(target) {
  const cut = target.indexOf('?');
  const raw = cut < 0 ? target : target.slice(0, cut);
  if (raw.length > 2048 || (cut >= 0 && !QUERY.test(target.slice(cut + 1)))) return null;
  if (PLAIN.test(raw)) return raw;
  if (!ALLOWED.test(raw) || BAD_TRIPLET.test(raw)) return null;
  const path = raw.replace(/%([0-9A-Fa-f]{2})/g, (triplet, hex) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return UNRESERVED.test(character) ? character : triplet.toUpperCase();
  });
  if (BAD_TRIPLET.test(path) || /%25[0-9A-Fa-f]{2}/.test(path)) return null;
  if (path.includes('%')) {
    try {
      decodeURIComponent(path);
    } catch {
      return null;
    }
  }
  const segments = path.slice(1).split('/');
  const last = segments.length - 1;
  const dots = segments.some((segment) => segment === '.' || segment === '..');
  if (segments.some((segment, at) => segment === '' && at < last)) {
    if (dots) return null;
    return `/${segments.filter((segment, at) => segment !== '' || at === last).join('/')}`;
  }
  if (!dots) return path;
  const out = [];
  for (const [at, segment] of segments.entries()) {
    if (segment !== '.' && segment !== '..') {
      out.push(segment);
      continue;
    }
    if (segment === '..' && out.pop() === undefined) return null;
    if (at === last) out.push('');
  }
  return `/${out.join('/')}`;
}
