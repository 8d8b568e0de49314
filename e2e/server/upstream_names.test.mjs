// Reaching an upstream: by a name with several addresses, by one whose address changes, by TLS under a private
// authority; and an upload that it refuses early, and connections that it closes.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startBff } from 'portcullis/playwright';
import { cleanup } from '../lib/cleanup.mjs';
import { binary as SERVER } from '../lib/examples.mjs';
import { startLab } from '../lib/lab.mjs';
import { until } from '../lib/load.mjs';

const PLUGIN = {
  id: 'hello',
  version: '1.0.0',
  engine: { experience: '>=1.0.0' },
  bundle: { file: '/app/plugins/hello.js' },
  permissions: { api: ['GET', 'POST'].map((method) => ({ method, path: '/api/x/*' })), sse: [] },
};

const temporary = (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-names-'));
  cleanup(t, () => rmSync(folder, { recursive: true, force: true }));
  return folder;
};
const listen = (t, server, { host = '127.0.0.1', port = 0 } = {}) =>
  new Promise((done, fail) => {
    server.once('error', fail);
    server.listen({ host, port }, () => {
      cleanup(t, () => {
        server.closeAllConnections?.();
        server.close();
      });
      done(server.address().port);
    });
  });
const says = (text) => createServer((_, res) => res.writeHead(200, { 'Content-Type': 'text/plain' }).end(text));

async function start(t, upstreams, options = {}) {
  const lab = await startLab({
    files: {
      'plugins.yaml': { tenants: { localhost: [PLUGIN] } },
      'routes.yaml': {
        upstreams,
        routes: Object.keys(upstreams).map((upstream) => ({ path: `/api/x/${upstream}`, upstream })),
      },
      ...options.files,
    },
    bundles: { 'hello.js': 'export const widgets = {};\n' },
    ...(options.start ? { start: options.start } : {}),
  });
  cleanup(t, () => lab.stop());
  const session = await lab.login('viewer');
  const ask = (upstream = 'u', more = {}) =>
    lab.send({ session, target: `/api/x/${upstream}`, ...more, headers: { 'X-Plugin-Id': 'hello', ...more.headers } });
  return { lab, ask };
}

// The server gets its own /etc/hosts in its own mount namespace.
const folder = mkdtempSync(join(tmpdir(), 'portcullis-mounts-'));
writeFileSync(join(folder, 'hosts'), '127.0.0.1 localhost\n::1 localhost\n');
const mounts = spawnSync('unshare', ['-m', 'mount', '--bind', join(folder, 'hosts'), '/etc/hosts']).status === 0;
rmSync(folder, { recursive: true });

describe('names', { skip: mounts ? false : 'no mount namespaces here (they want root)' }, () => {
  /** The server with these lines in its /etc/hosts; `say` replaces them. */
  async function withHosts(t, lines, upstreams) {
    const home = temporary(t);
    const hosts = join(home, 'hosts');
    const say = (text) => writeFileSync(hosts, `127.0.0.1 localhost\n${text}\n`);
    say(lines);
    const binary = join(home, 'bff');
    writeFileSync(
      binary,
      `#!/bin/sh\nexec unshare -m sh -c 'mount --bind ${hosts} /etc/hosts && exec ${SERVER} "$@"' sh "$@"\n`,
    );
    chmodSync(binary, 0o755);
    return { ...(await start(t, upstreams, { start: (options) => startBff({ ...options, binary }) })), say };
  }

  for (const host of ['127.0.0.1', '::1']) {
    test(`connects to a name with two addresses of which only ${host} listens`, async (t) => {
      const port = await listen(t, says('here'), { host });
      const { ask } = await withHosts(t, '::1 dual.test\n127.0.0.1 dual.test', {
        u: { url: `http://dual.test:${port}` },
      });
      assert.equal((await ask()).text, 'here');
    });
  }

  test('resolves a name again after its address changed', async (t) => {
    const first = says('one');
    const port = await listen(t, first);
    await listen(t, says('two'), { host: '127.0.0.2', port });
    const { ask, say } = await withHosts(t, '127.0.0.1 moves.test', { u: { url: `http://moves.test:${port}` } });
    assert.equal((await ask()).text, 'one');
    say('127.0.0.2 moves.test');
    first.closeAllConnections();
    await new Promise((done) => first.close(done));
    for (let i = 0; i < 3; i += 1) assert.equal((await ask()).text, 'two');
  });
});

