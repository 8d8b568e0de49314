// npm test: builds and tests everything except long runs (test_long.mjs). `npm run test:asan`, `npm run test:tsan`:
// the C++ tests under a sanitizer. `--only=unit|js|conformance|fuzz|e2e` runs one part during development.
import { join } from 'node:path';
import { conformance } from './conformance.mjs';
import { fuzz } from './fuzz.mjs';
import { buildDemo, buildSdk, buildSpec, cmakeBuild } from './lib/builds.mjs';
import { buildDir, say, show, step } from './lib/run.mjs';
import { setup } from './lib/setup.mjs';
import { lint } from './lint.mjs';

const started = Date.now();
const only = process.argv.find((arg) => arg.startsWith('--only='))?.slice(7) ?? null;
const wants = (part) => only === null || only === part;
const sanitizer = ['asan', 'tsan'].find((name) => process.argv.includes(name));

const ctest = (preset) =>
  show(`C++ tests (${preset})`, 'ctest', ['--test-dir', join(buildDir, preset), '--output-on-failure', '-j', '2'], {
    env: {
      ASAN_OPTIONS: 'detect_stack_use_after_return=1:strict_string_checks=1',
      UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
      TSAN_OPTIONS: 'halt_on_error=1:second_deadlock_stack=1',
    },
  });

await setup(['base', 'test']);
await buildSpec();
if (sanitizer) {
  await cmakeBuild(sanitizer, ['core_tests', 'host_tests']);
  await ctest(sanitizer);
} else {
  if (only === null) await lint();
  if (wants('unit')) await step('scripts: tests', process.execPath, ['--test', 'scripts/lib/needs.test.mjs']);
  await cmakeBuild('release', ['portcullis-bff', 'core_tests', 'host_tests']);
  if (wants('unit')) await ctest('release');
  await cmakeBuild('wasm', ['portcullis_wasm', 'core_tests']);
  if (wants('unit')) await ctest('wasm');
  await buildSdk();
  if (wants('js')) await show('npm package portcullis: size', 'npm', ['run', '-s', 'size', '-w', 'portcullis']);
  if (wants('js')) await show('npm package portcullis: tests', 'npm', ['test', '-s', '-w', 'portcullis']);
  if (wants('conformance')) await conformance({ count: 20000 });
  if (wants('fuzz')) await fuzz({ runs: 20000 });
  if (wants('e2e')) {
    await buildDemo();
    await show('end to end, in Chromium against the real server', 'npm', ['test', '-s', '-w', 'portcullis-e2e']);
  }
}
say(`\nAll of it passed in ${((Date.now() - started) / 60000).toFixed(1)} minutes.`);
