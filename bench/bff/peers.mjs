// nginx and haproxy from Debian, configured to do what the server does in each case, without any rule: one process,
// one thread, keep-alive on both sides, no log. Each returns {pid, request(name)}.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CORES, pin, run } from './load.mjs';

/** A free port. */
export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

const tools = fileURLToPath(new URL('../../build/tools', import.meta.url));
const program = (name) => (existsSync(join(tools, name)) ? join(tools, name) : name);

const OF_PLUGINS = ['@fastify/cookie', '@fastify/helmet', '@fastify/rate-limit', '@fastify/reply-from', 'prom-client'];
const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** The peers' versions; of the Node BFFs, those of their packages. */
export async function peerVersions() {
  const nginxSays = await run('sh', ['-c', `${program('nginx')} -v 2>&1`]);
  const haproxySays = await run(program('haproxy'), ['-v']);
  return {
    nginx: /nginx\/(\S+)/.exec(nginxSays)?.[1] ?? '?',
    haproxy: /version (\d+\.\d+\.\d+)/.exec(haproxySays)?.[1] ?? '?',
    Node: process.versions.node,
    ...Object.fromEntries(
      ['fastify', 'find-my-way', 'undici', ...OF_PLUGINS].map((name) => [name, dependencies[name]]),
    ),
  };
}

async function reachable(url) {
  for (const until = Date.now() + 10_000; ; ) {
    try {
      await fetch(url);
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function start(command, args, core, url) {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  child.on('error', (error) => {
    throw error;
  });
  await reachable(url);
  await pin(child.pid, core);
  return {
    pid: child.pid,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', resolve);
        child.kill('SIGTERM');
      }),
  };
}

function nginxConfig(home, http) {
  return `daemon off; master_process off; worker_processes 1; pid ${home}/nginx.pid; error_log stderr error;
events { worker_connections 8192; use epoll; }
http {
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; server_tokens off;
  keepalive_timeout 600; keepalive_requests 1000000000; open_file_cache max=100 inactive=600s;
  types { text/javascript js; application/json json; }
  client_body_temp_path ${home}/body; proxy_temp_path ${home}/proxy; fastcgi_temp_path ${home}/fastcgi;
  uwsgi_temp_path ${home}/uwsgi; scgi_temp_path ${home}/scgi;
${http}
}
`;
}

async function nginx(home, core, http, url) {
  mkdirSync(home, { recursive: true });
  const file = join(home, 'nginx.conf');
  writeFileSync(file, nginxConfig(home, http));
  return start(program('nginx'), ['-p', home, '-c', file], core, url);
}

/** The shared upstream: nginx on the load's core, answering `json` on every path. */
export async function startUpstream(home, json) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const http = `  server { listen 127.0.0.1:${port}; default_type application/json; location / { return 200 '${json}'; } }`;
  return { ...(await nginx(join(home, 'upstream'), CORES.load, http, url)), url, port };
}

/** @param {{home: string, json: string, bundleFolder: string, upstream: {port: number}}} work */
export async function startNginx({ home, json, bundleFolder, upstream, log = 'off' }) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const http = `  upstream app { server 127.0.0.1:${upstream.port}; keepalive 64; keepalive_requests 1000000000; }
  access_log ${log};
  server {
    listen 127.0.0.1:${port};
    location = /json { default_type application/json; return 200 '${json}'; }
    location /bundle/ { alias ${bundleFolder}/; add_header Cache-Control "private, max-age=31536000, immutable"; }
    location /api/ { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }`;
  const server = await nginx(join(home, 'nginx'), CORES.server, http, `${url}/json`);
  const bundle = `${url}/bundle/index.esm.js`;
  const etag = (await fetch(bundle)).headers.get('etag');
  const requests = {
    json: { url: `${url}/json` },
    bundle: { url: bundle },
    'not modified': { url: bundle, headers: { 'If-None-Match': etag } },
    proxy: { url: `${url}/api/app/items/42` },
  };
  return { ...server, requests };
}

/** haproxy serves no files: it returns the bundle from its configuration. */
export async function startHaproxy({ home, json, bundleFolder, upstream }) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const file = join(home, 'haproxy.cfg');
  const lines = [
    ['global', 'nbthread 1', 'maxconn 8192', 'tune.bufsize 131072'],
    [
      'defaults',
      ...['mode http', 'timeout client 600s', 'timeout server 600s', 'timeout connect 5s'],
      ...['timeout http-keep-alive 600s', 'http-reuse always', 'no log'],
    ],
    [
      'frontend front',
      `bind 127.0.0.1:${port}`,
      `http-request return status 200 content-type application/json string '${json}' if { path /json }`,
      'http-request return status 304 hdr ETag "\\"x\\"" if { path /bundle } { req.hdr(if-none-match) -m found }',
      `http-request return status 200 content-type text/javascript file ${join(bundleFolder, 'index.esm.js')} if { path /bundle }`,
      'default_backend app',
    ],
    ['backend app', `server upstream 127.0.0.1:${upstream.port}`],
  ];
  writeFileSync(
    file,
    lines.map(([head, ...rest]) => `${head}\n${rest.map((line) => `  ${line}\n`).join('')}`).join(''),
  );
  await run(program('haproxy'), ['-c', '-f', file]);
  const server = await start(program('haproxy'), ['-db', '-f', file], CORES.server, `${url}/json`);
  const requests = {
    json: { url: `${url}/json` },
    bundle: { url: `${url}/bundle` },
    'not modified': { url: `${url}/bundle`, headers: { 'If-None-Match': '"x"' } },
    proxy: { url: `${url}/api/app/items/42` },
  };
  return { ...server, requests };
}
