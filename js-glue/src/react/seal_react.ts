import * as react from 'react';
import * as runtime from 'react/jsx-runtime';

let sealed = false;

/**
 * Freezes the objects that React's modules export as their default (`React.createElement`, ...), so that no plugin can
 * replace a function that other code calls through them. Called before a plugin is shown; what a monitoring agent has
 * replaced until then stays. Named imports need no seal: the host's modules have fixed them.
 */
export function sealReact(): void {
  if (sealed) return;
  sealed = true;
  for (const module of [react, runtime]) {
    const { default: shared } = module as { default?: unknown };
    if (typeof shared === 'object' && shared !== null) Object.freeze(shared);
  }
}
