/**
 * Forbids the document, and every frame that takes over its policy, to create Trusted Types policies from now on: a
 * plugin could otherwise create the worker's policy once more in an empty frame, with identity functions, because names
 * are unique in a realm only. A policy in a `<meta>` adds to the server's and cannot be taken back.
 *
 * Only for documents of the BFF (they have a `portcullis-boot` element), whose policy enforces Trusted Types: elsewhere
 * it would forbid what the page's own libraries may do. `security.trusted_types` of the server stays allowed.
 */
export function closePolicies(document: Document): void {
  const listed = document.querySelector<HTMLMetaElement>('meta[name="portcullis-trusted-types"]')?.content ?? '';
  const meta = document.createElement('meta');
  meta.httpEquiv = 'Content-Security-Policy';
  meta.content = `trusted-types ${/^[\w#. -]+$/.test(listed) ? listed : "'none'"}`;
  document.head.append(meta);
}
