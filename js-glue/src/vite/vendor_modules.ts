import { createRequire } from 'node:module';
import { join } from 'node:path';
import { SHARED } from '../plugin/shared.js';

/** One shared module: what is imported, and the file it is served as. */
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

/** What the SDK itself, and the JSX of a development build, import: their default and names have to be known, too. */
const IMPORTED = ['react/jsx-dev-runtime', 'react-router', '@tanstack/react-query'];

/**
 * What the dev server has to bundle ahead. The SDK is not bundled (its WebAssembly lies beside it), so that Vite does
 * not look into it, and a CommonJS module that only the SDK imports would be served as it is, without any export.
 */
export function toPrebundle(modules: readonly VendorModule[], root: string): readonly string[] {
  const require = createRequire(join(root, 'index.js'));
  return [...new Set([...modules.map(({ id }) => id), ...IMPORTED])].filter((id) => {
    if (id.startsWith('portcullis/')) return false;
    try {
      require.resolve(id);
      return true;
    } catch (error) {
      // There, for `import` only.
      return (error as NodeJS.ErrnoException).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
    }
  });
}
