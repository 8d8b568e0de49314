// npm run test:long [-- --soak=MINUTES] [--fuzz=SECONDS]: tests that are too long for npm test. The attacks on the
// page, the C++ tests under AddressSanitizer and ThreadSanitizer, every fuzzer for 10 minutes, and a soak of 10
// minutes. Each part runs even if an earlier one failed; the last lines say which did. No floods and no benchmarks,
// which mean nothing on a busy machine.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, root, say } from './lib/run.mjs';

const USAGE = 'usage: npm run test:long [-- --soak=MINUTES] [--fuzz=SECONDS]';

function options() {
  try {
    const { values } = parseArgs({
      options: { soak: { type: 'string', default: '10' }, fuzz: { type: 'string', default: '600' } },
    });
    const [soak, fuzz] = [Number(values.soak), Number(values.fuzz)];
    if (!(soak > 0) || !Number.isInteger(fuzz) || fuzz < 1) fail(USAGE, 2);
    return { soak, fuzz };
  } catch (error) {
    fail(`${error.message}\n${USAGE}`, 2);
  }
}

const { soak, fuzz } = options();
const parts = [
  { name: 'every attack on the page', script: 'attack.mjs', args: [] },
  { name: 'C++ tests under AddressSanitizer', script: 'test.mjs', args: ['asan'] },
  { name: 'C++ tests under ThreadSanitizer', script: 'test.mjs', args: ['tsan'] },
  { name: `every fuzzer for ${fuzz} s`, script: 'fuzz.mjs', args: [String(fuzz)] },
  { name: `a soak of ${soak} minutes`, script: 'soak.mjs', args: [String(soak)] },
];
const started = Date.now();
const results = parts.map(({ name, script, args }) => {
  say(`\n== ${name}`);
  const from = Date.now();
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', script), ...args], { stdio: 'inherit' });
  return { name, ok: status === 0, minutes: (Date.now() - from) / 60_000 };
});
say('');
for (const { name, ok, minutes } of results) say(`${ok ? '[ ok ]' : '[FAIL]'} ${name} (${minutes.toFixed(1)} min)`);
const failed = results.filter(({ ok }) => !ok).length;
if (failed > 0) fail(`${failed} of ${results.length} parts failed`);
say(`All of it passed in ${((Date.now() - started) / 60_000).toFixed(0)} minutes.`);
