import { TargetError } from './errors.js';
import { primitives } from './primitives.js';

// What a person may write raw in a path, as encodeURI escapes it. Not the backslash, '#' or controls:
// those are mistakes or attacks, and the core names them. '%' stays: it is an escape already.
const RAW_IN_PATH = /[ "<>^`{|}[\]]|[^\0-\x7f]+/g;
// Also the apostrophe, which the URL parser escapes in the query of an http URL (URL standard,
// "special-query percent-encode set"): what is judged has to be what is sent.
const RAW_IN_QUERY = /[ "<>'^`{|}[\]]|[^\0-\x7f]+/g;

function encode(text: string, raw: RegExp): string {
  return text.replace(raw, (found) => (found === "'" ? '%27' : primitives.encodeURIComponent(found)));
}

/**
 * The request target that an author's address means: its path and query, with what may be written
 * raw percent-encoded. Decides nothing: the core canonicalises and judges what this gives. Throws a
 * `TargetError` for an address of another origin (also one without a scheme, `//host/path`), one with a
 * fragment in a `URL`, a space at an end, or text that is not well-formed Unicode.
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
    throw new TargetError(`${text} names a host; write a path, or a whole address of ${origin}`);
  }
  // URL standard, "basic URL parser", 1.2.
  if (/^[\0- ]|[\0- ]$/.test(text)) {
    throw new TargetError(`"${text}" begins or ends with a space or a control, which a browser would cut off`);
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
 * Checks that the browser's URL parser reads the canonical target as itself, so that the bytes on
 * the wire are the bytes that were judged. It always does, unless the two ever disagree.
 */
export function assertExact(target: string, origin: string): string {
  const url = new primitives.URL(target, origin).href;
  if (url !== `${origin}${target}`) {
    throw new TargetError(`${target} would be sent as ${url.slice(origin.length)}`);
  }
  return url;
}
