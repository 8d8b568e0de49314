// Starts the Node programs of node/: a BFF, for the same site as portcullis-bff and signed in, and the bare server.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { exchange, requestBytes } from '../../e2e/lib/raw_http.mjs';
import { CORES, pin } from './load.mjs';
import { PLUGIN, requestsOf, siteOf, TENANT } from './site.mjs';

/** The two ways to write it: see node/by_hand.mjs and node/of_plugins.mjs. */
export const KITS = ['by hand', 'of plugins'];

/** A program of node/ on the server's core, as in production; `said` is its first line. */
async function startProgram(name, argument) {
  const file = fileURLToPath(new URL(`node/${name}`, import.meta.url));
  const child = spawn(process.execPath, [file, argument], {
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const failed = ended.then(([code]) => {
    throw new Error(`${name} ended with ${code}`);
  });
  failed.catch(() => {});
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), failed]);
  await pin(child.pid, CORES.server);
  const stop = () => {
    child.kill('SIGTERM');
    return ended;
  };
  return { pid: child.pid, said: JSON.parse(line), stop };
}

/** Signs in and finds the bundle, as a page does. */
async function firstSteps(port) {
  const host = `${TENANT}:${port}`;
  const send = (what) => exchange(port, requestBytes({ ...what, headers: { Host: host, ...what.headers } }));
  const signedIn = await send({
    method: 'POST',
    target: '/auth/login',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ user: 'viewer', password: 'viewer' }),
  });
  const session = { cookie: signedIn.headers['set-cookie'].split(';')[0], csrf: signedIn.json().csrf_token };
  const headers = { Host: host, Cookie: session.cookie };
  const [{ bundle }] = (await send({ target: '/api/plugins/manifests', headers })).json();
  const { etag } = (await send({ target: bundle.url, headers })).headers;
  return { session, requests: requestsOf(`http://127.0.0.1:${port}`, { headers, bundle: bundle.url, etag }) };
}

/**
 * @param {'by hand' | 'of plugins'} kit which of the two BFFs
 * @param {{json: string, bundleText: string, upstream: {url: string}}} work
 */
export async function startNode(kit, { json, bundleText, upstream }) {
  const home = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  try {
    const file = join(home, 'config.json');
    const own = { kit, tenant: TENANT, users: { viewer: 'viewer' }, bundles: { [PLUGIN]: bundleText } };
    writeFileSync(file, JSON.stringify({ ...own, ...siteOf({ json, upstream }) }));
    const { pid, said, stop } = await startProgram('server.mjs', file);
    try {
      return { pid, ...said, ...(await firstSteps(said.port)), stop };
    } catch (error) {
      await stop();
      throw error;
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Node's own HTTP server; it has the JSON only. */
export async function startBareNode({ json }) {
  const { pid, said, stop } = await startProgram('bare.mjs', json);
  return { pid, requests: { json: { url: `http://127.0.0.1:${said.port}/` } }, stop };
}
