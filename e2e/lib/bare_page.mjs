// A page with only the built SDK, which exposes its host to the test as `host` and each plugin's sdk in `sdks`.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sdk = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'js-glue', 'dist');
const IMPORTS = { imports: { '#wasm-source': '/sdk/core/wasm_source.js' } };

/** The page's folder, for `spa.root`. `options` are those of createHost. */
export function bareSite(options = {}) {
  const root = mkdtempSync(join(tmpdir(), 'portcullis-bare-'));
  cpSync(sdk, join(root, 'sdk'), { recursive: true, filter: (path) => !/\/(cli|playwright|react)$/.test(path) });
  writeFileSync(
    join(root, 'index.html'),
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bare</title><link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify(IMPORTS)}</script><script type="module" src="/main.js"></script></head><body></body></html>\n`,
  );
  writeFileSync(
    join(root, 'main.js'),
    `import { createHost } from '/sdk/index.js';
globalThis.sdks = {};
globalThis.host = createHost(${JSON.stringify(options)});
await host.start();\n`,
  );
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** A bundle that exposes its sdk to the test. */
export const BARE_BUNDLE = `export default (sdk) => {
  globalThis.sdks[sdk.pluginId] = sdk;
  return { routes: { Page: () => null } };
};\n`;
