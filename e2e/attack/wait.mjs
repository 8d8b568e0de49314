/** The upstream's response: the victim's data. */
export const SECRET = 'the-secret-of-the-vault';

const WAIT_MS = 10_000;

/** Polls `look` and resolves with its first result; null on timeout. */
export async function until(look, waitMs = WAIT_MS) {
  for (const end = Date.now() + waitMs; Date.now() < end; ) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return null;
}
