// The npm packages that benchmarks measure beside ours: bench/package.json, which nothing else installs.
import { join } from 'node:path';
import { root, step } from './run.mjs';
import { whenChanged } from './stamp.mjs';

/** Installs them unless they are as the lock file says. Not `npm ci`: see setup.mjs. */
export const benchPeers = () =>
  whenChanged('bench-peers', ['bench/package-lock.json'], ['bench/node_modules/zod/package.json'], () =>
    step('bench: peers', 'npm', ['install', '--no-save', '--ignore-scripts'], { cwd: join(root, 'bench') }),
  );
