// C++ that no product uses: functions and variables that neither the server nor the page's module reaches, tests aside.
//
// Two looks, each exact where the other is blind. The linker's: of what our libraries define with external linkage,
// what no other object file asks for. A compiler may have inlined every call, so such a name counts as used when its
// own source (or a header, or wasm/, which is no part of the native build) says it once more. The text's, for what
// leaves no symbol (templates, inline functions, constants): a name that our headers declare and that no product
// source says again. What only calls itself, and two dead functions that call each other, are not found.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { RINGS } from './rings.mjs';
import { buildDir, root } from './run.mjs';

/** What tests alone use and keep, each with why. By the name as the linker or the header says it, without arguments. */
const KEPT = new Map([
  ['portcullis::AllowList::memory_bytes', 'the bar of memory for a plugin, which a test holds'],
  ['portcullis::bff::MemoryCatalogue::offer', 'the second implementation that the contract tests of Catalogue run on'],
  ['use_fallback_open', 'the way without openat2(2), which no kernel that tests run on takes by itself'],
  ['kShapePatterns', 'the regexes of spec/shapes.json, which the reference in core/tests matches with'],
]);

const lines = (program, args) =>
  execFileSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 })
    .trimEnd()
    .split('\n');

const withoutText = (source) =>
  source.replace(
    /R"(\w*)\([\s\S]*?\)\1"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'|\/\/[^\n]*|\/\*[\s\S]*?\*\/|^#.*$/gm,
    (found) => (found.startsWith('/') ? ' ' : found.startsWith('#') ? '' : '""'),
  );

/** How often each word stands in the text. */
function wordsOf(text) {
  const words = new Map();
  for (const [word] of text.matchAll(/\b[A-Za-z_]\w*/g)) words.set(word, (words.get(word) ?? 0) + 1);
  return words;
}

const sum = (files, word) => files.reduce((total, { words }) => total + (words.get(word) ?? 0), 0);

/** The symbols that one object file defines and no other one asks for: [object, symbol]. */
function unasked(archives) {
  const defined = [];
  const asked = new Set();
  for (const line of lines('nm', ['-A', '-P', ...archives])) {
    const [, object, symbol, kind] = line.match(/^(.*?): (\S+) ([A-Za-z])/) ?? [];
    if (kind === 'U') asked.add(symbol);
    else if ('TDBR'.includes(kind ?? '-')) defined.push([object, symbol]);
  }
  if (defined.length === 0) throw new Error('dead code: nm lists no symbols of the release build');
  return defined.filter(([, symbol]) => !asked.has(symbol));
}

/** "a::b<c>::d(int) const" without template arguments and parameters: "a::b::d". */
function plainName(demangled) {
  let depth = 0;
  let name = '';
  for (const letter of demangled.replaceAll('(anonymous namespace)', '').replaceAll(/\[abi:\w+\]/g, '')) {
    if (letter === '(' && depth === 0) break;
    if (letter === '<') depth += 1;
    if (depth === 0) name += letter;
    if (letter === '>') depth -= 1;
  }
  return name.trim();
}

function deadSymbols(archives, sources) {
  const found = unasked(archives);
  const names = lines(
    'c++filt',
    found.map(([, symbol]) => symbol),
  );
  const headers = sources.filter(({ file }) => file.endsWith('.hpp'));
  const page = sources.filter(({ file }) => file.startsWith('wasm/'));
  const dead = [];
  for (const [index, [object]] of found.entries()) {
    const whole = plainName(names[index]);
    const [name, owner = ''] = whole.split('::').reverse();
    // A destructor, an operator, a thunk and main() are not called by name.
    if (!/^\w+$/.test(name) || /^\w+ /.test(whole) || whole === 'main') continue;
    const source = object.match(/(\w+\.cpp)\.o/)?.[1];
    const near = headers.filter(({ words }) => words.has(owner) && words.has(name));
    const own = sources.filter(({ file }) => basename(file) === source);
    if (sum(own, name) > 1 || sum(near, name) > 1 || sum(page, name) > 0) continue;
    const virtual = new RegExp(`virtual[^;{]*\\b${name}\\(|\\b${name}\\([^;{]*\\)[^;{]*\\boverride\\b`);
    if (near.some(({ text }) => virtual.test(text))) continue;
    dead.push(whole);
  }
  return dead;
}

function deadNames(sources) {
  const dead = [];
  for (const { file, text } of sources) {
    // The generated tables are whole: a code may be the page's alone.
    if (!file.endsWith('.hpp') || file.endsWith('/codes.hpp')) continue;
    for (const [, name, rest] of text.matchAll(/(?<!::|\.|->)\b([A-Za-z_]\w*)\s*(\([^;{]*|[={])/g)) {
      const constant = /^k[A-Z]/.test(name);
      if (!rest.startsWith('(') && !constant) continue;
      if (/^[A-Z0-9_]+$/.test(name) || /\boverride\b/.test(rest) || sum(sources, name) !== 1) continue;
      dead.push(name);
    }
  }
  return dead;
}

/** One line for each; needs the release build of portcullis-bff. `files`: its .cpp and .hpp files, and wasm's. */
export function deadCode(files) {
  const sources = files.map((file) => {
    const text = withoutText(readFileSync(join(root, file), 'utf8'));
    return { file, text, words: wordsOf(text) };
  });
  const server = join(buildDir, 'release', 'native-host');
  const archives = [
    ...RINGS.map((ring) => join(server, `libbff_${ring}.a`)),
    join(buildDir, 'release', 'core', 'libportcullis_core.a'),
    join(server, 'CMakeFiles', 'portcullis-bff.dir', 'src', 'app', 'main.cpp.o'),
  ];
  const dead = new Set([...deadSymbols(archives, sources), ...deadNames(sources)]);
  const problems = [...dead].filter((name) => !KEPT.has(name)).map((name) => `${name}: nothing but tests uses it`);
  for (const name of KEPT.keys()) {
    if (!dead.has(name)) problems.push(`${name}: is in use; take it off the list in scripts/lib/dead_code.mjs`);
  }
  return problems;
}
