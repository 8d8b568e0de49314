import { canSign } from './primitives.js';

/**
 * Tokens that were taken out of a document and not traded yet. They belong to the page, not to the host that
 * happened to be created first: a second one (an initialiser that StrictMode runs twice) must not find the
 * page without, when it is the one that is started.
 */
const untraded = new WeakMap<Document, string>();

/** Takes the token out of the document, for whichever host asks for it first. */
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

/** The token was traded, or will be taken by nobody any more. */
export function forgetBootToken(document: Document | null): void {
  if (document !== null) untraded.delete(document);
}
