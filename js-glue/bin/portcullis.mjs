#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (!existsSync(fileURLToPath(main))) {
  console.error('portcullis: not built yet; run `npm run build` in the checkout first');
  process.exit(2);
}
await import(main.href);
