import type { Host } from 'portcullis';

const KEY = 'portcullis.reloaded';
const AGAIN_MS = 10_000;

let reloading = false;

/** Whether the document is being reloaded, so that nobody needs to be asked to do it. */
export const isReloading = (): boolean => reloading;

/**
 * Whether the document may be reloaded: at most once in 10 seconds, which prevents a reload loop. A sign-in in this
 * document is no part of a loop: a person made it.
 */
function mayReload(signedIn: boolean): boolean {
  try {
    const last = Number(sessionStorage.getItem(KEY) ?? 0);
    if (!signedIn && Date.now() - last < AGAIN_MS) return false;
    sessionStorage.setItem(KEY, String(Date.now()));
    return true;
  } catch {
    return signedIn;
  }
}

/** Reloads a page that cannot stamp its calls, because a new document gets a token of the current session. */
export function reloadWhenStale(host: Host): void {
  let wasSignedOut = false;
  const check = (): void => {
    const { stale, status } = host.getSnapshot();
    if (status === 'signed-out') wasSignedOut = true;
    if (!stale || !mayReload(wasSignedOut)) return;
    wasSignedOut = false;
    reloading = true;
    location.reload();
  };
  host.subscribe(check);
  check();
}
