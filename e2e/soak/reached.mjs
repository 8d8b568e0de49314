// Detects what reached the upstreams but must not have: calls that every state denied, and truncated bodies that look
// complete.
import { performance } from 'node:perf_hooks';

const REMEMBERED_MS = 30_000;

/** A set of ids that expire. */
class Ids {
  #at = new Map();
  add(id) {
    const now = performance.now();
    for (const [old, at] of this.#at) {
      if (at > now - REMEMBERED_MS) break;
      this.#at.delete(old);
    }
    this.#at.set(id, now);
  }
  has(id) {
    return this.#at.has(id);
  }
}

/** `wrong(id, reason)` is called whichever side of the contradiction is known first. */
export class Reached {
  #seen = new Ids();
  #whole = new Ids();
  #denied = new Ids();
  #halves = new Ids();
  constructor(wrong) {
    this.wrong = wrong;
  }
  /** Records an upstream's report. */
  told(seen, whole) {
    for (const id of seen) {
      this.#seen.add(id);
      if (this.#denied.has(id)) this.wrong(id, 'denied, and reached the upstream all the same');
    }
    for (const id of whole) {
      this.#whole.add(id);
      if (this.#halves.has(id)) this.wrong(id, 'half a body that looked whole to the upstream');
    }
  }
  denied(id) {
    this.#denied.add(id);
    if (this.#seen.has(id)) this.wrong(id, 'denied, and reached the upstream all the same');
  }
  half(id) {
    this.#halves.add(id);
    if (this.#whole.has(id)) this.wrong(id, 'half a body that looked whole to the upstream');
  }
}
