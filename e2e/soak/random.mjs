// Repeatable randomness: one seed determines one run's choices. And bodies that belong to one request only.

/** A seeded generator (mulberry32) with the soak's distributions. */
export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(next() * n);
  return {
    next,
    below,
    chance: (p) => next() < p,
    between: (low, high) => low + below(high - low + 1),
    pick: (list) => list[below(list.length)],
    /** Sizes from 0 to `most`, uniform by order of magnitude. */
    size: (most) => (next() < 0.1 ? 0 : Math.floor(Math.exp(next() * Math.log(most)))),
    /** One key of `weights`, by its weight. */
    weighted(weights) {
      const entries = Object.entries(weights);
      let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [key, weight] of entries) {
        left -= weight;
        if (left < 0) return key;
      }
      return entries[0][0];
    },
  };
}

const NOISE = (() => {
  const { next } = random(7);
  return Buffer.from(Array.from({ length: 65_537 }, () => 33 + Math.floor(next() * 90)));
})();

/**
 * `size` bytes that are unique to `name`: its name first, if there is room, then noise from a position derived from
 * the name. Bodies that are swapped, cut or joined wrongly differ.
 */
export function bodyOf(name, size) {
  const out = Buffer.allocUnsafe(size);
  const head = Buffer.from(`${name}\n`);
  let at = head.copy(out, 0, 0, Math.min(size, head.length));
  let from = 0;
  for (const byte of head) from = (from * 31 + byte) % NOISE.length;
  while (at < size) {
    const copied = NOISE.copy(out, at, from, Math.min(NOISE.length, from + size - at));
    at += copied;
    from = (from + copied) % NOISE.length;
  }
  return out;
}
