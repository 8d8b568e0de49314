import { esmExternalRequirePlugin, type Plugin } from 'vite';
import { type PluginBuildOptions, SHARED, stylesheetWarning } from '../plugin/shared.js';

/**
 * The Vite plugin for plugin bundles: `vite build` creates `dist/index.esm.js` from `src/index.tsx` (or `entry`),
 * with everything except the modules that the host shares. `require('react')` in a CommonJS dependency becomes an
 * import. Imported stylesheets are left out with a warning, because a plugin ships no CSS file.
 */
export function portcullisPlugin(options: PluginBuildOptions & { readonly entry?: string } = {}): Plugin[] {
  const external = [...SHARED, ...(options.modules ?? [])];
  const build: Plugin = {
    name: 'portcullis:plugin',
    apply: 'build',
    enforce: 'post',
    config: () => ({
      // A library build keeps `process`, which does not exist in a page.
      define: { 'process.env.NODE_ENV': '"production"' },
      build: {
        lib: { entry: options.entry ?? 'src/index.tsx', formats: ['es'], fileName: () => 'index.esm.js' },
        target: 'es2022',
        // The server serves one file per plugin.
        rolldownOptions: { output: { codeSplitting: false } },
      },
    }),
    // After Vite's own plugin, which creates the stylesheet.
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        for (const name of Object.keys(bundle).filter((file) => file.endsWith('.css'))) {
          delete bundle[name];
          this.warn(stylesheetWarning(name));
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
