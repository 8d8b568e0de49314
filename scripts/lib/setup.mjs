// What a fresh machine lacks: checks Node, Debian's packages and node_modules, and installs what is missing.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeOut } from './debian_tools.mjs';
import { buildDir, capture, fail, root, say, show, step } from './run.mjs';

const BASE = [
  'g++',
  'cmake',
  'ninja-build',
  'ccache',
  'libboost1.81-dev',
  'libboost-url1.81-dev',
  'libssl-dev',
  'libyaml-dev',
  'nlohmann-json3-dev',
  'libspdlog-dev',
  'libcli11-dev',
  'prometheus-cpp-dev',
  'pkg-config',
  'zlib1g-dev',
  'libbrotli-dev',
  'libgtest-dev',
  'libgmock-dev',
  'emscripten',
];
const GROUPS = {
  base: BASE,
  test: ['chromium', 'clang-19', 'libclang-rt-19-dev', 'clang-format', 'clang-tidy', 'googletest', 'strace'],
  bench: ['libbenchmark-dev', 'wrk'],
};

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(`Node ${process.versions.node} is too old: Portcullis needs 20.19 or newer.`, 2);
}

function missingPackages(groups) {
  const wanted = groups.flatMap((group) => GROUPS[group]);
  const out = capture('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n']);
  if (out === null) {
    fail(
      `this is not Debian (dpkg-query does not run). Install by hand what these Debian packages hold: ${wanted.join(' ')}; then set PORTCULLIS_SKIP_APT=1.`,
      2,
    );
  }
  const installed = new Set(
    out
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return wanted.filter((name) => !installed.has(name));
}

async function debianPackages(groups) {
  if (process.env.PORTCULLIS_SKIP_APT) return;
  const missing = missingPackages(groups);
  if (missing.length === 0) return;
  const sudo = process.getuid?.() === 0 ? [] : ['sudo'];
  say(
    `These Debian packages are missing and will be installed${sudo.length ? ' with sudo' : ''}:\n  ${missing.join(' ')}`,
  );
  const apt = (name, args) => {
    const line = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
    const how = sudo.length ? show : step;
    const stdio = sudo.length ? { stdio: 'inherit' } : {};
    return how(name, line[0], line.slice(1), stdio);
  };
  await apt('apt-get update', ['update']);
  await apt('apt-get install', ['install', '-y', '--no-install-recommends', ...missing]);
}

/** Programs that tests and benchmarks run beside the server, each taken out of Debian's package. */
const TOOLS = [
  {
    name: 'promtool',
    package: 'prometheus',
    path: 'usr/bin/promtool',
    flag: '--version',
    without: 'the test of /metrics',
  },
  { name: 'nginx', package: 'nginx', path: 'usr/sbin/nginx', flag: '-v', without: 'the tests behind and before nginx' },
  {
    name: 'haproxy',
    package: 'haproxy',
    path: 'usr/sbin/haproxy',
    flag: '-v',
    without: 'its turns in npm run bench:bff',
    group: 'bench',
  },
];

/** A tool in build/tools that runs: the machine's own, what lies there, or what Debian's package has. */
function provide(tool) {
  const file = join(buildDir, 'tools', tool.name);
  if (process.env.PORTCULLIS_SKIP_APT || capture(tool.name, [tool.flag]) !== null) return;
  if (existsSync(file) && capture(file, [tool.flag]) !== null) return;
  mkdirSync(join(buildDir, 'tools'), { recursive: true });
  const why = takeOut(tool, file) ?? (capture(file, [tool.flag]) === null ? 'it does not run' : null);
  if (why !== null) rmSync(file, { force: true });
  say(
    why === null
      ? `${tool.name}: taken out of its Debian package`
      : `${tool.name}: not to be had (${why}); ${tool.without} skip`,
  );
}

/** node_modules as the lock file says; skipped when it already is. */
async function nodeModules() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(process.version)
    .digest('hex');
  const stamp = join(buildDir, 'stamps', 'npm-ci');
  const current = existsSync(stamp) && readFileSync(stamp, 'utf8') === lock;
  if (current && existsSync(join(root, 'node_modules', 're2', 'vendor'))) return;
  // Not `npm ci`: it refuses a lock file when the registry lacks an optional package of another platform.
  await step('npm packages', 'npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund']);
  mkdirSync(join(buildDir, 'stamps'), { recursive: true });
  writeFileSync(stamp, lock);
}

/** @param {('base'|'test'|'bench')[]} groups */
export async function setup(groups) {
  checkNode();
  await debianPackages(groups);
  for (const tool of TOOLS) if (groups.includes(tool.group ?? 'test')) provide(tool);
  await nodeModules();
}
