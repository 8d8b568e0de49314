// The results as docs/benchmarks.md with its charts, and as the text that the command prints.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { chart } from './chart.mjs';
import { number, sectionOf, table, times } from './table.mjs';

const docs = fileURLToPath(new URL('../docs/', import.meta.url));
const { dependencies } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));

/** Our time and the peers' in ns, and how much faster ours is than the best of them. */
function compared(rows, unit) {
  const names = Object.keys(Object.values(rows)[0]);
  return table(
    ['', ...names.map((name) => `${name} (${unit})`), 'the better peer / ours'],
    Object.entries(rows).map(([label, values]) => {
      const peers = names.filter((name) => name !== 'portcullis' && name !== 'copy only');
      const best = Math.min(...peers.map((name) => values[name]));
      return [label, ...names.map((name) => number(values[name])), times(best / values.portcullis)];
    }),
  );
}

const scaled = (values, factor) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value * factor]));

const groups = (rows, names) =>
  Object.entries(rows).map(([label, values]) => ({
    label,
    bars: names.map((name) => ({ name, value: values[name] })),
  }));

/** Each target, with the result of this run. */
function bars(results) {
  const { decide, native, load, semver, eventStream, manifests, size, start } = results;
  const faster = ({ portcullis, 'copy only': _, ...peers }) => Math.min(...Object.values(peers)) / portcullis;
  const copies = (values) => values.portcullis / values['copy only'];
  const cpu = (name) => native[name].cpu_time;
  const atLeast = (what, bar, value) => [what, `at least ${times(bar)}`, times(value), value >= bar ? 'yes' : 'no'];
  const atMost = (what, bar, value, unit) => [
    what,
    `at most ${unit === 'x' ? times(bar) : `${number(bar)} ${unit}`}`,
    unit === 'x' ? times(value) : `${number(value)} ${unit}`,
    value <= bar ? 'yes' : 'no',
  ];
  const reads = cpu('BM_DecideCanonical/100') / cpu('BM_ReadBytes/100');
  return table(
    ['', 'target', 'this run', 'met'],
    [
      atLeast('decision from JavaScript, 1 plugin, against the better router', 1.2, faster(decide['1 canonical'])),
      atLeast('100 plugins', 2, faster(decide['100 canonical'])),
      atLeast('10,000 plugins', 5, faster(decide['10000 canonical'])),
      ...[1, 100, 10000].map((plugins) =>
        atLeast(
          `to be normalised, ${plugins === 1 ? '1 plugin' : `${number(plugins)} plugins`}`,
          5,
          faster(decide[`${plugins} to be normalised`]),
        ),
      ),
      atMost('against a call that only copies the path in, 1 plugin', 2.2, copies(decide['1 canonical']), 'x'),
      atMost('100 plugins', 2.2, copies(decide['100 canonical']), 'x'),
      atMost('decision natively against reading the bytes, 100 plugins', 5, reads, 'x'),
      atMost('allocations of a native decision', 0, native['BM_DecideCanonical/100'].allocations, 'a call'),
      atLeast('semver, ranges seen before, against npm semver', 1, faster(semver['ranges seen before'])),
      atLeast('semver, ranges never seen', 1, faster(semver['ranges never seen'])),
      atLeast('event stream against eventsource-parser', 1, faster(eventStream)),
      atMost('manifests against JSON.parse and zod', 1.5, 1 / faster(manifests), 'x'),
      atMost('rules of 10,000 plugins, from JavaScript', 400, load.portcullis.ms, 'ms'),
      atMost('memory for them', 100, load.portcullis.bytes / 1e6, 'MB'),
      atMost('rules of 10,000 plugins, natively', 200, cpu('BM_CompileRules/10000'), 'ms'),
      atMost('module and SDK, brotli', 100, size.loaded.together.brotli / 1e3, 'KB'),
      atMost('start in Node, with the file read', 10, start.ms, 'ms'),
    ],
  );
}

