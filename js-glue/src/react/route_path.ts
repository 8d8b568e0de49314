/**
 * A contributed route's template as a React Router path. `*` in the middle is one segment there only
 * as a parameter, which gets a name that no manifest can write. Literals are decoded, since React
 * Router matches the decoded address.
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
 * The parameters that the template names, and what its final `*` matched. React Router also gives those of the host's
 * route around it (its `*`, its `:tenant`), which are none of the page's.
 */
export function pageParams(
  template: string,
  params: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const names = template.split('/').flatMap((segment) => (segment.startsWith(':') ? [segment.slice(1)] : []));
  if (template.endsWith('/*')) names.push('*');
  return Object.fromEntries(names.map((name) => [name, params[name] ?? '']));
}

/** A final `*` is one segment or more; React Router's matches none, too. */
export function matchesTail(template: string, params: Readonly<Record<string, string | undefined>>): boolean {
  return !template.endsWith('/*') || (params['*'] ?? '') !== '';
}
