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

/** The parameters that the manifest named, and what a final `*` matched. */
export function pageParams(params: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const named = Object.entries(params).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith('-'),
  );
  return Object.fromEntries(named);
}

/** A final `*` is one segment or more; React Router's matches none, too. */
export function matchesTail(template: string, params: Readonly<Record<string, string | undefined>>): boolean {
  return !template.endsWith('/*') || (params['*'] ?? '') !== '';
}
