// A test's own plugins in the demo's page, with the test's own upstream.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';

export interface Upstream {
  readonly url: string;
  /** Whether the client of the last call to this path disconnected before the response ended. */
  readonly gone: (path: string) => boolean;
  readonly seen: { readonly path: string; readonly gone: boolean }[];
  close(): Promise<void>;
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export async function startUpstream(answer: Answer): Promise<Upstream> {
  const seen: { path: string; gone: boolean }[] = [];
  const server: Server = createServer((request, response) => {
    const one = { path: request.url ?? '', gone: false };
    seen.push(one);
    response.on('close', () => {
      one.gone = !response.writableFinished;
    });
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    gone: (path) => seen.filter((one) => one.path === path).at(-1)?.gone === true,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];

/** A plugin with one page and one widget, allowed all of /api/x and /events. */
const manifest = (id: string) => ({
  id,
  version: '1.0.0',
  displayName: id,
  engine: { experience: '>=1.0.0' },
  bundle: { file: `/app/plugins/${id}/1.0.0/index.esm.js` },
  contributions: {
    routes: [{ path: `/plugins/${id}`, component: 'Page' }],
    widgets: [{ slot: 'dashboard.main', component: 'Widget' }],
  },
  permissions: {
    api: [
      ...METHODS.map((method) => ({ method, path: '/api/x/*' })),
      { method: 'POST', path: '/api/plugins/telemetry' },
    ],
    sse: ['/events'],
  },
});

/** Bundles by plugin id, in place of the demo's. JSON is YAML. */
export function writeSite(
  { config, plugins }: { readonly config: string; readonly plugins: string },
  bundles: Readonly<Record<string, string>>,
  upstream: string,
): void {
  const tenants = { localhost: Object.keys(bundles).map(manifest), 'acme.localhost': [] };
  const routes = [
    { path: '/api/x/*', upstream: 'u' },
    { path: '/events/*', kind: 'sse', upstream: 'u' },
  ];
  writeFileSync(join(config, 'plugins.yaml'), JSON.stringify({ tenants }));
  writeFileSync(
    join(config, 'routes.yaml'),
    JSON.stringify({ upstreams: { u: { url: upstream, timeout_ms: 120_000 } }, routes }),
  );
  for (const [id, code] of Object.entries(bundles)) {
    const file = join(plugins, id, '1.0.0', 'index.esm.js');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, code);
  }
}
