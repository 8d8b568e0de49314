// RE2 and its Abseil, built once per toolchain and sanitizer from the sources in the npm package `re2`, so that the
// server and the page run the same matcher.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { buildDir, root, step } from './run.mjs';
import { hashOf } from './stamp.mjs';
import { emscriptenEnv, emscriptenToolchain, findClang } from './toolchains.mjs';

const vendor = join(root, 'node_modules', 're2', 'vendor');
/** Replacements for some of their files; the README there says why. */
const overlay = join(root, 'cmake', 'overlay');

const CCACHE = ['-DCMAKE_CXX_COMPILER_LAUNCHER=ccache', '-DCMAKE_C_COMPILER_LAUNCHER=ccache'];
const TOOLCHAINS = {
  gcc: () => ({ args: CCACHE }),
  // Without UBSan: with it GCC 12 rejects a constant expression of Abseil, and the undefined behaviour of interest is
  // in our code.
  asan: () => ({ args: [...CCACHE, '-DCMAKE_CXX_FLAGS=-fsanitize=address -fno-omit-frame-pointer'] }),
  tsan: () => ({ args: [...CCACHE, '-DCMAKE_CXX_FLAGS=-fsanitize=thread -Wno-tsan'] }),
  fuzz: () => ({
    args: [
      ...CCACHE,
      `-DCMAKE_C_COMPILER=${findClang().c}`,
      `-DCMAKE_CXX_COMPILER=${findClang().cxx}`,
      '-DCMAKE_CXX_FLAGS=-fsanitize=fuzzer-no-link,address,undefined',
    ],
  }),
  wasm: () => ({
    args: [
      ...CCACHE,
      `-DCMAKE_TOOLCHAIN_FILE=${emscriptenToolchain()}`,
      '-DCMAKE_CXX_FLAGS=-Oz -fno-exceptions -fno-rtti -flto -finline-functions',
      // CMake's default flags would append -O3, and the last level wins.
      '-DCMAKE_CXX_FLAGS_RELEASE=-DNDEBUG',
      // The toolchain file restricts look-ups to its own sysroot, which does not contain this prefix.
      '-DCMAKE_FIND_ROOT_PATH_MODE_PACKAGE=BOTH',
    ],
    env: emscriptenEnv,
    abseil: 'headers',
  }),
};

/**
 * Throws unless the file that one of the overlay stands in for is the one whose SHA-256 it states: RE2 has no version
 * to ask. After an update, read what changed in that file, and state the new one.
 */
function assertStandsInFor(replacement, original) {
  const stated = /^\/\/ ([0-9a-f]{64})$/m.exec(readFileSync(replacement, 'utf8'))?.[1];
  const found = createHash('sha256').update(readFileSync(original)).digest('hex');
  if (stated !== found) throw new Error(`${replacement} stands in for another ${original}, whose SHA-256 is ${found}`);
}

/** Builds the dependencies of one toolchain into build/deps/NAME; does nothing if they exist. */
export async function buildDeps(name) {
  const { args, env = {}, abseil = 'built' } = TOOLCHAINS[name]();
  const prefix = join(buildDir, 'deps', name);
  const key = createHash('sha256')
    .update(readFileSync(join(root, 'node_modules', 're2', 'package.json')))
    .update(JSON.stringify(args))
    .update(hashOf(['cmake/overlay']))
    .digest('hex');
  const stamp = join(prefix, '.built');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return prefix;
  rmSync(prefix, { recursive: true, force: true });
  mkdirSync(prefix, { recursive: true });
  const work = join(buildDir, 'deps-work', name);
  rmSync(work, { recursive: true, force: true }); // a failed attempt leaves wrong results in CMake's cache
  const common = [
    '-G',
    'Ninja',
    '-DCMAKE_BUILD_TYPE=Release',
    '-DCMAKE_CXX_STANDARD=20',
    '-DBUILD_TESTING=OFF',
    `-DCMAKE_INSTALL_PREFIX=${prefix}`,
    '-DCMAKE_INSTALL_LIBDIR=lib',
    `-DCMAKE_PREFIX_PATH=${prefix}`,
    '-Wno-dev',
    ...args,
  ];
  const one = async (what, source, extra) => {
    const dir = join(work, what);
    const laid = join(work, 'source', source);
    cpSync(join(vendor, source), laid, { recursive: true });
    const replacements = join(overlay, 'source', source);
    if (existsSync(replacements)) {
      for (const file of readdirSync(replacements, { recursive: true, withFileTypes: true })) {
        if (!file.isFile()) continue;
        const path = join(file.parentPath ?? file.path, file.name);
        assertStandsInFor(path, join(laid, relative(replacements, path)));
      }
      cpSync(replacements, laid, { recursive: true });
    }
    await step(`${what} for ${name}: configure`, 'cmake', ['-S', laid, '-B', dir, ...common, ...extra], { env });
    await step(`${what} for ${name}: build`, 'cmake', ['--build', dir, '--target', 'install'], { env });
  };
  if (abseil === 'headers') {
    cpSync(join(vendor, 'abseil-cpp', 'absl'), join(prefix, 'include', 'absl'), {
      recursive: true,
      filter: (path) => !/\.(cc|bazel|txt)$/.test(path),
    });
    cpSync(join(overlay, name), prefix, { recursive: true });
  } else {
    await one('Abseil', 'abseil-cpp', [
      '-DABSL_ENABLE_INSTALL=ON',
      '-DABSL_PROPAGATE_CXX_STD=ON',
      '-DABSL_BUILD_TESTING=OFF',
    ]);
  }
  await one('RE2', 're2', ['-DRE2_BUILD_TESTING=OFF']);
  rmSync(work, { recursive: true, force: true });
  writeFileSync(stamp, key);
  return prefix;
}
