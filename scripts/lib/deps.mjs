// RE2 and its Abseil, built once per toolchain and sanitizer from the sources that the npm package `re2` ships,
// so that the server and the page run the very same matcher.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDir, root, step } from './run.mjs';
import { hashOf } from './stamp.mjs';
import { emscriptenEnv, emscriptenToolchain, findClang } from './toolchains.mjs';

const vendor = join(root, 'node_modules', 're2', 'vendor');
/** What stands in for files of theirs; its README says why. */
const overlay = join(root, 'cmake', 'overlay');

const CCACHE = ['-DCMAKE_CXX_COMPILER_LAUNCHER=ccache', '-DCMAKE_C_COMPILER_LAUNCHER=ccache'];
const TOOLCHAINS = {
  gcc: () => ({ args: CCACHE }),
  // Without UBSan: GCC 12 takes a constant expression of Abseil's for none under it, and the UB looked for is ours.
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
      // CMake's own would add -O3, which is the last and so the one that counts.
      '-DCMAKE_CXX_FLAGS_RELEASE=-DNDEBUG',
      // The toolchain file restricts look-ups to its own sysroot; the prefix is ours.
      '-DCMAKE_FIND_ROOT_PATH_MODE_PACKAGE=BOTH',
    ],
    env: emscriptenEnv,
    abseil: 'headers',
  }),
};

/** Builds the dependencies of one toolchain into build/deps/NAME; does nothing when they are there. */
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
  rmSync(work, { recursive: true, force: true }); // a failed try leaves wrong answers in CMake's cache
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
    if (existsSync(join(overlay, 'source', source))) {
      cpSync(join(overlay, 'source', source), laid, { recursive: true });
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
