import { useSyncExternalStore } from 'react';

export type SchemeChoice = 'system' | 'light' | 'dark';
export type Scheme = 'light' | 'dark';

// public/scheme.js reads the same key before the first paint.
const KEY = 'experience.scheme';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  system.addEventListener('change', listener);
  return () => {
    listeners.delete(listener);
    system.removeEventListener('change', listener);
  };
}

function choice(): SchemeChoice {
  const chosen = document.documentElement.dataset.scheme;
  return chosen === 'dark' || chosen === 'light' ? chosen : 'system';
}

function scheme(): Scheme {
  const chosen = choice();
  return chosen === 'system' ? (system.matches ? 'dark' : 'light') : chosen;
}

function choose(next: SchemeChoice): void {
  if (next === 'system') delete document.documentElement.dataset.scheme;
  else document.documentElement.dataset.scheme = next;
  try {
    if (next === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch {
    // Without storage the choice applies to this page only.
  }
  for (const listener of listeners) listener();
}

/** The dark or light scheme: the person's choice, otherwise the system's. */
export function useScheme(): {
  readonly choice: SchemeChoice;
  readonly scheme: Scheme;
  readonly choose: (next: SchemeChoice) => void;
} {
  return {
    choice: useSyncExternalStore(subscribe, choice),
    scheme: useSyncExternalStore(subscribe, scheme),
    choose,
  };
}
