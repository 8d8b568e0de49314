// Builds each plugin in ServiceConfigs/BFF/config/plugins.yaml to the file named there:
// /app/plugins/ID/VERSION/index.esm.js is built from plugins/ID/src/index.tsx. The configuration is the only place
// that contains a version. `--out DIR` builds into another plugins folder.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const demo = join(dirname(fileURLToPath(import.meta.url)), '..');
const flag = process.argv.indexOf('--out');
const out = flag < 0 ? join(demo, 'ServiceConfigs/BFF/plugins') : resolve(process.argv[flag + 1]);

const config = readFileSync(join(demo, 'ServiceConfigs/BFF/config/plugins.yaml'), 'utf8');
const bundles = new Set([...config.matchAll(/^\s*file:\s*"?(\/app\/plugins\/[^\s"]+)/gm)].map(([, file]) => file));

for (const file of bundles) {
  const [, id, version] = /^\/app\/plugins\/([^/]+)\/([^/]+)\/index\.esm\.js$/.exec(file) ?? [];
  if (id === undefined)
    throw new Error(`plugins.yaml: ${file} does not have the form /app/plugins/ID/VERSION/index.esm.js`);
  const source = join(demo, 'plugins', id, 'src/index.tsx');
  if (!existsSync(source)) throw new Error(`plugins.yaml names ${file}, but ${source} does not exist`);
  await build({
    entryPoints: [source],
    outfile: join(out, id, version, 'index.esm.js'),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    minify: true,
    legalComments: 'none',
    // The modules that the host shares through its import map. Everything else is bundled.
    external: ['react', 'react/jsx-runtime', 'portcullis/plugin'],
    logLevel: 'warning',
  });
}
console.error(`demo: built ${bundles.size} plugins into ${out}`);
