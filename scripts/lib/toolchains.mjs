// Where the compilers are that are not called the same everywhere: clang for the fuzzers, and Emscripten.
import { readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { LEAST_CLANG, newEnough } from './needs.mjs';
import { capture, fail } from './run.mjs';

const namesIn = (folder) => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

let clang = null;

/**
 * The C and C++ compiler for the fuzzers: CLANG and CLANGXX if set, `clang` if it is new enough, else the oldest `clang-N` that is.
 * @returns {{c: string, cxx: string}}
 */
export function findClang() {
  if (process.env.CLANGXX) return { c: process.env.CLANG ?? 'clang', cxx: process.env.CLANGXX };
  if (clang !== null) return clang;
  const versions = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap(namesIn)
    .flatMap((name) => /^clang\+\+-(\d+)$/.exec(name)?.[1] ?? [])
    .sort((a, b) => a - b);
  for (const suffix of ['', ...versions.map((version) => `-${version}`)]) {
    const version = capture(`clang++${suffix}`, ['-dumpversion']);
    if (version === null || !newEnough(version, LEAST_CLANG)) continue;
    clang = { c: `clang${suffix}`, cxx: `clang++${suffix}` };
    return clang;
  }
  return fail(`no clang ${LEAST_CLANG} or newer on the PATH; CLANG and CLANGXX name one elsewhere.`, 2);
}

/** Emscripten's toolchain file for CMake. Its folder is what em-config says, Debian's where that is not installed. */
export function emscriptenToolchain() {
  const folder = capture('em-config', ['EMSCRIPTEN_ROOT'])?.split('\n').at(-1) || '/usr/share/emscripten';
  return join(folder, 'cmake', 'Modules', 'Platform', 'Emscripten.cmake');
}

/** Debian's Emscripten finds acorn only with this. */
export const emscriptenEnv = { NODE_PATH: '/usr/share/nodejs' };
