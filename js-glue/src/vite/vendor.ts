import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { esmExternalRequirePlugin, type Plugin } from 'vite';
import { bffOf, bootToken, type Navigation } from './boot_token.js';
import { entrySource, type ModuleExports, moduleExports, PAGE } from './module_exports.js';
import { toPrebundle, type VendorModule, vendorModules } from './vendor_modules.js';

/** Options of `portcullisVendor`. */
export interface VendorOptions {
  /** Additional modules that plugins may import from the host, besides React and `portcullis/plugin`. */
  readonly modules?: readonly string[];
}

const VIRTUAL = '\0portcullis-vendor:';

/**
 * Serves the modules that plugins import from the host. A build emits `vendor/*.js` (one bundle with shared chunks,
 * so that there is one React), the app imports them as externals, and `index.html` gets the import map as its only
 * inline script, whose hash the server puts into the CSP. The map also contains the hash of every module of the build
 * (`integrity`), so a browser runs no other bytes under those URLs, and the map itself is fixed by its own hash.
 *
 * The dev server maps the same names to its own modules, without hashes, and adds the boot token of the BFF that
 * `server.proxy` names. The plugin does not build plugins and does not set the CSP. A module that cannot be found
 * fails the build.
 */
export function portcullisVendor(options: VendorOptions = {}): Plugin[] {
  const modules = vendorModules(options.modules ?? []);
  const ids = modules.map((module) => module.id);
  let root = process.cwd();
  let base = '/';
  let serving = false;
  let looked: Promise<ReadonlyMap<string, ModuleExports>> | null = null;
  /** Computed once, because it bundles every module. */
  const sourceOf = async (id: string): Promise<string> => {
    looked ??= moduleExports(ids, root);
    const exports = (await looked).get(id);
    if (exports === undefined) throw new Error(`portcullisVendor: ${id} is not shared`);
    return entrySource(id, exports);
  };

  const vendor: Plugin = {
    name: 'portcullis:vendor',
    config: (user) => ({
      optimizeDeps: {
        // The core loads its .wasm from its own folder, which pre-bundling would break.
        exclude: ['portcullis'],
        include: [...toPrebundle(modules, resolve(user.root ?? process.cwd()))],
      },
      // The gate's worker shares its chunks, and loads the translated core only where WebAssembly is refused.
      worker: { format: 'es' as const },
      build: {
        // Every browser that runs the SDK has modulepreload.
        modulePreload: { polyfill: false },
        // The manifest tells the BFF which file names contain a hash, so that it can mark those files as immutable.
        manifest: user.build?.manifest ?? true,
      },
    }),
    configResolved(config) {
      root = config.root;
      base = config.base;
      serving = config.command === 'serve';
    },
    resolveId: (source) => (source.startsWith(VIRTUAL) ? source : null),
    load: (id) => (id.startsWith(VIRTUAL) ? sourceOf(id.slice(VIRTUAL.length)) : null),
    async generateBundle() {
      if (serving) return;
      for (const { path, source } of await buildVendor(modules, root, sourceOf)) {
        this.emitFile({ type: 'asset', fileName: `vendor/${path}`, source });
      }
    },
    // Runs last: a chunk that another plugin changes after it was hashed would never run.
    writeBundle: {
      order: 'post',
      sequential: true,
      async handler({ dir }, bundle) {
        if (serving || dir === undefined) return;
        await fixModules(dir, Object.keys(bundle), base);
      },
    },
    transformIndexHtml: {
      order: 'pre',
      handler: () => {
        const address = ({ id, file }: VendorModule): string =>
          serving ? `${base}@id/${VIRTUAL.replace('\0', '__x00__')}${id}` : `${base}vendor/${file}`;
        const imports = Object.fromEntries(modules.map((module) => [module.id, address(module)]));
        return [
          {
            tag: 'script',
            attrs: { type: 'importmap' },
            children: JSON.stringify({ imports }),
            // Before any module script or preload, because a later map is ignored.
            injectTo: 'head-prepend',
          },
        ];
      },
    },
  };

  // Also turns require('react') in a CommonJS dependency into an import, which a browser can resolve. Assigned onto the
  // object itself: it stands for a native plugin, and a copy would have no effect.
  const external = Object.assign(esmExternalRequirePlugin({ external: ids }), {
    apply: 'build' as const,
    enforce: 'pre' as const,
  });
  let bff: string | null = null;
  // Two browsers may load the page at the same time.
  const navigations = new AsyncLocalStorage<Navigation>();
  const boot: Plugin = {
    name: 'portcullis:boot',
    apply: 'serve',
    configResolved(config) {
      bff = bffOf(config);
    },
    configureServer(server) {
      server.middlewares.use(({ headers }, _, next) => {
        if (headers['sec-fetch-dest'] !== 'document') return next();
        navigations.run({ host: headers.host ?? '', cookie: headers.cookie }, next);
      });
    },
    transformIndexHtml: () => {
      const navigation = navigations.getStore();
      return bff === null || navigation === undefined ? [] : bootToken(bff, navigation);
    },
  };
  return [external, vendor, boot];
}

const MAP = /(<script type="importmap">)([^<]*)(<\/script>)/;

/** Writes the hash of every module into the documents' import maps. */
async function fixModules(dir: string, files: readonly string[], base: string): Promise<void> {
  const integrity: Record<string, string> = {};
  for (const file of files.filter((name) => /\.m?js$/.test(name)).sort()) {
    const digest = createHash('sha384')
      .update(await readFile(join(dir, file)))
      .digest('base64');
    integrity[`${base}${file}`] = `sha384-${digest}`;
  }
  for (const file of files.filter((name) => name.endsWith('.html'))) {
    const html = await readFile(join(dir, file), 'utf8');
    const withHashes = html.replace(MAP, (_, open: string, map: string, close: string) => {
      const { imports } = JSON.parse(map) as { imports: Record<string, string> };
      return `${open}${JSON.stringify({ imports, integrity })}${close}`;
    });
    if (withHashes !== html) await writeFile(join(dir, file), withHashes);
  }
}

async function buildVendor(
  modules: readonly VendorModule[],
  root: string,
  sourceOf: (id: string) => Promise<string>,
): Promise<readonly { path: string; source: Uint8Array }[]> {
  // First, because esbuild would report a failure once per module.
  await Promise.all(modules.map(({ id }) => sourceOf(id)));
  const result = await build({
    entryPoints: modules.map(({ id, file }) => ({ in: `${VIRTUAL}${id}`, out: file.replace(/\.js$/, '') })),
    ...PAGE,
    splitting: true,
    minify: true,
    outdir: 'vendor',
    chunkNames: 'chunk-[hash]',
    absWorkingDir: root,
    plugins: [
      {
        name: 'portcullis-vendor-entries',
        setup(esbuild) {
          esbuild.onResolve({ filter: /^\0portcullis-vendor:/ }, ({ path }) => ({
            path: path.slice(VIRTUAL.length),
            namespace: 'portcullis-vendor',
          }));
          esbuild.onLoad({ filter: /.*/, namespace: 'portcullis-vendor' }, async ({ path }) => ({
            contents: await sourceOf(path),
            resolveDir: root,
            loader: 'js',
          }));
        },
      },
    ],
  });
  return result.outputFiles.map((file) => ({
    path: file.path.slice(file.path.lastIndexOf('/') + 1),
    source: file.contents,
  }));
}
