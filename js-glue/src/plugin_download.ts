import type { RareParts } from './plugin_rare.js';

/** How long an object URL is kept; browsers have read the bytes by then. */
const KEPT_MS = 60_000;

/** The file name of a Content-Disposition header (RFC 6266); null if it has none. */
export function fileNameOf(disposition: string | null): string | null {
  const extended = /;\s*filename\*\s*=\s*utf-8'[^']*'([^\s;]+)/i.exec(disposition ?? '')?.[1];
  if (extended !== undefined) {
    try {
      return decodeURIComponent(extended);
    } catch {
      // Not percent-encoded UTF-8: use the plain parameter.
    }
  }
  const plain = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i.exec(disposition ?? '');
  const name = plain?.[1]?.replace(/\\(.)/g, '$1') ?? plain?.[2] ?? null;
  return name === null ? null : asUtf8(name);
}

// Header values arrive as one character per byte, and many servers send file names in raw UTF-8 although that is
// invalid.
function asUtf8(text: string): string {
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return text;
  }
}

/** `sdk.api.download`: fetches as the plugin does and saves the whole file. */
export async function download({ client, fetch }: RareParts, path: string | URL, fileName?: string): Promise<void> {
  const response = await fetch(path);
  const blob = await response.blob();
  client.assertOpen();
  const { document, setTimeout } = client.env;
  if (document === null) throw new TypeError('api.download needs a page with a document');
  const last = String(path)
    .replace(/[?#].*/, '')
    .split('/')
    .pop();
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = fileName ?? fileNameOf(response.headers.get('content-disposition')) ?? (last || 'download');
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}
