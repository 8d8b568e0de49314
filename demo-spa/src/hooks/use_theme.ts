import { applyTheme, type Theme } from 'portcullis';
import { useHostState } from 'portcullis/react';
import { useLayoutEffect } from 'react';
import { useScheme } from './use_scheme.ts';

// A theme needs a session. The last one is stored, so that the sign-in page and the page before the first response
// have the tenant's colours too. An origin belongs to one tenant.
const KEY = 'experience.theme';

function remembered(): Theme | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    const theme = value as Partial<Theme> | null;
    return theme?.name !== undefined && theme.tokens && theme.dark && theme.light ? (theme as Theme) : null;
  } catch {
    return null;
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(theme));
  } catch {
    // The next visit then starts with the built-in theme.
  }
}

let last = remembered();

/** Sets the tenant's tokens on the document, and updates them when the theme or the scheme changes. */
export function useTheme(): void {
  const theme = useHostState((state) => state.theme);
  const { scheme } = useScheme();
  useLayoutEffect(() => {
    if (theme !== null) {
      last = theme;
      remember(theme);
    }
    if (last !== null) applyTheme(document.documentElement, last, scheme);
  }, [theme, scheme]);
}
