// The text of docs/benchmarks.md about event streams.

import { table } from './table.mjs';

const number = (value, digits = 1) => value.toFixed(digits);
const met = (value, bar) => (value <= bar ? 'yes' : 'no');

/** The targets as table rows: what, target, this run, met. */
export function streamsBars({ count, memory, fanOut: events, closing: rows }) {
  const kb = memory.bytes / 1024;
  const slowest = Math.max(...rows.map((row) => row.lastMs));
  return [
    [`memory of one of ${count} open streams`, 'at most 4.00 KB', `${number(kb, 2)} KB`, met(kb, 4)],
    [
      'one event to all, CPU, against a loop of send()',
      'at most 1.50x',
      `${number(events.cpuRatio, 2)}x`,
      met(events.cpuRatio, 1.5),
    ],
    [
      'the same, with readers that do not read yet',
      'at most 1.50x',
      `${number(events.busy.cpuRatio, 2)}x`,
      met(events.busy.cpuRatio, 1.5),
    ],
    [
      'first reader to last, against the loop',
      'at most 1.50x',
      `${number(events.spanRatio, 2)}x`,
      met(events.spanRatio, 1.5),
    ],
    [`the last of ${rows[0].streams} streams closed`, 'at most 100 ms', `${number(slowest)} ms`, met(slowest, 100)],
  ];
}

/** The section of docs/benchmarks.md, below a heading of the page. */
export function streamsMarkdown(result) {
  const { count, memory, fanOut: events, closing: rows } = result;
  const us = (ms) => number((ms * 1000) / count, 2);
  return `## Event streams

${count} readers of \`GET /api/plugins/events\` on one thread of the server, on loopback, with the readers on another core.
Memory is the process's private dirty memory (Private_Dirty) with open streams, minus without. The event is an \`evict\` of
${events.bytes} bytes caused by an operator's quarantine; the server's figure includes the CPU time of that call, with its
fsync. The loop of bare \`send\` calls has the same number of its own readers and takes turns with the server. Readers wait
for events, so the cost includes waking them; in the second half of the turns they are busy until everything is sent.

${table(['', 'bar', 'this run', 'met'], streamsBars(result))}

${table(
  ['a stream', 'bytes'],
  [
    ['portcullis-bff', number(memory.bytes, 0)],
    ['a bare Beast coroutine, no events', number(memory.beastBytes, 0)],
  ],
)}

${table(
  ['one event to all', 'CPU, ms', 'µs a reader', 'first reader to last, ms', 'asked to last reader, ms'],
  [
    [
      'portcullis-bff',
      number(events.ours.cpuMs),
      us(events.ours.cpuMs),
      number(events.ours.spanMs),
      number(events.ours.askedToLastMs),
    ],
    ['a loop of send()', number(events.bare.cpuMs), us(events.bare.cpuMs), number(events.bare.spanMs), ''],
    ['portcullis-bff, readers busy', number(events.busy.ours.cpuMs), us(events.busy.ours.cpuMs), '', ''],
    ['a loop of send(), readers busy', number(events.busy.bare.cpuMs), us(events.busy.bare.cpuMs), '', ''],
  ],
)}

Time from an operator's call until the first and the last of ${rows[0].streams} open streams end, as seen by their readers:

${table(
  ['streams', 'because of', 'first, ms', 'last, ms'],
  rows.map((row) => [row.kind, row.cause, number(row.firstMs), number(row.lastMs)]),
)}
`;
}
