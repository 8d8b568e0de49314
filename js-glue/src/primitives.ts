/**
 * What the SDK takes from the page, taken when this module is evaluated: before any plugin runs, so
 * that a plugin that replaces a global later changes its own view only.
 */
const { Headers, URL, AbortController } = globalThis;
const { parse, stringify } = JSON;
const nativeFetch: typeof fetch | null = globalThis.fetch?.bind(globalThis) ?? null;

export const primitives = Object.freeze({
  Headers,
  URL,
  AbortController,
  parse,
  stringify,
  fetch: nativeFetch,
  encodeURIComponent: globalThis.encodeURIComponent,
});
