// A real nginx: behind the server as an upstream, and in front of it.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { documents } from '../../scripts/lib/markdown.mjs';
import { root } from './examples.mjs';

const own = join(root, 'build/tools/nginx');
const nginx = process.env.NGINX ?? (existsSync(own) ? own : 'nginx');
/** Why tests with nginx are skipped, or false. */
export const skip = spawnSync(nginx, ['-v']).status !== 0 && 'nginx is not there: `npm test` fetches it, or set NGINX';

/** Free ports, because nginx cannot choose one itself. */
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer());
  for (const server of servers) await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const ports = servers.map((server) => server.address().port);
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  return ports;
}

const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('close', () => socket.destroy());
  });

function configuration(home, http) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `  ${name}_temp_path ${join(home, name)};`,
  );
  return [
    'daemon off;',
    'worker_processes 2;',
    ...(process.getuid() === 0 ? ['user root;'] : []),
    `pid ${join(home, 'nginx.pid')};`,
    `error_log ${join(home, 'error.log')} info;`,
    'events { worker_connections 2048; }',
    'http {',
    `  access_log ${join(home, 'access.log')};`,
    ...temporary,
    http,
    '}',
    '',
  ].join('\n');
}

/**
 * Starts nginx. `http({ ports, home })` returns the content of the `http` block; `count` ports are reserved for it;
 * `files` maps paths below `home` to content.
 */
export async function startNginx({ http, count = 1, files = {} }) {
  const home = mkdtempSync(join(tmpdir(), 'portcullis-nginx-'));
  const write = (path, content) => {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), content);
  };
  for (const [path, content] of Object.entries(files)) write(path, content);
  const log = () => (existsSync(join(home, 'error.log')) ? readFileSync(join(home, 'error.log'), 'utf8') : '');
  const file = join(home, 'nginx.conf');
  let ports;
  let child;
  let gone = true;
  const kill = () => child?.kill('SIGKILL');
  // Another process may have taken a port meanwhile.
  for (let attempt = 0; gone && attempt < 3; attempt += 1) {
    ports = await freePorts(count);
    write('nginx.conf', configuration(home, http({ ports, home })));
    child = spawn(nginx, ['-p', home, '-c', file, '-e', join(home, 'error.log')], { stdio: 'ignore' });
    gone = false;
    child.once('exit', () => {
      gone = true;
    });
    while (!gone && !(await answers(ports[0]))) await new Promise((resolve) => setImmediate(resolve));
  }
  if (gone) throw new Error(`nginx does not start:\n${log()}`);
  process.once('exit', kill);
  return {
    home,
    ports,
    port: ports[0],
    url: `http://127.0.0.1:${ports[0]}`,
    write,
    log,
    access: () => readFileSync(join(home, 'access.log'), 'utf8'),
    /** Makes it reload its configuration, or load another one. Its new workers serve some time later. */
    reload: (other) => {
      if (other) write('nginx.conf', configuration(home, other({ ports, home })));
      child.kill('SIGHUP');
    },
    stop: async () => {
      process.removeListener('exit', kill);
      if (!gone) {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        await ended;
      }
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** A self-signed certificate for localhost: { cert, key } as PEM. */
export function selfSigned() {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
  ]);
  if (made.status !== 0) throw new Error(`openssl: ${made.stderr}`);
  const pems = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(folder, { recursive: true });
  return pems;
}

/** The configuration of docs/operating.md, for these servers, ports and files. */
export function documentedFront({ servers, listen, cert, key, keepaliveTimeout = '4s' }) {
  const { blocks } = documents().find(({ file }) => file === 'docs/operating.md');
  const shown = blocks.find(({ lang, name }) => lang === 'nginx' && name === 'nginx.conf').code;
  let server = 0;
  return shown
    .replace(/server [0-9.]+:8080/g, () => `server 127.0.0.1:${servers[server++ % servers.length]}`)
    .replace('listen 443', `listen 127.0.0.1:${listen}`)
    .replace('/etc/nginx/cert.pem', cert)
    .replace('/etc/nginx/key.pem', key)
    .replace('keepalive_timeout 4s', `keepalive_timeout ${keepaliveTimeout}`);
}
