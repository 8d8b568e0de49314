import type { Host } from 'portcullis';

const KEY = 'portcullis.reloaded';
const AGAIN_MS = 10_000;

/** Whether the document may be reloaded: at most once in 10 seconds, which prevents a reload loop. */
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

/** Reloads a page that can no longer stamp its calls, because a new document gets a new key. */
export function reloadWhenStale(host: Host): void {
  const check = (): void => {
    if (host.getSnapshot().stale && mayReload()) location.reload();
  };
  host.subscribe(check);
  check();
}
