import { createRequire } from 'node:module';
import { join } from 'node:path';
import { SHARED } from '../plugin/shared.js';

/** A shared module: its import name, and the file that it is served as. */
export interface VendorModule {
  readonly id: string;
  readonly file: string;
}

/** `react-dom/client` is served as `react-dom-client.js`. */
export function vendorModules(extra: readonly string[]): readonly VendorModule[] {
  return [...new Set([...SHARED, 'react-dom', 'react-dom/client', ...extra])].map((id) => ({
    id,
    file: `${id.replace(/^@/, '').replaceAll('/', '-')}.js`,
  }));
}

/** Imports of the SDK itself and of development JSX, whose default and names must be known too. */
const IMPORTED = ['react/jsx-dev-runtime', 'react-router', '@tanstack/react-query'];

/**
 * The modules that the dev server must pre-bundle. Vite does not scan the SDK, which is excluded because of its
 * WebAssembly, so a CommonJS module that only the SDK imports would be served without any export.
 */
export function toPrebundle(modules: readonly VendorModule[], root: string): readonly string[] {
  const require = createRequire(join(root, 'index.js'));
  return [...new Set([...modules.map(({ id }) => id), ...IMPORTED])].filter((id) => {
    if (id.startsWith('portcullis/')) return false;
    try {
      require.resolve(id);
      return true;
    } catch (error) {
      // It exists, but for `import` only.
      return (error as NodeJS.ErrnoException).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
    }
  });
}
