// The public suites as questions to the console. A row: what it is called, the line that asks, and what
// is wrong with an answer (null: nothing).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

const equal = (wanted) => (answer) =>
  isDeepStrictEqual(answer, wanted) ? null : `wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(answer)}`;

const row = (id, question, wrong) => ({ id, line: JSON.stringify(question), wrong });

function satisfies(rows) {
  return rows
    .filter(({ loose }) => !loose)
    .map(({ range, version, includePrerelease, expect }) =>
      row(
        `${version} in "${range}"`,
        { op: 'semver.satisfies', version, range, includePrerelease },
        equal({ result: expect }),
      ),
    );
}

function comparisons(rows) {
  return rows
    .filter(({ loose }) => !loose)
    .flatMap(({ a, b, cmp }) => [
      row(`${a} to ${b}`, { op: 'semver.compare', a, b }, equal({ result: cmp })),
      row(`${b} to ${a}`, { op: 'semver.compare', a: b, b: a }, equal({ result: cmp === 0 ? 0 : -cmp })),
    ]);
}

const versions = (rows, of) =>
  rows
    .filter(({ loose }) => !loose)
    .map((each) =>
      row(String(each.version), { op: 'semver.valid', version: each.version }, equal({ result: of(each) })),
    );

function paths(rows) {
  return rows.map(({ n, input, decision, to }) =>
    row(`${n}: ${input}`, { op: 'path.canonicalize', target: input }, (answer) => {
      if (decision === 'reject') return answer.ok === false ? null : `not rejected: ${JSON.stringify(answer)}`;
      const got = answer.ok ? answer.path : null;
      return got === to ? null : `wanted ${to}, got ${JSON.stringify(answer)}`;
    }),
  );
}

function eventStreams(rows) {
  return rows.map(({ id, chunks_b64, events, retry_ms, last_event_id }) =>
    row(id, { op: 'sse.parse', chunks_b64 }, equal({ events, retry_ms, last_event_id })),
  );
}

function integrity(rows) {
  return rows.map((each) =>
    row(each.integrity, { op: 'integrity.parse', value: each.integrity }, (answer) => {
      const digest = each.true_digests
        .filter((text) => text.startsWith('sha256-'))
        .map((text) => Buffer.from(text.slice('sha256-'.length), 'base64').toString('hex'));
      const allows = answer.ok === true && answer.algorithm === 'sha256' && digest.includes(answer.digest_hex);
      return allows === each.fail_closed_single_sha256_allows
        ? null
        : `${allows ? 'would run' : 'would not run'} what a reader that fails closed ${allows ? 'would not' : 'would'}`;
    }),
  );
}

// Problems of the text itself, not of what it says.
const NOT_JSON = new Set(['JSON_SYNTAX', 'JSON_TOO_DEEP', 'JSON_TOO_LARGE', 'JSON_DUPLICATE_KEY']);

/** The bytes as a string of a JSON line, whatever they are: only what JSON itself escapes is escaped. */
function asJsonString(bytes) {
  const out = [];
  for (const byte of bytes) {
    if (byte === 0x22 || byte === 0x5c) out.push(0x5c, byte);
    else if (byte < 0x20) out.push(...Buffer.from(`\\u${byte.toString(16).padStart(4, '0')}`));
    else out.push(byte);
  }
  return Buffer.from(out);
}

function json(rows) {
  return rows.map(({ file, expect, b64 }) => ({
    id: file,
    line: Buffer.concat([
      Buffer.from('{"op":"manifest.validate","manifest":"'),
      asJsonString(Buffer.from(b64, 'base64')),
      Buffer.from('"}'),
    ]),
    wrong(answer) {
      // A line that is not UTF-8 is refused whole, before anything looks at the manifest in it.
      const refused = answer.error !== undefined || answer.problems.some(({ code }) => NOT_JSON.has(code));
      if (answer.ok === true) return 'taken for a manifest';
      if (expect === 'either' || refused === (expect === 'reject')) return null;
      return refused ? `refused as text: ${JSON.stringify(answer).slice(0, 200)}` : 'read as JSON';
    },
  }));
}

const SUITES = [
  ['node-semver: satisfies', 'semver-satisfies.json', satisfies],
  ['node-semver: comparisons', 'semver-comparisons.json', comparisons],
  ['node-semver: valid versions', 'semver-valid-versions.json', (rows) => versions(rows, (each) => each.canonical)],
  ['node-semver: invalid versions', 'semver-invalid-versions.json', (rows) => versions(rows, () => null)],
  ['paths', 'path-nastiest25.json', paths],
  ['WHATWG event streams', 'event-stream-wpt.json', eventStreams],
  ['JSONTestSuite, as manifests', 'json-jsontestsuite.json', json],
  ['integrity', 'integrity-wpt.json', integrity],
];

/** Every suite of the folder: its name, its file, its rows. */
export function readSuites(folder) {
  return SUITES.map(([name, file, rowsOf]) => ({
    name,
    file,
    rows: rowsOf(JSON.parse(readFileSync(join(folder, file), 'utf8'))),
  }));
}
