// What a machine must have, and under which names Debian has it. Names that contain a version differ between releases, so they are
// looked up: what is installed comes first, then the release's default, then the oldest version that is new enough.
import { capture } from './run.mjs';

/**
 * `least`: the oldest version that this project was built with. `wanted`: the oldest to install where none is. `debian`: packages that are all needed; `{}` stands for a version
 * that is part of the name, `-{}` or `{}` disappearing in the name of the release's default. `find`: how the need is recognized on
 * other distributions. `variable`: of the environment; if it is set it names the program, and nothing is needed.
 * @typedef {{what: string, least?: string, wanted?: string, debian: string[], find: {command?: string, header?: string}, group: string, variable?: string}} Need
 */
const need = (group, what, least, debian, find) => ({ group, what, least, debian, find });
const command = (name) => ({ command: name });
const header = (name) => ({ header: name });

/** Of the fuzzers. */
export const LEAST_CLANG = '19';

/** @type {Need[]} */
export const NEEDS = [
  need('base', 'g++', '12', ['g++'], command('g++')),
  need('base', 'CMake', '3.25', ['cmake'], command('cmake')),
  need('base', 'Ninja', null, ['ninja-build'], command('ninja')),
  need('base', 'ccache', null, ['ccache'], command('ccache')),
  // Debian 12 has 1.74, too, whose Asio keeps less memory for the next coroutine; the two cannot be installed together.
  { ...need('base', 'Boost', '1.74', ['libboost{}-dev'], header('boost/asio/awaitable.hpp')), wanted: '1.81' },
  need('base', 'OpenSSL', '3.0', ['libssl-dev'], header('openssl/evp.h')),
  need('base', 'libyaml', '0.2.5', ['libyaml-dev'], header('yaml.h')),
  need('base', 'nlohmann/json', '3.11', ['nlohmann-json3-dev'], header('nlohmann/json.hpp')),
  need('base', 'spdlog', '1.10', ['libspdlog-dev'], header('spdlog/spdlog.h')),
  need('base', 'CLI11', '2.1', ['libcli11-dev'], header('CLI/CLI.hpp')),
  need('base', 'prometheus-cpp', '1.0', ['prometheus-cpp-dev'], header('prometheus/registry.h')),
  need('base', 'pkg-config', null, ['pkg-config'], command('pkg-config')),
  need('base', 'zlib', null, ['zlib1g-dev'], header('zlib.h')),
  need('base', 'brotli', null, ['libbrotli-dev'], header('brotli/encode.h')),
  need('base', 'GoogleTest and GoogleMock', '1.12', ['libgtest-dev', 'libgmock-dev'], header('gmock/gmock.h')),
  need('base', 'Emscripten', '3.1.6', ['emscripten'], command('emcc')),
  { ...need('test', 'Chromium', null, ['chromium'], command('chromium')), variable: 'CHROMIUM' },
  need('test', 'clang with libFuzzer', LEAST_CLANG, ['clang-{}', 'libclang-rt-{}-dev'], command('clang++')),
  need('test', 'clang-format', '14', ['clang-format'], command('clang-format')),
  need('test', 'clang-tidy', '14', ['clang-tidy'], command('clang-tidy')),
  need('test', "GoogleTest's sources", '1.12', ['googletest'], {}),
  need('test', 'strace', null, ['strace'], command('strace')),
  need('bench', 'Google Benchmark', null, ['libbenchmark-dev'], header('benchmark/benchmark.h')),
  need('bench', 'wrk', null, ['wrk'], command('wrk')),
];

export const needsOf = (groups) =>
  NEEDS.filter(({ group, variable }) => groups.includes(group) && !(variable && process.env[variable]));
export const describe = ({ what, least }) => (least ? `${what} ${least} or newer` : what);

const numbers = (version) => (version.replace(/^\d+:/, '').match(/\d+/g) ?? []).map(Number);

/** Whether a version, of a package or alone, is at least `least`; an epoch is ignored. */
export function newEnough(version, least) {
  const have = numbers(version);
  const want = numbers(least ?? '');
  const at = want.findIndex((part, i) => part !== (have[i] ?? 0));
  return at < 0 || (have[at] ?? 0) > want[at];
}

/** The packages of a need for one version in the name; '' is the release's default. */
const named = (debian, version) =>
  debian.map((name) => (version === '' ? name.replace(/-?\{\}/, '') : name.replace('{}', version)));

/** The versions that occur in the names, from '' on in ascending order. */
function versionsIn(names, pattern) {
  const [before, after] = pattern.split('{}');
  const found = names
    .filter((name) => name.startsWith(before) && name.endsWith(after))
    .map((name) => name.slice(before.length, name.length - after.length))
    .filter((version) => /^\d+(\.\d+)*$/.test(version));
  return ['', ...found.sort((a, b) => (newEnough(a, b) ? 1 : -1))];
}

/**
 * The packages that meet a need, or null. `versions`: of each package that counts, by name.
 * @param {Need} each @param {Map<string, string>} versions @param {string} [least]
 */
export function packagesFor(each, versions, least = each.least) {
  const variants = each.debian[0].includes('{}') ? versionsIn([...versions.keys()], each.debian[0]) : [''];
  for (const variant of variants) {
    const names = named(each.debian, variant);
    if (names.every((name) => newEnough(versions.get(name) ?? '', least) && versions.has(name))) return names;
  }
  return null;
}

/** Name and version of each package that is installed; null when this is not a Debian. */
export function installedPackages() {
  const out = capture('dpkg-query', ['-W', '-f', '${db:Status-Status} ${Package} ${Version}\n']);
  if (out === null) return null;
  return new Map(
    out
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([status]) => status === 'installed')
      .map(([, name, version]) => [name, version]),
  );
}

/** Name and version of each package of the release that could meet one of the needs. */
export function packagesOfRelease(needs) {
  const patterns = needs.flatMap(({ debian }) => debian);
  const names = patterns.flatMap((pattern) => {
    if (!pattern.includes('{}')) return [pattern];
    const all = (capture('apt-cache', ['pkgnames', pattern.split('{}')[0]]) ?? '').split('\n');
    return versionsIn(all, pattern).flatMap((version) => named([pattern], version));
  });
  const out = capture('apt-cache', ['policy', ...new Set(names)]) ?? '';
  const versions = new Map();
  for (const [, name, candidate] of out.matchAll(/^(\S+):\n.*\n\s+Candidate: (\S+)/gm)) {
    if (candidate !== '(none)') versions.set(name.replace(/:.*/, ''), candidate);
  }
  return versions;
}

/** Whether a need is met on a machine without Debian's packages; its version is not looked at. */
export function isMet({ find }) {
  if (find.command) return capture('sh', ['-c', `command -v ${find.command}`]) !== null;
  if (!find.header) return true;
  return capture('g++', ['-std=c++20', '-fsyntax-only', '-include', find.header, '-xc++', '/dev/null']) !== null;
}
