// The builds, in dependency order: spec -> core -> { wasm -> js-glue -> demo-spa, native-host }.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { buildDeps } from './deps.mjs';
import { buildDir, root, step } from './run.mjs';
import { whenChanged } from './stamp.mjs';
import { emscriptenEnv, emscriptenToolchain, findClang } from './toolchains.mjs';

const DEPS_OF = {
  dev: 'gcc',
  release: 'gcc',
  bench: 'gcc',
  coverage: 'gcc',
  asan: 'asan',
  tsan: 'tsan',
  fuzz: 'fuzz',
  wasm: 'wasm',
};

/** Paths that differ between machines, so that a preset cannot name them. */
const PLACES = {
  fuzz: () => [`-DCMAKE_CXX_COMPILER=${findClang().cxx}`],
  wasm: () => ['--toolchain', emscriptenToolchain()],
};

/** Configures a CMake preset if needed and builds the targets. Ninja does nothing if nothing changed. */
export async function cmakeBuild(preset, targets, what = targets.join(', ')) {
  await buildDeps(DEPS_OF[preset]);
  const env = preset === 'wasm' ? emscriptenEnv : {};
  const cmakeFiles = ['CMakePresets.json'];
  await whenChanged(`configure-${preset}`, cmakeFiles, [`build/${preset}/build.ninja`], () =>
    step(`${preset}: configure`, 'cmake', ['--preset', preset, ...(PLACES[preset]?.() ?? [])], { env }),
  );
  // With a sanitizer g++ needs four times the memory: 2 GB per compiler process.
  const jobs = String(availableParallelism());
  await step(
    `${preset}: build ${what}`,
    'cmake',
    ['--build', join(buildDir, preset), '-j', jobs, '--target', ...targets],
    { env },
  );
}

export const buildSpec = () => step('spec: generate', process.execPath, ['scripts/generate.mjs']);
export const buildNative = () => cmakeBuild('release', ['portcullis-bff']);
export const buildWasm = () => cmakeBuild('wasm', ['portcullis_wasm']);

export function buildSdk() {
  const inputs = ['js-glue', 'build/wasm/wasm/portcullis.wasm', 'build/wasm/wasm/portcullis.mjs', 'package-lock.json'];
  return whenChanged(
    'sdk',
    inputs,
    [
      'js-glue/dist/index.js',
      'js-glue/dist/core/portcullis.wasm',
      'js-glue/dist/core/portcullis-glue.mjs',
      'js-glue/dist/core/portcullis-js.mjs',
    ],
    () => step('npm package portcullis: build', 'npm', ['run', '-s', 'build', '-w', 'portcullis']),
  );
}

export function buildDemo() {
  const inputs = [
    'demo-spa',
    'js-glue/src',
    'js-glue/package.json',
    'js-glue/scripts',
    'wasm',
    'cmake',
    'core/src',
    'core/include',
    'package-lock.json',
  ];
  return whenChanged('demo', inputs, ['demo-spa/dist/index.html'], () =>
    step('demo: plugins and SPA', 'npm', ['run', '-s', 'build', '-w', 'portcullis-demo']),
  );
}

export async function buildAll() {
  await buildSpec();
  await buildNative();
  await buildWasm();
  await buildSdk();
  await buildDemo();
}

export const bffBinary = () => {
  const path = process.env.PORTCULLIS_BFF ?? join(root, 'build', 'release', 'native-host', 'portcullis-bff');
  return existsSync(path) ? path : null;
};
