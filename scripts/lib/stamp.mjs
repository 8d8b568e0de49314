// Skips unchanged steps that no build system tracks: compares a hash over the inputs' contents.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildDir, root } from './run.mjs';

const SKIP = new Set(['node_modules', 'dist', 'build', 'test-results', '.git']);

function* walk(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return;
  if (!stat.isDirectory()) {
    yield path;
    return;
  }
  for (const name of readdirSync(path).sort()) if (!SKIP.has(name)) yield* walk(join(path, name));
}

export function hashOf(inputs) {
  const hash = createHash('sha256');
  for (const input of inputs) {
    for (const file of walk(join(root, input)))
      hash.update(file.slice(root.length)).update('\0').update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** Runs `work` unless the inputs are unchanged since its last success and every output exists. */
export async function whenChanged(name, inputs, outputs, work) {
  const stamp = join(buildDir, 'stamps', name);
  const key = hashOf(inputs);
  const fresh = existsSync(stamp) && readFileSync(stamp, 'utf8') === key;
  if (fresh && outputs.every((output) => existsSync(join(root, output)))) return false;
  await work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, key);
  return true;
}
