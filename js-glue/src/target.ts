import { TargetError } from './errors.js';
import { primitives } from './primitives.js';

// Characters that people write unescaped in a path, escaped as encodeURI does. Not the backslash, '#' or controls:
// those are // mistakes or attacks, which the core reports. '%' stays, because it starts an escape.
const RAW_IN_PATH = /[ "<>^`{|}[\]]|[^\0-\x7f]+/g;
// Also the apostrophe, which the URL parser escapes in the query of an http URL (URL standard, // "special-query
// percent-encode set"): the judged text must be the text that is sent.
const RAW_IN_QUERY = /[ "<>'^`{|}[\]]|[^\0-\x7f]+/g;

function encode(text: string, raw: RegExp): string {
  return text.replace(raw, (found) => (found === "'" ? '%27' : primitives.encodeURIComponent(found)));
}

/**
 * Converts an address, as its author wrote it, to a request target: path and query, with unescaped characters
 * percent-encoded. Makes no decision; the core canonicalises and judges the result. Throws a `TargetError` for an
 * address of another origin (also without a scheme, `//host/path`), for leading or trailing spaces or controls, and
 * for text that is not well-formed Unicode.
 */
export function toTarget(address: string | URL, origin: string): string {
  const text = typeof address === 'string' ? address : String(address);
  let raw = text;
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) {
    if (!text.startsWith(`${origin}/`)) {
      throw new TargetError(`${text} is not an address of ${origin}`);
    }
    raw = text.slice(origin.length);
  } else if (text.startsWith('//')) {
    throw new TargetError(`${text} contains a host name; use a path, or a full address of ${origin}`);
  }
  // URL standard, "basic URL parser", 1.2.
  if (/^[\0- ]|[\0- ]$/.test(text)) {
    throw new TargetError(`"${text}" begins or ends with a space or control character, which a browser would strip`);
  }
  const cut = raw.indexOf('?');
  try {
    return cut < 0
      ? encode(raw, RAW_IN_PATH)
      : `${encode(raw.slice(0, cut), RAW_IN_PATH)}${encode(raw.slice(cut), RAW_IN_QUERY)}`;
  } catch (cause) {
    throw new TargetError('the address is not well-formed Unicode', { cause });
  }
}

/**
 * Returns the URL of a canonical target. Throws a `TargetError` if the browser's URL parser would change it, so that
 * the bytes sent are the bytes judged. The two always agree unless one of them has a bug.
 */
export function assertExact(target: string, origin: string): string {
  const url = new primitives.URL(target, origin).href;
  if (url !== `${origin}${target}`) {
    throw new TargetError(`${target} would be sent as ${url.slice(origin.length)}`);
  }
  return url;
}
