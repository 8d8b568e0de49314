import type { Host } from 'portcullis';

const KEY = 'portcullis.reloaded';
const AGAIN_MS = 10_000;

/** Whether the document may be loaded again: once, and then not for a while, or it would go on for ever. */
function mayReload(): boolean {
  try {
    const last = Number(sessionStorage.getItem(KEY) ?? 0);
    if (Date.now() - last < AGAIN_MS) return false;
    sessionStorage.setItem(KEY, String(Date.now()));
    return true;
  } catch {
    return false;
  }
}

/** A page that can no longer prove whose its calls are gets a new document, which can. */
export function reloadWhenStale(host: Host): void {
  const look = (): void => {
    if (host.getSnapshot().stale && mayReload()) location.reload();
  };
  host.subscribe(look);
  look();
}
