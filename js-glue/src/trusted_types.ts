/** The Trusted Types policy that the server's CSP lists. */
export const POLICY_NAME = 'portcullis';

/**
 * Takes the listed policy name before any plugin runs: a plugin could otherwise create it, with
 * functions that let everything pass. It has no functions: nothing here needs a TrustedHTML, and no
 * one gets one. Where the name is taken already (a second host on the page), or not listed, all the
 * better.
 */
export function claimTrustedTypes(): void {
  const factory = (globalThis as { trustedTypes?: { createPolicy(name: string, rules: object): unknown } })
    .trustedTypes;
  try {
    factory?.createPolicy(POLICY_NAME, {});
  } catch {
    // Taken, or not listed: nobody else can create it either.
  }
}
