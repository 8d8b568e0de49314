// What portcullis-bff and the Node BFF both serve: one tenant, one plugin of 20 rules, a fixture and an upstream.
// The same objects go into the one's YAML files and into the other's configuration.

export const TENANT = 'localhost';
export const PLUGIN = 'app';
/** Paths of the requests: the last one no rule allows. */
export const PATHS = { json: '/api/lab/json', proxy: '/api/app/items/42', denied: '/api/app/denied/42' };

/** @param {{json: string, upstream: {url: string}}} work */
export function siteOf({ json, upstream }) {
  return {
    rate: { per_second: 1_000_000, burst: 1_000_000 },
    plugins: [
      {
        id: PLUGIN,
        version: '1.0.0',
        engine: { experience: '>=1.0.0' },
        bundle: { file: '/app/plugins/app/1.0.0/index.esm.js' },
        permissions: {
          api: [
            ...Array.from({ length: 18 }, (_, at) => ({ method: 'GET', path: `/api/app/other-${at}/:id/*` })),
            { method: 'GET', path: '/api/app/items/:id' },
            { method: 'GET', path: PATHS.json },
          ],
          sse: [],
        },
      },
    ],
    fixtures: { lab: { responses: [{ method: 'GET', path: PATHS.json, json: JSON.parse(json) }] } },
    upstreams: { app: { url: upstream.url } },
    routes: [
      { path: '/api/app/*', methods: ['GET'], upstream: 'app' },
      { path: PATHS.json, methods: ['GET'], fixture: 'lab' },
    ],
  };
}

/** The requests of the benchmark to a server of this site. `headers`: its Host and a session's cookie. */
export function requestsOf(base, { headers, bundle, etag }) {
  const called = { ...headers, 'X-Plugin-Id': PLUGIN };
  return {
    json: { url: base + PATHS.json, headers: called },
    bundle: { url: base + bundle, headers },
    'not modified': { url: base + bundle, headers: { ...headers, 'If-None-Match': etag } },
    proxy: { url: base + PATHS.proxy, headers: called },
  };
}
