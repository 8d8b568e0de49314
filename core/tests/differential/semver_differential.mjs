// Asks a console and npm's semver the same questions, and says where they differ.
//
//   node core/tests/differential/semver_differential.mjs [--count N] [--seed N] -- COMMAND [ARGS...]
//
// COMMAND reads one JSON object per line on stdin and writes one per line on stdout, as
// `portcullis-bff console` and `portcullis console` do. Questions are generated from the seed, so a
// run can be repeated. Exit code 0: no difference; 1: differences, the first ones on stderr.
import { spawn } from 'node:child_process';
import semver from 'semver';
import { randomFrom } from './random.mjs';

const argv = process.argv.slice(2);
const dashes = argv.indexOf('--');
const options = dashes < 0 ? [] : argv.slice(0, dashes);
const command = dashes < 0 ? argv : argv.slice(dashes + 1);
const option = (name, fallback) => {
  const at = options.indexOf(name);
  return at < 0 ? fallback : Number(options[at + 1]);
};
const count = option('--count', 20000);
const seed = option('--seed', 1);
if (command.length === 0 || !Number.isInteger(count) || !Number.isInteger(seed)) {
  console.error('usage: semver_differential.mjs [--count N] [--seed N] -- COMMAND [ARGS...]');
  process.exit(2);
}

const { below, pick, chance } = randomFrom(seed);
const times = (n, make) => Array.from({ length: n }, make);

const NUMBERS = ['0', '0', '1', '1', '2', '2', '3', '10'];
const ODD_NUMBERS = [
  '00',
  '01',
  '9007199254740990',
  '9007199254740991',
  '9007199254740992',
  '99999999999999999999999999',
  '1'.repeat(256),
  '1'.repeat(257),
  '1'.repeat(258),
];
const IDENTIFIERS = [
  '0',
  '1',
  '2',
  '10',
  'a',
  'b',
  'alpha',
  'beta',
  'rc',
  'x',
  'X',
  'v',
  '-',
  '--',
  '-1',
  'a-b',
  '1a',
  'A',
];
const ODD_IDENTIFIERS = [
  '01',
  '',
  '9007199254740991',
  '9007199254740993',
  '9007199254740992',
  '99999999999999999999',
  '99999999999999999998',
  'v',
  'é',
  'a*',
  '*',
  'a'.repeat(250),
  'a'.repeat(251),
  'a'.repeat(252),
  `${'1'.repeat(256)}a`,
  `${'1'.repeat(257)}a`,
];
const SPACES = [' ', ' ', ' ', '  ', '\t', '\n', '\u00a0', '\u3000', '\ufeff', '\u2029', ' \r '];
const OPERATORS = ['', '', '', '^', '^', '~', '~', '~>', '>', '>=', '>=', '<', '<', '<=', '='];
const ODD_OPERATORS = [
  '==',
  '=>',
  '=<',
  '<>',
  '>>',
  '^^',
  '~~',
  '~^',
  '^~',
  '!',
  '!=',
  '>=v',
  'v',
  '=v',
  'v=',
  '^v',
  '~=',
  '>==',
  '*',
  '>*',
  '|',
  '-',
  '&',
  'V',
];
// Pieces of ranges, for texts that no grammar would make.
const SHARDS = [
  '1',
  '0',
  '2',
  '.',
  '.',
  '.',
  'x',
  '*',
  '*',
  '-',
  ' - ',
  ' ',
  ' ',
  '||',
  '|',
  '<',
  '>',
  '=',
  '>=',
  '<=',
  '^',
  '~',
  '~>',
  'v',
  '+',
  '+a',
  '+b.c',
  '1.2.3',
  '1.2.3',
  '0.0.0',
  '1.x',
  '0',
  'a',
  '-a',
  '-0',
  '\t',
  '\u2003',
  'X',
  '\u0000',
];

function prerelease(odd) {
  return times(1 + below(3), () => pick(chance(odd) ? ODD_IDENTIFIERS : IDENTIFIERS)).join('.');
}
const number = (odd) => pick(chance(odd) ? ODD_NUMBERS : NUMBERS);

function version(odd) {
  let text = `${number(odd)}.${number(odd)}.${number(odd)}`;
  if (chance(0.4)) text += `-${prerelease(odd)}`;
  if (chance(0.1)) text += `+${prerelease(odd)}`;
  if (chance(odd)) text = pick(['v', 'V', '=', ' ', '\u3000', '\t v']) + text;
  if (chance(odd)) text += pick([' ', '\n', '\ufeff', '.', '.1', '-', '+', '\u0000']);
  return text;
}

