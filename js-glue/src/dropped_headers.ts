/**
 * Names headers of a plugin's calls that went no further, once for each: one that is left out without a word costs its
 * author an hour. `own`: the host left it out; else the server did not pass it on.
 */
export function tellDropped(
  { console, told }: { readonly console: Pick<Console, 'warn'>; readonly told: Set<string> },
  pluginId: string,
  names: string,
  own: boolean,
): void {
  const why = own
    ? "is the host's: it was left out"
    : 'did not reach the upstream: its route names such in forward_headers';
  for (const name of names.split(',').map((each) => each.trim())) {
    if (told.has(pluginId + name)) continue;
    told.add(pluginId + name);
    console.warn(`[plugin:${pluginId}] the header ${name} ${why}`);
  }
}
