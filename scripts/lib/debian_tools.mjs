// Programs out of Debian's packages, into build/tools, with the shared libraries that this machine lacks. The packages are
// not installed: that would start services, and need root.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { capture } from './run.mjs';

/** More than a chain of libraries is long: what is missing after it is not to be had. */
const MOST_ROUNDS = 8;

/** Unpacks a package of this release below `folder`; whether it could. */
function unpack(name, folder) {
  const sudo = process.getuid?.() === 0 ? '' : 'sudo';
  const script =
    'cd "$0"; apt-get download "$2" || { $1 apt-get update; apt-get download "$2"; }; ' +
    'dpkg-deb --extract "$2"_*.deb unpacked; rm "$2"_*.deb';
  return capture('sh', ['-ec', script, folder, sudo, name]) !== null;
}

/** The names of the libraries that a program, or one of its libraries, does not find. */
function missingLibraries(program, libraries) {
  const said = capture('env', [`LD_LIBRARY_PATH=${libraries}`, 'ldd', program]) ?? '';
  return [...new Set([...said.matchAll(/^\s*(\S+) => not found/gm)].map(([, name]) => name))];
}

/** The library packages that a package needs, and that are not installed. */
function neededPackages(name) {
  const said = capture('apt-cache', ['depends', '--no-recommends', '--no-suggests', '--important', name]) ?? '';
  const names = [...said.matchAll(/^\s*\|?(?:Pre)?Depends: (lib\S+)$/gm)].map(([, each]) => each);
  return names.filter((each) => capture('dpkg-query', ['-W', '-f', '${db:Status-Status}', each]) !== 'installed');
}

/** Copies a package's shared libraries; links are followed, since loaders ask for the link's name. */
function copyLibraries(from, to) {
  if (!existsSync(from)) return;
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!/\.so(\.\d+)*$/.test(entry.name) || entry.isDirectory()) continue;
    copyFileSync(join(entry.parentPath ?? entry.path, entry.name), join(to, entry.name));
  }
}

/** The first of the packages that this release has and that holds the path, unpacked; or null. */
function unpackFirst({ packages, path }, folder) {
  return packages.find((name) => unpack(name, folder) && existsSync(join(folder, 'unpacked', path))) ?? null;
}

/**
 * Puts `path` of the first Debian package that has it as `file`, so that it runs: with the libraries that are missing in `lib` beside it, and
 * then as a script that names them to the loader. Null, or why not.
 * @param {{packages: string[], path: string}} tool
 */
export function takeOut(tool, file) {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-tool-'));
  try {
    const source = unpackFirst(tool, folder);
    if (source === null) return `no package of this release has it: ${tool.packages.join(', ')}`;
    const unpacked = join(folder, 'unpacked');
    const program = join(unpacked, tool.path);
    const libraries = join(dirname(file), 'lib');
    mkdirSync(libraries, { recursive: true });
    const seen = new Set([source]);
    let packages = [source];
    let missing = missingLibraries(program, libraries);
    for (let round = 0; missing.length > 0 && packages.length > 0 && round < MOST_ROUNDS; round++) {
      packages = packages.flatMap(neededPackages).filter((name) => !seen.has(name) && seen.add(name));
      for (const name of packages) unpack(name, folder);
      for (const place of ['lib', 'usr/lib']) copyLibraries(join(unpacked, place), libraries);
      missing = missingLibraries(program, libraries);
    }
    if (missing.length > 0) return `no package of this release has ${missing.join(', ')}`;
    const own = capture('ldd', [program])?.includes('not found') ?? false;
    const target = own ? join(dirname(file), 'bin', tool.path.split('/').pop()) : file;
    mkdirSync(dirname(target), { recursive: true });
    rmSync(file, { force: true });
    copyFileSync(program, target);
    chmodSync(target, 0o755);
    if (own) {
      const script = `#!/bin/sh\nLD_LIBRARY_PATH='${libraries}'\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} exec '${target}' "$@"\n`;
      writeFileSync(file, script, { mode: 0o755 });
    }
    return null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
