import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { esmExternalRequirePlugin, type Plugin } from 'vite';
import { bffOf, bootToken } from './boot_token.js';
import { entrySource, type ModuleExports, moduleExports, PAGE } from './module_exports.js';
import { toPrebundle, type VendorModule, vendorModules } from './vendor_modules.js';

/** What `portcullisVendor` takes. */
export interface VendorOptions {
  /** More modules that plugins may import from the host, beside React and `portcullis/plugin`. */
  readonly modules?: readonly string[];
}

const VIRTUAL = '\0portcullis-vendor:';

/**
 * Serves what plugins import from the host. A build gets `vendor/*.js` (one bundle with shared
 * chunks, so that there is one React), the app imports them as externals, and `index.html` gets the
 * import map as the one inline script, whose hash the server puts into the CSP. The map also has the
 * hash of every module of the build (`integrity`): a browser runs no other bytes under those addresses,
 * and what the map says is fixed by its own hash. The dev server maps the same names to its own modules,
 * without hashes, and gives the page the boot token of the BFF that `server.proxy` names. It does not
 * build plugins, and does not set the CSP. A module that cannot be found fails the build.
 */
export function portcullisVendor(options: VendorOptions = {}): Plugin[] {
  const modules = vendorModules(options.modules ?? []);
  const ids = modules.map((module) => module.id);
  let root = process.cwd();
  let base = '/';
  let serving = false;
  let looked: Promise<ReadonlyMap<string, ModuleExports>> | null = null;
  /** Looked up once: it bundles every module. */
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
        // The core finds its .wasm beside itself, which pre-bundling would break.
        exclude: ['portcullis'],
        include: [...toPrebundle(modules, resolve(user.root ?? process.cwd()))],
      },
      build: {
        // Every browser that runs the SDK has modulepreload.
        modulePreload: { polyfill: false },
        // Tells the BFF which names hold a hash, so that those files may be cached for ever.
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
    // Last of all: what other plugins do to a chunk after it was hashed would make it one that never runs.
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
            // Before any module script or preload: a map that comes later is ignored.
            injectTo: 'head-prepend',
          },
        ];
      },
    },
  };

  // Also turns a CommonJS dependency's require('react') into an import, which a browser can resolve.
  // Told on the very object: it stands for a native plugin, and a copy of it does nothing.
  const external = Object.assign(esmExternalRequirePlugin({ external: ids }), {
    apply: 'build' as const,
    enforce: 'pre' as const,
  });
  let bff: string | null = null;
  let host = '';
  const boot: Plugin = {
    name: 'portcullis:boot',
    apply: 'serve',
    configResolved(config) {
      bff = bffOf(config);
    },
    configureServer(server) {
      // The tenant is the host that the page is looked at under.
      server.middlewares.use((incoming, _, next) => {
        if (incoming.headers['sec-fetch-dest'] === 'document') host = incoming.headers.host ?? '';
        next();
      });
    },
    transformIndexHtml: () => (bff === null || host === '' ? [] : bootToken(bff, host)),
  };
  return [external, vendor, boot];
}

const MAP = /(<script type="importmap">)([^<]*)(<\/script>)/;

/** Writes the hash of every module into the import maps of the documents. */
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
  // First: esbuild would report a failure once for each module.
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
