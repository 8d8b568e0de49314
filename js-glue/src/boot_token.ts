import { canSign } from './primitives.js';

/**
 * Boot tokens that were taken out of a document and not exchanged yet. A token belongs to the document, not to the
 * first host that was created in it: a second host (React's StrictMode runs initialisers twice) must find the token
 * if it is the one that is started.
 */
const untraded = new WeakMap<Document, string>();

/** Documents of a server that issues tokens. */
const stamped = new WeakSet<Document>();

/**
 * Removes the token from the document and keeps it for whichever host exchanges it. Returns whether the server issues
 * tokens and the page can use one. The document has none if nobody was signed in when it was requested.
 */
export function findBootToken(document: Document | null): boolean {
  const meta = document?.querySelector?.<HTMLMetaElement>('meta[name="portcullis-boot"]') ?? null;
  meta?.remove();
  if (document === null) return false;
  if (meta !== null && canSign) {
    stamped.add(document);
    if (/^[\w-]+$/.test(meta.content)) untraded.set(document, meta.content);
  }
  return stamped.has(document);
}

export function bootTokenOf(document: Document | null): string | null {
  return document === null ? null : (untraded.get(document) ?? null);
}

/** Drops the token: it was exchanged, or will never be. */
export function forgetBootToken(document: Document | null): void {
  if (document !== null) untraded.delete(document);
}
