import type { RareParts } from './plugin_rare.js';

/** Browsers have taken the bytes by then; until then the address has to stay. */
const KEPT_MS = 60_000;

/** The file name of a Content-Disposition (RFC 6266); null when it has none. */
export function fileNameOf(disposition: string | null): string | null {
  const extended = /;\s*filename\*\s*=\s*utf-8'[^']*'([^\s;]+)/i.exec(disposition ?? '')?.[1];
  if (extended !== undefined) {
    try {
      return decodeURIComponent(extended);
    } catch {
      // Not percent-encoded UTF-8: the plain one is there for that.
    }
  }
  const plain = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i.exec(disposition ?? '');
  const name = plain?.[1]?.replace(/\\(.)/g, '$1') ?? plain?.[2] ?? null;
  return name === null ? null : asUtf8(name);
}

// A header's value comes as one character to a byte; many servers write names in UTF-8 where none is allowed.
function asUtf8(text: string): string {
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return text;
  }
}

/** `sdk.api.download`: fetches as the plugin does, and hands the whole file to the person under a name. */
export async function download({ context, fetch }: RareParts, path: string | URL, fileName?: string): Promise<void> {
  const response = await fetch(path);
  const blob = await response.blob();
  context.assertOpen();
  const { document } = context.env;
  if (document === null) throw new TypeError('api.download needs a document');
  const last = String(path)
    .replace(/[?#].*/, '')
    .split('/')
    .pop();
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = fileName ?? fileNameOf(response.headers.get('content-disposition')) ?? (last || 'download');
  link.click();
  context.env.setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}
