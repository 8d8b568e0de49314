import { createRequire } from 'node:module';
import { join } from 'node:path';

/** One shared module: what is imported, and the file it is served as. */
export interface VendorModule {
  readonly id: string;
  readonly file: string;
}

/** What the host and every plugin share. */
export const SHARED: readonly string[] = [
  'react',
  'react/jsx-runtime',
  'react-dom',
  'react-dom/client',
  'portcullis/plugin',
];

/** `react-dom/client` is served as `react-dom-client.js`. */
export function vendorModules(extra: readonly string[]): readonly VendorModule[] {
  return [...new Set([...SHARED, ...extra])].map((id) => ({
    id,
    file: `${id.replace(/^@/, '').replaceAll('/', '-')}.js`,
  }));
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const RESERVED = new Set(['default', '__esModule', 'module.exports']);

/**
 * The source of a shared module's entry. React is CommonJS, which has no named exports of its own:
 * they are taken from the module's keys, so that `import { useState } from 'react'` links.
 */
export async function entrySource(id: string, root: string): Promise<string> {
  const require = createRequire(join(root, 'index.js'));
  let value: unknown;
  try {
    value = require(id);
  } catch {
    value = null;
  }
  const isEsm = value === null || Object.prototype.toString.call(value) === '[object Module]';
  if (isEsm) return `export * from ${JSON.stringify(id)};\n`;
  const names = Object.keys(value as object).filter((name) => IDENTIFIER.test(name) && !RESERVED.has(name));
  return [
    `import shared from ${JSON.stringify(id)};`,
    'export default shared;',
    `export const { ${names.join(', ')} } = shared;`,
    '',
  ].join('\n');
}
