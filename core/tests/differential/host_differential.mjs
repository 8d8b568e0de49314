// Asks two consoles the same questions, made from the vectors by mutation, and says where the answers
// differ by a byte.
//
//   node core/tests/differential/host_differential.mjs [--count N] [--seed N] -- COMMAND... -- COMMAND...
//
// Exit code 0: no difference; 1: differences, the first ones on stderr.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askConsole } from '../conformance/console_host.mjs';
import { randomFrom } from './random.mjs';

const argv = process.argv.slice(2);
const first = argv.indexOf('--');
const second = argv.indexOf('--', first + 1);
const option = (name, fallback) => {
  const at = argv.indexOf(name);
  return at < 0 || at > first ? fallback : Number(argv[at + 1]);
};
const count = option('--count', 20000);
const seed = option('--seed', 1);
const { below, pick, chance } = randomFrom(seed);

const vectors = fileURLToPath(new URL('../../../spec/vectors/', import.meta.url));
const questions = readdirSync(vectors)
  .flatMap((file) => JSON.parse(readFileSync(join(vectors, file), 'utf8')).rows)
  .flatMap((row) => (row.in !== null && typeof row.in === 'object' && 'op' in row.in ? [row.in] : []));

const PIECES = [
  ...['/', '//', '.', '..', '/./', '/../', '%2e', '%2F', '%5c', '%25', '%2525', '%C3%A9', '%c0%af', '%00', '%', '%e'],
  ...[
    '?',
    '??',
    '#',
    '\\',
    ';',
    ':',
    ':id',
    '*',
    ' ',
    '\t',
    '\r',
    '\n',
    '\u0000',
    '\u007f',
    'é',
    '\u{1f600}',
    '\ufeff',
  ],
  ...['0', '1', '-1', '01', '9007199254740993', '1e400', '.5', 'x', 'a', 'A', '^', '~', '>=', '<', '||', ' - ', '+b'],
  ...['null', 'true', '"', '{', '}', '[', ']', ',', 'sha256-', 'sha384-', '=', 'data:', 'id:', 'retry:', 'event:'],
];

function mutateText(text) {
  let out = text;
  for (let left = 1 + below(3); left > 0; left -= 1) {
    const at = below(out.length + 1);
    const length = chance(0.5) ? 0 : below(4);
    out = out.slice(0, at) + (chance(0.7) ? pick(PIECES) : '') + out.slice(at + length);
  }
  // Half a surrogate pair has no UTF-8, so no console could be asked for it.
  return out.toWellFormed();
}

const ODD_VALUES = [null, true, 0, -1, 1.5, 1e21, '', 'x', [], {}, [[]], { a: 1 }];

function mutate(value, depth = 0) {
  if (typeof value === 'string') return chance(0.35) ? mutateText(value) : value;
  if (value === null || typeof value !== 'object') return chance(0.1) ? pick(ODD_VALUES) : value;
  if (depth > 0 && chance(0.02)) return pick(ODD_VALUES);
  if (Array.isArray(value)) {
    const out = value.map((each) => mutate(each, depth + 1));
    if (out.length > 0 && chance(0.15)) out.push(out[below(out.length)]);
    if (out.length > 0 && chance(0.1)) out.splice(below(out.length), 1);
    return out;
  }
  const out = {};
  for (const [key, each] of Object.entries(value)) {
    if (key === 'op') out.op = each;
    else if (!chance(0.03)) out[chance(0.03) ? mutateText(key) : key] = mutate(each, depth + 1);
  }
  return out;
}

const lines = Array.from({ length: count }, () => {
  const line = JSON.stringify(mutate(pick(questions)));
  return chance(0.02) ? mutateText(line).replaceAll('\n', ' ') : line;
});
const [one, other] = await Promise.all([
  askConsole(argv.slice(first + 1, second), lines),
  askConsole(argv.slice(second + 1), lines),
]);
let differences = 0;
let refused = 0;
lines.forEach((line, index) => {
  if (one[index].startsWith('{"error"')) refused += 1;
  if (one[index] === other[index]) return;
  differences += 1;
  if (differences <= 10) console.error(`${line}\n  one:   ${one[index]}\n  other: ${other[index]}`);
});
console.log(`host differential: ${count} lines (${refused} refused), ${differences} differences, seed ${seed}`);
process.exitCode = differences === 0 ? 0 : 1;
