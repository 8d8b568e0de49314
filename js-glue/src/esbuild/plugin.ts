import type { Plugin } from 'esbuild';
import { noStyles, type PluginBuildOptions, SHARED } from '../plugin/shared.js';

const NAME = 'portcullis';
const PICTURES = Object.fromEntries(
  ['png', 'jpg', 'jpeg', 'gif', 'webp', 'avif', 'svg'].map((kind) => [`.${kind}`, 'dataurl' as const]),
);
const NAMESPACE = 'portcullis-shared';

/**
 * A shared module for `require()`. A browser has no `require`, so this is an ES module that imports it; esbuild gives
 * the caller its names, its default and `__esModule`, which is what compiled CommonJS asks for. The default is read
 * from the module's object, because not every module has one.
 */
const bridge = (id: string): string => {
  const from = JSON.stringify(id);
  return `import * as all from ${from};\nexport * from ${from};\nexport default 'default' in all ? all.default : all;\n`;
};

/**
 * Builds a plugin's bundle for a host: one ES module for a page, with everything in it but `react`,
 * `react/jsx-runtime`, `portcullis/plugin` and `modules`, which are the host's. A CommonJS dependency that has
 * `require('react')` gets the host's, too. Stylesheets are left out with a warning: a plugin brings no CSS.
 * What the build sets by itself (`format`, `target`, `jsx`, `define`) counts.
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
      // A page of the BFF takes pictures of its own origin and `data:`.
      initial.loader = { ...PICTURES, ...initial.loader };
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
        warnings: [{ text: noStyles(path) }],
      }));
    },
  };
}
