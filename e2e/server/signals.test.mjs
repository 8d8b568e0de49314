// SIGTERM and SIGHUP under load: accepted requests get complete responses, and each response is from one
// configuration.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cleanup } from '../lib/cleanup.mjs';
import { hostileLab, plugin } from '../lib/hostile.mjs';
import { ask, startLoad, until } from '../lib/load.mjs';

const BODY = 'y'.repeat(300_000);

/** An upstream that takes 20 ms per response and sends it in pieces. */
async function slowUpstream() {
  const server = createServer((_, res) => {
    res.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': BODY.length });
    res.write(BODY.slice(0, 1000));
    setTimeout(() => res.end(BODY.slice(1000)), 20);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

test('completes every accepted response on SIGTERM under load', async (t) => {
  const upstream = await slowUpstream();
  cleanup(t, () => upstream.close());
  const page = mkdtempSync(join(tmpdir(), 'portcullis-page-'));
  cleanup(t, () => rmSync(page, { recursive: true }));
  writeFileSync(join(page, 'index.html'), BODY);
  const lab = await hostileLab({ upstream, args: ['--spa', page] });
  cleanup(t, () => lab.stop());
  const own = { Host: lab.host, Cookie: lab.session.cookie };
  let refused = 0;
  let told = 0;
  let crossed = 0;
  const client = (path, fresh) => {
    const agent = new Agent({ keepAlive: !fresh, maxSockets: 1 });
    cleanup(t, () => agent.destroy());
    const headers = path === '/' ? own : { ...own, 'X-Plugin-Id': 'app' };
    return async () => {
      let answer;
      try {
        answer = await ask({ agent, host: '127.0.0.1', port: lab.port, path, headers });
      } catch (error) {
        // A kept connection that the server closed while the request was in flight: a client repeats it (RFC 9112, 9.3.1). The log
        // shows below that the server never read it.
        if (!fresh && error.code === 'ECONNRESET') {
          crossed += 1;
          return;
        }
        // Never accepted. Any other failure is a lost request.
        if (error.code !== 'ECONNREFUSED') throw error;
        refused += 1;
        return 'done';
      }
      assert.equal(answer.status, 200, answer.text.slice(0, 200));
      assert.equal(answer.bytes.length, BODY.length);
      if (answer.headers.connection === 'close') told += 1;
    };
  };
  const paths = ['/api/app/x', '/'];
  const clients = Array.from({ length: 32 }, (_, n) => client(paths[n % 2], n % 4 < 2));
  const load = startLoad(clients);
  await load.more(300);
  const ended = lab.bff.stop();
  await load.done();
  await ended;
  const answered = await load.stop();
  assert.equal(refused, clients.length);
  const read = lab.bff.log.split('\n').filter((line) => /"event":"request".*"path":"(\/api\/app\/x|\/)"/.test(line));
  assert.equal(read.length, answered - crossed, 'every request that was read was answered');
  assert.ok(read.every((line) => !line.includes('"complete":false')));
  assert.ok(told > 0, 'answers say that the connection ends');
  assert.match(lab.bff.log, /"draining"/);
  assert.match(lab.bff.log, /"stopped"/);
});

test('answers from one configuration each on SIGHUP under load, and reports a broken one without applying it', async (t) => {
  const upstream = await slowUpstream();
  cleanup(t, () => upstream.close());
  const lab = await hostileLab({ upstream });
  cleanup(t, () => lab.stop());
  const listing = (n) => ({
    tenants: { localhost: [plugin('app', { version: `1.0.${n}`, displayName: `App ${n}` })] },
  });
  lab.write('plugins.yaml', listing(0));
  const hup = () => process.kill(lab.bff.pid, 'SIGHUP');
  const agents = [];
  const seen = new Set();
  const client = (path, check) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    agents.push(agent);
    return async () => {
      const headers = {
        Host: lab.host,
        Cookie: lab.session.cookie,
        ...(path === '/api/app/x' ? { 'X-Plugin-Id': 'app' } : {}),
      };
      const answer = await ask({ agent, host: '127.0.0.1', port: lab.port, path, headers });
      assert.equal(answer.status, 200, answer.text.slice(0, 200));
      check(answer);
    };
  };
  const manifests = ({ text }) => {
    const [{ version, displayName }] = JSON.parse(text);
    assert.equal(`App ${version.split('.')[2]}`, displayName);
    seen.add(displayName);
  };
  hup();
  await until(() => /"reloaded"/.test(lab.bff.log), 'the first reload');
  const load = startLoad([
    ...Array.from({ length: 4 }, () => client('/api/plugins/manifests', manifests)),
    ...Array.from({ length: 4 }, () => client('/api/app/x', ({ bytes }) => assert.equal(bytes.length, BODY.length))),
  ]);
  for (let n = 1; n <= 10; n += 1) {
    lab.write('plugins.yaml', listing(n));
    hup();
    await until(() => seen.has(`App ${n}`), `version ${n}`);
  }
  const rejected = () => lab.bff.log.split('\n').filter((line) => line.includes('"reload_rejected"'));
  assert.equal(rejected().length, 0);
  for (const [n, broken] of [
    'tenants:\n  localhost:\n    - id: [\n',
    '',
    JSON.stringify(listing(11)).slice(0, 100),
    JSON.stringify({ tenants: { localhost: [plugin('app', { version: 'eleven' })] } }),
  ].entries()) {
    lab.write('plugins.yaml', broken);
    hup();
    await until(() => rejected().length === n + 1, `the refusal of ${JSON.stringify(broken)}`);
    assert.match(JSON.parse(rejected()[n]).detail, /plugins\.yaml(:\d+:\d+)?: error [A-Z_]+: /);
    await load.more(50);
  }
  await load.stop();
  assert.ok(!seen.has('App 11'));
  const last = await lab.send({ target: '/api/plugins/manifests', session: lab.session });
  assert.equal(last.json()[0].displayName, 'App 10');
  lab.write('plugins.yaml', listing(12));
  hup();
  await until(
    async () => (await lab.send({ target: '/api/plugins/manifests', session: lab.session })).text.includes('App 12'),
    'the next whole one',
  );
  for (const agent of agents) agent.destroy();
});
