// Counters and a histogram, cheaper than prom-client: a series is found once by its labels and is a field after that.

const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const requests = new Map();
const denials = new Map();

/** One answered request. `ms`: until its last byte. */
export function countRequest({ tenant, plugin, kind }, status, ms) {
  const labels = `tenant="${tenant?.id ?? ''}",plugin_id="${plugin?.id ?? ''}",route_kind="${kind}",code="${status}"`;
  let series = requests.get(labels);
  if (series === undefined) {
    series = { count: 0, sum: 0, buckets: new Array(BOUNDS.length + 1).fill(0) };
    requests.set(labels, series);
  }
  const seconds = ms / 1000;
  let at = 0;
  while (at < BOUNDS.length && seconds > BOUNDS[at]) at += 1;
  series.count += 1;
  series.sum += seconds;
  series.buckets[at] += 1;
}

export function countDenial(code) {
  denials.set(code, (denials.get(code) ?? 0) + 1);
}

/** All of them in Prometheus' text format. */
export function metricsText() {
  const lines = [];
  const duration = 'bff_request_duration_seconds';
  for (const [labels, { count, sum, buckets }] of requests) {
    lines.push(`bff_requests_total{${labels}} ${count}`, `${duration}_sum{${labels}} ${sum}`);
    let below = 0;
    for (const [at, bound] of [...BOUNDS, '+Inf'].entries()) {
      below += buckets[at];
      lines.push(`${duration}_bucket{${labels},le="${bound}"} ${below}`);
    }
    lines.push(`${duration}_count{${labels}} ${count}`);
  }
  for (const [code, count] of denials) lines.push(`bff_denials_total{reason="${code}"} ${count}`);
  return `${lines.join('\n')}\n`;
}
