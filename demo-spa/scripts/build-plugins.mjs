// Builds each plugin that ServiceConfigs/BFF/config/plugins.yaml names into the file that it names:
// /app/plugins/ID/VERSION/index.esm.js comes from plugins/ID/src/index.tsx. The configuration is the
// only place that holds a version. `--out DIR` builds into another plugins folder.
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
  if (id === undefined) throw new Error(`plugins.yaml: ${file} is not /app/plugins/ID/VERSION/index.esm.js`);
  const source = join(demo, 'plugins', id, 'src/index.tsx');
  if (!existsSync(source)) throw new Error(`plugins.yaml names ${file}, but there is no ${source}`);
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
    // What the host shares through its import map. Everything else has to be in the bundle.
    external: ['react', 'react/jsx-runtime', 'portcullis/plugin'],
    logLevel: 'warning',
  });
}
console.error(`demo: built ${bundles.size} plugins into ${out}`);
