// Runs contenders in turns, so that other load on the machine affects all of them alike; medians over rounds.

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
};

/**
 * @param {Record<string, () => unknown>} contenders each does the same work once when called
 * @param {{rounds?: number, minMs?: number, per: number}} how `per`: operations in one call
 * @returns {Record<string, number>} median ns per operation
 */
export function measure(contenders, { rounds = 15, minMs = 8, per }) {
  const names = Object.keys(contenders);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  const repeats = {};
  for (const name of names) {
    // Long enough for the JIT, and to determine how many calls fit into a turn.
    const run = contenders[name];
    const until = performance.now() + 10 * minMs;
    let calls = 0;
    const started = performance.now();
    do {
      run();
      calls += 1;
    } while (performance.now() < until);
    repeats[name] = Math.max(1, Math.round((calls * minMs) / (performance.now() - started)));
  }
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(round + turn) % names.length];
      const run = contenders[name];
      const started = performance.now();
      for (let left = repeats[name]; left > 0; left -= 1) run();
      times[name].push(((performance.now() - started) * 1e6) / (repeats[name] * per));
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])]));
}
