/**
 * Converts a contributed route's template to a React Router path. React Router has no single-segment `*`, so one in
 * the middle becomes a parameter with a name that no manifest can use. Literals are decoded, because React Router
 * matches the decoded address.
 */
export function toRouterPath(template: string): string {
  const segments = template.split('/');
  return segments
    .map((segment, index) => {
      if (segment === '*' && index < segments.length - 1) return `:-${index}`;
      return segment.startsWith(':') ? segment : decodeURIComponent(segment);
    })
    .join('/');
}

/**
 * Returns the template's parameters and what its final `*` matched. React Router also passes those of the surrounding
 * host route (its `*`, its `:tenant`), which are dropped.
 */
export function pageParams(
  template: string,
  params: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const names = template.split('/').flatMap((segment) => (segment.startsWith(':') ? [segment.slice(1)] : []));
  if (template.endsWith('/*')) names.push('*');
  return Object.fromEntries(names.map((name) => [name, params[name] ?? '']));
}

/** Whether a final `*` matched at least one segment; React Router's `*` also matches none. */
export function matchesTail(template: string, params: Readonly<Record<string, string | undefined>>): boolean {
  return !template.endsWith('/*') || (params['*'] ?? '') !== '';
}