export function writePage(results, { write }) {
  const { native } = results;
  const nativeNs = (name) => native[name].cpu_time;
  const decide = Object.fromEntries(
    Object.entries(results.decide).map(([label, values]) => [
      label.replace(/^(\d+) /, (_, plugins) => (plugins === '1' ? '1 plugin, ' : `${plugins} plugins, `)),
      values,
    ]),
  );
  const pictures = {
    decisions: chart(
      'One decision, from JavaScript',
      'ns',
      groups(decide, ['portcullis', 'find-my-way', 'path-to-regexp']),
    ),
    loading: chart(
      'Rules of 10,000 plugins compiled',
      'ms',
      Object.entries(results.load).map(([name, { ms }]) => ({ label: name, bars: [{ name, value: ms }] })),
    ),
  };
  const page = `# Benchmarks

Written by \`npm run bench -- --write\`. The contenders take turns within one run, and the medians of the rounds are compared,
so that other load on the machine affects all of them equally. On another machine only the ratios are meaningful.

${cpus()[0].model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.versions.node}. Peers:
${Object.entries(dependencies)
  .map(([name, version]) => `${name} ${version}`)
  .join(', ')}.

## Targets

${bars(results)}

## Decisions

From a raw path to the verdict, including normalisation: 20 templates per plugin, unique parameter names, half hits and
half misses. The routers get the same normalisation in front, written in JavaScript. _copy only_ is a call that copies the
path into the module's memory and decides nothing.

![One decision, from JavaScript](benchmarks/decisions.svg)

${compared(decide, 'ns')}

Native (Google Benchmark, CPU time):

${table(
  ['', 'canonical (ns)', 'to be normalised (ns)', 'reading the bytes (ns)', 'canonical / reading', 'allocations'],
  [1, 100, 10000].map((plugins) => [
    plugins === 1 ? '1 plugin' : `${plugins} plugins`,
    number(nativeNs(`BM_DecideCanonical/${plugins}`)),
    number(nativeNs(`BM_DecideUnnormalised/${plugins}`)),
    number(nativeNs(`BM_ReadBytes/${plugins}`)),
    times(nativeNs(`BM_DecideCanonical/${plugins}`) / nativeNs(`BM_ReadBytes/${plugins}`)),
    native[`BM_DecideCanonical/${plugins}`].allocations,
  ]),
)}

## The same rules in policy engines

10 plugins of 20 rules, canonical paths.

${compared({ 'one decision': results.policies }, 'ns')}

## Compiling the rules of 10,000 plugins

Each in a separate process. Ours reads whole manifests. The memory is the increase of the process.

![Rules of 10,000 plugins compiled](benchmarks/loading.svg)

${table(
  ['', 'ms', 'MB'],
  [
    ...Object.entries(results.load).map(([name, { ms, bytes }]) => [name, number(ms), number(bytes / 1e6)]),
    [
      'portcullis, natively, rules only',
      number(nativeNs('BM_CompileRules/10000')),
      number(native['BM_CompileRules/10000'].bytes / 1e6),
    ],
  ],
)}

## Manifests, semver, event streams

${compared({ 'one manifest of 1,000, validated; ours also compiles it': scaled(results.manifests, 1e-3) }, 'µs')}

Natively: ${number((nativeNs('BM_LoadManifests/1000') * 1e3) / 1000)} µs.

${compared(results.semver, 'ns')}

Natively, without a cache between calls: ${number(nativeNs('BM_SemverSatisfies'))} ns.

${compared({ 'one KiB of an event stream, fed as bytes': scaled(results.eventStream, 1024) }, 'ns')}

Natively: ${number(native.BM_EventStream.bytes_per_second / 1e6)} MB/s.

## Size and start

In bytes. The SDK is \`portcullis\` without its React bindings, bundled and minified.

${table(
  ['', 'raw', 'gzip', 'brotli'],
  Object.entries({ ...results.size.loaded, 'instead, if WebAssembly is refused': results.size.instead }).map(
    ([name, { raw, gzip, brotli }]) => [name, ...[raw, gzip, brotli].map(number)],
  ),
)}

From the module's bytes to a core that answers, in Node: ${number(results.start.ms)} ms.

Everything is compiled with -Oz except these files. The last column is their cost in bytes of brotli compared with -Oz:

${table(
  ['', 'level', 'brotli'],
  results.levels.map(({ file, level, brotli }) => [`\`${file}\``, level, brotli]),
)}
`;
  if (write) {
    mkdirSync(`${docs}benchmarks`, { recursive: true });
    for (const [name, svg] of Object.entries(pictures)) writeFileSync(`${docs}benchmarks/${name}.svg`, svg);
    const file = `${docs}benchmarks.md`;
    const server = sectionOf(readFileSync(file, 'utf8'), 'bench:bff');
    writeFileSync(file, server === '' ? page : `${page}\n${server}\n`);
  }
  return page;
}
