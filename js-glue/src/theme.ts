import type { Theme } from './host_types.js';
import { isRecord, textOf } from './wire.js';

function tokens(value: unknown): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  if (isRecord(value)) {
    for (const [name, token] of Object.entries(value)) {
      if (/^[A-Za-z0-9._-]+$/.test(name) && (typeof token === 'string' || typeof token === 'number')) {
        found[name] = String(token);
      }
    }
  }
  return Object.freeze(found);
}

/** Reads a theme from `/api/configs/ui` or the `theme` event; null if it is not a valid theme. */
export function readTheme(value: unknown): Theme | null {
  const body = isRecord(value) && isRecord(value.theme) ? value.theme : value;
  if (!isRecord(body)) return null;
  return Object.freeze({
    name: textOf(body.name),
    tokens: tokens(body.tokens),
    dark: tokens(body.dark),
    light: tokens(body.light),
  });
}

/** Whether two themes are equal; the order of their tokens does not matter. */
export function sameTheme(a: Theme, b: Theme): boolean {
  return (
    a.name === b.name && sameTokens(a.tokens, b.tokens) && sameTokens(a.dark, b.dark) && sameTokens(a.light, b.light)
  );
}

function sameTokens(a: Theme['tokens'], b: Theme['tokens']): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && a[name] === b[name]);
}

/** Returns the theme as CSS custom properties: `color.accent` becomes `--color-accent`. Has no side effect. */
export function themeVariables(theme: Theme, scheme: 'light' | 'dark'): Readonly<Record<string, string>> {
  const merged = { ...theme.tokens, ...theme[scheme] };
  return Object.fromEntries(Object.entries(merged).map(([name, value]) => [`--${name.replaceAll('.', '-')}`, value]));
}

const applied = new WeakMap<HTMLElement, ReadonlySet<string>>();

/**
 * Sets the theme's custom properties on an element and removes those that an earlier theme set. Uses the CSSOM, which
 * a strict `style-src` allows.
 */
export function applyTheme(element: HTMLElement, theme: Theme, scheme: 'light' | 'dark'): void {
  const variables = themeVariables(theme, scheme);
  for (const name of applied.get(element) ?? []) {
    if (!(name in variables)) element.style.removeProperty(name);
  }
  for (const [name, value] of Object.entries(variables)) element.style.setProperty(name, value);
  applied.set(element, new Set(Object.keys(variables)));
}
