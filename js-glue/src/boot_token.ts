import { canSign } from './primitives.js';

/**
 * Boot tokens that were taken out of a document and not exchanged yet. A token belongs to the document, not to the
 * first host that was created in it: a second host (React's StrictMode runs initialisers twice) must find the token
 * if it is the one that is started.
 */
const untraded = new WeakMap<Document, string>();

/** Removes the token from the document and keeps it for whichever host exchanges it. */
export function findBootToken(document: Document | null): string | null {
  const meta = document?.querySelector?.<HTMLMetaElement>('meta[name="portcullis-boot"]') ?? null;
  meta?.remove();
  const token = meta?.content ?? '';
  if (document !== null && canSign && /^[\w-]+$/.test(token)) untraded.set(document, token);
  return bootTokenOf(document);
}

export function bootTokenOf(document: Document | null): string | null {
  return document === null ? null : (untraded.get(document) ?? null);
}

/** Drops the token: it was exchanged, or will never be. */
export function forgetBootToken(document: Document | null): void {
  if (document !== null) untraded.delete(document);
}
