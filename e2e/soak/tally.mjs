// The results of a soak: counts and latencies by kind, every wrong response with its context, memory over time.
const KEPT_WRONG = 100;
/** The largest growth of memory that counts as flat, as a fraction. */
export const FLAT = 0.05;

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
const outcomeOf = (answer) =>
  answer.failed ? 'broken off' : answer.status === 0 ? 'broke off' : String(answer.status);

/**
 * Whether memory is stable: the run is split in fifths, the first is warm-up, and the medians of the second and the
 * last are compared. `samples` are `{ second, rss, anon }`.
 */
export function judgeMemory(samples, seconds) {
  const fifth = (n) => samples.filter(({ second }) => second >= (seconds * n) / 5 && second < (seconds * (n + 1)) / 5);
  const of = (key) => {
    const early = median(fifth(1).map((sample) => sample[key]));
    const late = median(fifth(4).map((sample) => sample[key]));
    return { early, late, growth: early > 0 ? late / early - 1 : Number.NaN };
  };
  const rss = of('rss');
  return { rss, anon: of('anon'), flat: rss.growth < FLAT };
}

export class Tally {
  #kinds = new Map();
  #wrong = [];
  #reasons = new Map();
  #samples = [];
  #idle = null;
  requests = 0;
  wrongs = 0;
  broken = 0;
  errors = 0;
  constructor({ seconds, seed }) {
    Object.assign(this, { seconds, seed });
  }

  answer(request, answer) {
    const kind = this.#kinds.get(request.kind) ?? { outcomes: {}, ms: [] };
    this.#kinds.set(request.kind, kind);
    const outcome = outcomeOf(answer);
    kind.outcomes[outcome] = (kind.outcomes[outcome] ?? 0) + 1;
    if (!answer.failed && answer.status !== 0) kind.ms.push(answer.ms);
    this.requests += 1;
    if (answer.failed) this.broken += 1;
    if (answer.status >= 500) this.errors += 1;
  }

  /** How often this kind had this outcome. */
  count(kind, outcome) {
    return this.#kinds.get(kind)?.outcomes[outcome] ?? 0;
  }

  wrong(request, answer, reason, during = null) {
    this.wrongs += 1;
    const what = `${request.kind ?? 'call'}: ${reason}`;
    if (this.#reasons.size < KEPT_WRONG || this.#reasons.has(what)) {
      this.#reasons.set(what, (this.#reasons.get(what) ?? 0) + 1);
    }
    if (this.#wrong.length >= KEPT_WRONG) return;
    const { session, body, expect: _, ...asked } = request;
    this.#wrong.push({
      reason,
      request: { ...asked, user: session?.user, ended: session?.endedAt !== undefined, bytes: body?.length },
      answer: {
        status: answer.status,
        headers: answer.headers,
        failed: answer.failed,
        ms: answer.ms,
        body: answer.body?.toString().slice(0, 400),
      },
      during: during && {
        disturbed: during.disturbed,
        sessionEnding: during.sessionEnding,
        states: during.states.map(({ switches, quarantined }) => ({ switches, quarantined: [...quarantined] })),
      },
    });
  }

  sample(second, seen) {
    this.#samples.push({ second, ...seen });
  }

  idle(before, after) {
    this.#idle = { before, after };
  }

  line(second, mood) {
    const now = this.#samples.at(-1) ?? { rss: 0 };
    const phase = second < this.seconds / 5 ? 'warming up' : 'measuring';
    const clock = `${Math.floor(second / 60)}:${String(Math.floor(second % 60)).padStart(2, '0')}`;
    return (
      `${clock} ${phase.padEnd(10)} ${this.requests} requests, ${this.errors} upstream errors, ${this.broken} broken off, ` +
      `${this.wrongs} wrong, RSS ${(now.rss / 1024).toFixed(1)} MiB, upstream ${mood}`
    );
  }

  summary(more) {
    const kinds = [...this.#kinds].map(([kind, { outcomes, ms }]) => {
      const sorted = Float64Array.from(ms).sort();
      const count = Object.values(outcomes).reduce((sum, n) => sum + n, 0);
      return { kind, count, outcomes, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
    });
    kinds.sort((a, b) => b.count - a.count);
    return {
      seconds: this.seconds,
      seed: this.seed,
      requests: this.requests,
      broken: this.broken,
      errors: this.errors,
      wrongs: this.wrongs,
      wrong: this.#wrong,
      reasons: Object.fromEntries(this.#reasons),
      kinds,
      memory: judgeMemory(this.#samples, this.seconds),
      samples: this.#samples,
      idle: this.#idle,
      ...more,
    };
  }
}
