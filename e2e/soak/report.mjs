// A soak's summary as a table and as a memory chart.
const mib = (kib) => (kib / 1024).toFixed(1);
const percent = (share) => `${(share * 100).toFixed(2)} %`;

/** The reasons why the soak failed; empty if it passed. `memory` false ignores memory, for runs that are too short. */
export function failures(summary, { memory = true } = {}) {
  const out = [];
  const { before, after } = summary.idle;
  if (summary.wrongs > 0) out.push(`${summary.wrongs} wrong answers`);
  if (after.internalErrors > 0) out.push(`${after.internalErrors} answers were 500`);
  if (after.connections > before.connections) out.push(`${after.connections} connections are left`);
  if (after.streams > 0) out.push(`${after.streams} streams are left`);
  if (after.threads > before.threads) out.push(`${after.threads} threads, ${before.threads} before`);
  if (after.descriptors > before.descriptors + after.pooled) {
    out.push(`${after.descriptors} descriptors, ${before.descriptors} before, ${after.pooled} are pooled`);
  }
  if (memory && !summary.memory.flat) out.push(`memory grew by ${percent(summary.memory.rss.growth)}`);
  return out;
}

/** The table, in Markdown. */
export function table(summary) {
  const rows = summary.kinds.map(({ kind, count, outcomes, p50, p99 }) => {
    const said = Object.entries(outcomes)
      .sort(([, a], [, b]) => b - a)
      .map(([outcome, n]) => `${n} × ${outcome}`)
      .join(', ');
    return `| ${kind} | ${count} | ${said} | ${p50.toFixed(2)} | ${p99.toFixed(2)} |`;
  });
  return ['| kind | requests | answers | p50 ms | p99 ms |', '| --- | --: | --- | --: | --: |', ...rows].join('\n');
}

/** The key figures, one per line. */
export function facts(summary) {
  const { rss, anon } = summary.memory;
  const { before, after } = summary.idle;
  const counts = (what) =>
    Object.entries(what)
      .map(([name, n]) => `${n} ${name}`)
      .join(', ');
  return [
    `${summary.seconds} s, seed ${summary.seed}: ${summary.requests} requests, ${summary.wrongs} wrong answers`,
    `the operator's: ${counts(summary.operator)}`,
    `the upstream's: ${counts(summary.trouble)}; ${summary.errors} answers of 502 to 504, ${summary.broken} broken off`,
    `RSS, medians: ${mib(rss.early)} MiB in the second fifth, ${mib(rss.late)} MiB in the last (${percent(rss.growth)})`,
    `RssAnon: ${mib(anon.early)} MiB, ${mib(anon.late)} MiB (${percent(anon.growth)})`,
    `idle before and after: descriptors ${before.descriptors}, ${after.descriptors} with ${after.pooled} pooled connections to upstreams; threads ${before.threads}, ${after.threads}; connections ${before.connections}, ${after.connections}; streams ${after.streams}`,
  ];
}

/** RSS and RssAnon over time as an SVG, readable on light and dark pages. */
export function memoryCurve({ samples, seconds }) {
  const [left, top, width, height] = [60, 50, 680, 220];
  const most = Math.ceil(Math.max(1, ...samples.map(({ rss }) => rss / 1024)) / 10) * 10;
  const x = (second) => left + (second / seconds) * width;
  const y = (kib) => top + height - (kib / 1024 / most) * height;
  const line = (key) => samples.map((one) => `${x(one.second).toFixed(1)},${y(one[key]).toFixed(1)}`).join(' ');
  const marks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = top + height * (1 - share);
    return `<path class="grid" d="M${left} ${at}h${width}"/><text x="${left - 8}" y="${at + 4}" text-anchor="end">${most * share}</text>`;
  });
  const times = [0, 1, 2, 3, 4, 5].map((fifth) => {
    const at = left + (width * fifth) / 5;
    const label = seconds >= 120 ? `${((seconds * fifth) / 300).toFixed(1)} min` : `${(seconds * fifth) / 5} s`;
    return `<text x="${at}" y="${top + height + 20}" text-anchor="middle">${label}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 310" role="img" aria-label="Memory of the server during the soak">
<style>text{font:12px system-ui,sans-serif;fill:#334155}.grid{stroke:#94a3b8;stroke-width:.4}polyline{fill:none;stroke-width:1.5}@media(prefers-color-scheme:dark){text{fill:#cbd5e1}}</style>
<text x="${left}" y="18" font-weight="600">Memory of the server during the soak (MiB)</text>
<rect x="${left}" y="28" width="11" height="3" fill="#7c4dff"/><text x="${left + 16}" y="34">RSS</text>
<rect x="${left + 70}" y="28" width="11" height="3" fill="#0d9488"/><text x="${left + 86}" y="34">RssAnon</text>
<rect x="${left}" y="${top}" width="${width / 5}" height="${height}" fill="#94a3b8" opacity=".15"><title>warm-up</title></rect>
${marks.join('\n')}
${times.join('\n')}
<polyline points="${line('rss')}" stroke="#7c4dff"/>
<polyline points="${line('anon')}" stroke="#0d9488"/>
</svg>
`;
}

/** Replaces the section of docs/reliability.md between its two markers. */
export function renewed(document, summary, machine) {
  const [begin, end] = ['<!-- soak: written by `npm run soak -- --write` -->', '<!-- /soak -->'];
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error('docs/reliability.md has no place for the soak');
  const list = facts(summary).map((fact) => `- ${fact}`);
  const body = [begin, '', machine, '', ...list, '', table(summary), '', '![Memory](soak.svg)', ''].join('\n');
  return document.slice(0, from) + body + document.slice(to);
}
