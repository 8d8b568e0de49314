// The Node BFF's configuration, compiled once: rules into a find-my-way router a plugin, bundles into memory.
import { createHash } from 'node:crypto';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import createRouter from 'find-my-way';
import { VARY_ENCODING } from './answers.mjs';

/** The allow-list of a plugin: method and path template, as its manifest has them. */
function compileRules(rules) {
  const router = createRouter({ caseSensitive: true, ignoreTrailingSlash: false });
  for (const { method, path } of rules) {
    // A `*` in the middle is one segment, which find-my-way calls a parameter.
    let wild = 0;
    const template = path.replaceAll(/\/\*(?=\/)/g, () => `/:wild${wild++}`);
    const methods = method === 'GET' ? ['GET', 'HEAD'] : [method];
    for (const each of methods) router.on(each, template, () => {});
  }
  return (method, path) => {
    const found = router.find(method, path);
    // A `*` at the end is one segment or more.
    return found !== null && found.params['*'] !== '';
  };
}

function compileBundle(text) {
  const bytes = Buffer.from(text);
  const hash = createHash('sha256').update(bytes);
  const hex = hash.copy().digest('hex');
  return {
    hex,
    integrity: `sha256-${hash.digest('base64')}`,
    etag: `"sha256-${hex}"`,
    identity: bytes,
    br: brotliCompressSync(bytes),
    gzip: gzipSync(bytes),
    headers: { etag: `"sha256-${hex}"`, vary: VARY_ENCODING },
  };
}

function compilePlugin(plugin, bundleText, rate) {
  const bundle = compileBundle(bundleText);
  const { id, version, engine, permissions } = plugin;
  const url = `/api/plugins/bundle?entry=${id}&id=${id}&v=${bundle.hex}`;
  return {
    id,
    version,
    bundle,
    /** A refusal that stands against it: quarantined, disabled, incompatible; null when it is served. */
    against: null,
    allows: compileRules(permissions.api),
    rate,
    tokens: rate.burst,
    refilled: performance.now(),
    manifest: {
      ...{ id, version, engine, trust: 'trusted', contributions: { routes: [], widgets: [] }, permissions },
      bundle: { url, integrity: bundle.integrity },
    },
  };
}

/** @returns {Map<string, Tenant>} by the host's name */
export function compileTenants({ tenant: id, plugins, bundles, rate }) {
  const compiled = plugins.map((plugin) => compilePlugin(plugin, bundles[plugin.id], rate));
  const json = JSON.stringify(compiled.map((each) => each.manifest));
  const tenant = {
    id,
    plugins: new Map(compiled.map((each) => [each.id, each])),
    manifests: { json, etag: `"${createHash('sha256').update(json).digest('hex').slice(0, 32)}"` },
  };
  return new Map([[id, tenant]]);
}