const openssl = spawnSync('openssl', ['version']).status === 0;
test('verifies TLS against a private authority', { skip: openssl ? false : 'no openssl here' }, async (t) => {
  const home = temporary(t);
  const run = (...args) => execFileSync('openssl', args, { cwd: home, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  run('req', '-x509', ...key, '-days', '30', '-subj', '/CN=Private CA', '-keyout', 'ca.key', '-out', 'ca.pem');
  const asked = [];
  const serve = async (name, host, days) => {
    run('req', ...key, '-subj', `/CN=${host}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    writeFileSync(join(home, `${name}.ext`), `subjectAltName=DNS:${host}\n`);
    run(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-out', `${name}.pem`, '-extfile', `${name}.ext`, '-days', days],
    );
    const read = (ending) => readFileSync(join(home, `${name}.${ending}`));
    const server = createTlsServer({ key: read('key'), cert: read('pem') }, (req, res) => {
      asked.push(req.socket.servername);
      res.writeHead(200, { 'Content-Type': 'text/plain' }).end(name);
    });
    server.on('tlsClientError', () => {});
    return `https://localhost:${await listen(t, server)}`;
  };
  const good = await serve('good', 'localhost', '10');
  const other = await serve('other', 'sales.example', '10');
  const old = await serve('old', 'localhost', '-1');
  const { lab, ask } = await start(
    t,
    {
      good: { url: good, ca_file: 'ca.pem' },
      other: { url: other, ca_file: 'ca.pem' },
      named: { url: other, ca_file: 'ca.pem', server_name: 'sales.example' },
      old: { url: old, ca_file: 'ca.pem' },
      unknown: { url: good },
    },
    { files: { 'ca.pem': readFileSync(join(home, 'ca.pem'), 'utf8') } },
  );
  assert.equal((await ask('good')).text, 'good');
  assert.equal((await ask('named')).text, 'other');
  assert.deepEqual(asked, ['localhost', 'sales.example']);
  for (const [upstream, said] of [
    ['other', /not valid for localhost.*server_name/],
    ['old', /certificate.*expired/],
    ['unknown', /certificate is not trusted.*ca_file/],
  ]) {
    const answer = await ask(upstream);
    assert.equal(answer.status, 502, upstream);
    assert.doesNotMatch(answer.text, /certificate/, 'the caller learns nothing of it');
    // Lines about requests are written within a second.
    const line = await until(
      () => lab.bff.log.split('\n').find((each) => each.includes(answer.headers['x-request-id'])),
      'the line of the request',
    );
    assert.match(JSON.parse(line).note, said);
  }
});

for (const how of ['reads on', 'closes', 'does not read']) {
  test(`passes on an early refusal of an upload when the upstream ${how}`, async (t) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      cleanup(t, () => socket.destroy());
      socket.once('data', () => {
        // Close, because it responds once, and a complete upload would leave the connection to the next call.
        socket.write(
          'HTTP/1.1 413 Content Too Large\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 9\r\n\r\ntoo large',
        );
        if (how === 'closes') socket.end();
        else if (how === 'does not read') socket.pause();
      });
    });
    const port = await listen(t, server);
    const { ask } = await start(t, { u: { url: `http://127.0.0.1:${port}` } });
    for (const size of [20_000, 8 << 20]) {
      const answer = await ask('u', { method: 'POST', body: 'x'.repeat(size) });
      assert.deepEqual([answer.status, answer.text], [413, 'too large'], `${size}`);
    }
  });
}

test('loses no response when the upstream closes a kept connection', async (t) => {
  let served = 0;
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    let text = '';
    let used = 0;
    socket.on('data', (chunk) => {
      text += chunk;
      if (!text.endsWith('\r\n\r\n')) return;
      text = '';
      used += 1;
      if (used > 1) return socket.resetAndDestroy();
      served += 1;
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok');
    });
  });
  const { ask } = await start(t, { u: { url: `http://127.0.0.1:${await listen(t, server)}` } });
  for (let i = 0; i < 6; i += 1) assert.equal((await ask()).text, 'ok');
  assert.equal(served, 6);
});
