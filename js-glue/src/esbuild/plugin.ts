import type { Plugin } from 'esbuild';
import { type PluginBuildOptions, SHARED, stylesheetWarning } from '../plugin/shared.js';

const NAME = 'portcullis';
const IMAGES = Object.fromEntries(
  ['png', 'jpg', 'jpeg', 'gif', 'webp', 'avif', 'svg'].map((kind) => [`.${kind}`, 'dataurl' as const]),
);
const NAMESPACE = 'portcullis-shared';

/**
 * The source of a shared module as required by CommonJS code. A browser has no `require`, so this is an ES module
 * that imports it; esbuild then gives the caller its names, its default and `__esModule`, as compiled CommonJS
 * expects. The default is read from the namespace object, because not every module has one.
 */
const bridge = (id: string): string => {
  const from = JSON.stringify(id);
  return `import * as all from ${from};\nexport * from ${from};\nexport default 'default' in all ? all.default : all;\n`;
};

/**
 * Builds a plugin's bundle: one ES module for a page that contains everything except the modules that the host shares
 * (`react`, `react/jsx-runtime`, `portcullis/plugin` and `modules`). `require('react')` in a CommonJS dependency
 * resolves to the host's copy. Stylesheets are left out with a warning, because a plugin ships no CSS file. Options
 * that the build sets itself (`format`, `target`, `jsx`, `define`) take precedence.
 */
export function portcullisPlugin(options: PluginBuildOptions = {}): Plugin {
  const shared = new Set([...SHARED, ...(options.modules ?? [])]);
  return {
    name: NAME,
    setup(build) {
      const initial = build.initialOptions;
      initial.bundle = true;
      initial.format ??= 'esm';
      initial.platform ??= 'browser';
      initial.target ??= 'es2022';
      initial.jsx ??= 'automatic';
      // The BFF's CSP allows images from the page's own origin and `data:` URLs.
      initial.loader = { ...IMAGES, ...initial.loader };
      initial.define = { 'process.env.NODE_ENV': '"production"', ...initial.define };
      build.onResolve({ filter: /^[^./]/ }, ({ path, kind, namespace }) => {
        if (!shared.has(path)) return null;
        return kind === 'require-call' && namespace !== NAMESPACE
          ? { path, namespace: NAMESPACE, sideEffects: false }
          : { path, external: true };
      });
      build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({ contents: bridge(path), loader: 'js' }));
      build.onLoad({ filter: /\.css$/ }, ({ path }) => ({
        contents: '',
        loader: path.endsWith('.module.css') ? 'js' : 'empty',
        warnings: [{ text: stylesheetWarning(path) }],
      }));
    },
  };
}
