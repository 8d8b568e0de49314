// What a fresh machine lacks: checks Node, Debian's packages and node_modules, and installs what is missing.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeOut } from './debian_tools.mjs';
import { describe, installedPackages, isMet, needsOf, packagesFor, packagesOfRelease } from './needs.mjs';
import { buildDir, capture, fail, root, say, show, step } from './run.mjs';

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(`Node ${process.versions.node} is too old: Portcullis needs 20.19 or newer.`, 2);
}

const GUIDE = 'docs/building.md lists what to install on which distribution';

/** Debian packages to install for the needs; ends the process if the release has none for one of them. */
function lookUp(needs) {
  const versions = packagesOfRelease(needs);
  const found = needs.map((each) => ({ each, packages: packagesFor(each, versions, each.wanted ?? each.least) }));
  const without = found.filter(({ packages }) => packages === null).map(({ each }) => describe(each));
  if (without.length > 0) {
    fail(
      `this release has no package for: ${without.join(', ')}. ${GUIDE}; with all of it there, set PORTCULLIS_SKIP_APT=1.`,
      2,
    );
  }
  return found.flatMap(({ packages }) => packages);
}

async function install(needs) {
  const sudo = process.getuid?.() === 0 ? [] : ['sudo'];
  const apt = (args) => {
    // Waits for another program that installs packages, such as unattended-upgrades.
    const line = [
      ...sudo,
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      '-o',
      'DPkg::Lock::Timeout=120',
      ...args,
    ];
    const how = sudo.length ? show : step;
    const stdio = sudo.length ? { stdio: 'inherit' } : {};
    return how(`apt-get ${args[0]}`, line[0], line.slice(1), stdio);
  };
  await apt(['update']);
  const packages = lookUp(needs);
  say(`These Debian packages will be installed${sudo.length ? ' with sudo' : ''}:\n  ${packages.join(' ')}`);
  await apt(['install', '-y', '--no-install-recommends', ...packages]);
}

/** Installs what is missing where there is dpkg; elsewhere says what is missing. */
async function systemPackages(groups) {
  if (process.env.PORTCULLIS_SKIP_APT) return;
  const needs = needsOf(groups);
  const installed = installedPackages();
  if (installed !== null) {
    const missing = needs.filter((each) => packagesFor(each, installed) === null);
    if (missing.length > 0) await install(missing);
    return;
  }
  const missing = needs.filter((each) => !isMet(each)).map(describe);
  if (missing.length > 0) fail(`missing on this machine: ${missing.join(', ')}. ${GUIDE}.`, 2);
}

/** Programs that tests and benchmarks run beside the server, each taken out of Debian's package. */
const TOOLS = [
  {
    name: 'promtool',
    packages: ['promtool', 'prometheus'], // its own package from Debian 13 on
    path: 'usr/bin/promtool',
    flag: '--version',
    without: 'the test of /metrics',
  },
  {
    name: 'nginx',
    packages: ['nginx'],
    path: 'usr/sbin/nginx',
    flag: '-v',
    without: 'the tests behind and before nginx',
  },
  {
    name: 'haproxy',
    packages: ['haproxy'],
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
  await systemPackages(groups);
  for (const tool of TOOLS) if (groups.includes(tool.group ?? 'test')) provide(tool);
  await nodeModules();
}