function partial(odd) {
  const part = () => (chance(0.12) ? pick(['x', 'X', '*']) : number(odd));
  let text = part();
  if (chance(0.85)) text += `.${part()}`;
  if (chance(0.8) && text.includes('.')) {
    text += `.${part()}`;
    if (chance(0.3)) text += `-${prerelease(odd)}`;
    if (chance(0.1)) text += `+${prerelease(odd)}`;
  }
  return text;
}
const space = (odd) => (chance(odd) ? pick(SPACES) : ' ');
function comparator(odd) {
  const operator = pick(chance(odd) ? ODD_OPERATORS : OPERATORS);
  const gap = chance(0.15) ? space(odd) : '';
  const tail = chance(odd / 4) ? pick(['*', 'v', '>', '=', '+', '.', '-']) : '';
  return operator + gap + partial(odd) + tail;
}
function alternative(odd) {
  if (chance(0.03)) return '';
  if (chance(0.15)) {
    const prefix = () => (chance(odd) ? pick(['v', '=', ' ', 'v ', ' v', '  ', '= ', '+a ']) : '');
    return `${prefix()}${partial(odd)}${space(odd)}-${space(odd)}${prefix()}${partial(odd)}`;
  }
  return times(1 + below(3), () => comparator(odd)).join(space(odd));
}
function range() {
  if (chance(0.1)) return times(1 + below(8), () => pick(SHARDS)).join('');
  const odd = pick([0, 0, 0.05, 0.3]);
  const text = times(pick([1, 1, 1, 2, 3]), () => alternative(odd)).join(pick(['||', ' || ']));
  return chance(odd) ? pick(SPACES) + text + pick(SPACES) : text;
}

function question() {
  const odd = pick([0, 0, 0, 0.1]);
  const includePrerelease = chance(0.4);
  switch (below(5)) {
    case 0:
      return { op: 'semver.valid', version: version(pick([0, 0.3])) };
    case 1:
      return { op: 'semver.compare', a: version(odd), b: version(odd) };
    case 2:
      return { op: 'semver.validRange', range: range(), includePrerelease };
    default:
      return { op: 'semver.satisfies', version: version(odd), range: range(), includePrerelease };
  }
}

function expected(q) {
  const opts = { includePrerelease: q.includePrerelease ?? false };
  switch (q.op) {
    case 'semver.valid':
      return { result: semver.valid(q.version) };
    case 'semver.compare':
      return semver.valid(q.a) === null || semver.valid(q.b) === null
        ? { error: 'SEMVER_INVALID_VERSION' }
        : { result: semver.compare(q.a, q.b) };
    case 'semver.validRange':
      return { result: semver.validRange(q.range, opts) };
    default:
      return { result: semver.satisfies(q.version, q.range, opts) };
  }
}

const child = spawn(command[0], command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
const asked = [];
let answered = 0;
let differences = 0;
let useful = 0;
let rest = '';

function check(line) {
  const q = asked[answered++];
  if (q === undefined) throw new Error('more answers than questions');
  const want = expected(q);
  const got = JSON.parse(line);
  if (want.result !== null && want.result !== false && want.error === undefined) useful++;
  if (got.result === want.result && got.error === want.error) return;
  differences++;
  if (differences <= 20) {
    console.error(`${JSON.stringify(q)}\n  npm semver ${JSON.stringify(want)}\n  console    ${line}`);
  }
}

let onDrain = () => {};
child.stdin.on('drain', () => onDrain());
child.on('close', () => onDrain());
child.on('error', (error) => {
  console.error(`cannot start ${command[0]}: ${error.message}`);
  process.exit(2);
});
child.stdin.on('error', () => {}); // the exit below says more
child.stdout.setEncoding('utf8');
child.stdout.on('data', (text) => {
  const lines = (rest + text).split('\n');
  rest = lines.pop();
  for (const line of lines) check(line);
});
child.on('close', (code) => {
  const missing = asked.length - answered;
  console.log(
    `semver differential: ${answered} answers (${useful} of them neither null, ` +
      `false nor an error), ${differences} differences, seed ${seed}`,
  );
  if (missing > 0) console.error(`${missing} questions had no answer; the console ended with ${code}`);
  process.exit(differences > 0 || missing > 0 || asked.length < count ? 1 : 0);
});

// Written in blocks that wait for the pipe, so that neither side has to hold everything.
for (let i = 0; i < count; ) {
  let block = '';
  for (let j = 0; j < 500 && i < count; ++i, ++j) {
    const q = question();
    asked.push(q);
    block += `${JSON.stringify(q)}\n`;
  }
  if (!child.stdin.write(block)) {
    await new Promise((resolve) => {
      onDrain = resolve;
    });
  }
}
child.stdin.end();
