import { esmExternalRequirePlugin, type Plugin } from 'vite';
import { noStyles, type PluginBuildOptions, SHARED } from '../plugin/shared.js';

/**
 * The Vite plugin of a plugin's bundle: `vite build` makes `dist/index.esm.js` of `src/index.tsx` (or of `entry`), with
 * everything in it but what the host shares. `require('react')` of a CommonJS dependency becomes an import. Styles
 * that are imported are told of: a plugin brings no CSS.
 */
export function portcullisPlugin(options: PluginBuildOptions & { readonly entry?: string } = {}): Plugin[] {
  const external = [...SHARED, ...(options.modules ?? [])];
  const build: Plugin = {
    name: 'portcullis:plugin',
    apply: 'build',
    enforce: 'post',
    config: () => ({
      // A library keeps `process`, which a page does not have.
      define: { 'process.env.NODE_ENV': '"production"' },
      build: {
        lib: { entry: options.entry ?? 'src/index.tsx', formats: ['es'], fileName: () => 'index.esm.js' },
        target: 'es2022',
        // The server serves one file of a plugin.
        rolldownOptions: { output: { codeSplitting: false } },
      },
    }),
    // Behind Vite's own, which makes the stylesheet.
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        for (const name of Object.keys(bundle).filter((file) => file.endsWith('.css'))) {
          delete bundle[name];
          this.warn(noStyles(name));
        }
      },
    },
  };
  const shared = Object.assign(esmExternalRequirePlugin({ external }), {
    apply: 'build' as const,
    enforce: 'pre' as const,
  });
  return [shared, build];
}
