// The client's address behind proxies of real formats: one address for the log, the upstream and the throttle, which
// the client cannot choose.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hostileLab, rawUpstream } from '../lib/hostile.mjs';
import { until } from '../lib/load.mjs';

let upstream;
const labs = {};
before(async () => {
  upstream = await rawUpstream();
  const trusted_proxies = ['127.0.0.1'];
  labs.auto = await hostileLab({ upstream, settings: { trusted_proxies } });
  labs.x = await hostileLab({ upstream, settings: { trusted_proxies, forwarded: 'x-forwarded-for' } });
  labs.rfc = await hostileLab({ upstream, settings: { trusted_proxies, forwarded: 'forwarded' } });
  labs.none = await hostileLab({ upstream, settings: { trusted_proxies: [] } });
});
after(() => Promise.all([...Object.values(labs).map((lab) => lab.stop()), upstream?.close()]));

/** The address that the upstream and the log get. */
async function seen(lab, headers) {
  const answer = await lab.send({
    target: '/api/app/a',
    session: lab.session,
    headers: { 'X-Plugin-Id': 'app', ...headers },
  });
  assert.equal(answer.status, 200, answer.text);
  const told = upstream.requests.at(-1).headers['x-forwarded-for'];
  const id = answer.headers['x-request-id'];
  const line = await until(() => lab.bff.log.split('\n').find((one) => one.includes(id)), 'its line in the log');
  assert.equal(JSON.parse(line).remote_ip, told, 'the log and the upstream are told the same');
  return told;
}

const PROXY = '127.0.0.1';
const FORMS = [
  ['203.0.113.7', '203.0.113.7'],
  ['203.0.113.7:51008', '203.0.113.7'],
  ['[2001:db8::7]:443', '2001:db8::7'],
  ['"[2001:db8::7]:443"', '2001:db8::7'],
  ['"[2001:db8::7]"', '2001:db8::7'],
  ['2001:DB8::0:7', '2001:db8::7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['[::ffff:203.0.113.7]:80', '203.0.113.7'],
  ['fe80::7%eth0', 'fe80::7'],
  ['unknown', PROXY],
  ['_hidden', PROXY],
  ['evil', PROXY],
];

test('parses X-Forwarded-For in every form that proxies write', async () => {
  for (const [sent, right] of FORMS) {
    assert.equal(await seen(labs.auto, { 'X-Forwarded-For': sent }), right, sent);
    assert.equal(await seen(labs.auto, { 'X-Forwarded-For': `6.6.6.6, ${sent}` }), right, `behind a claim: ${sent}`);
    assert.equal(await seen(labs.auto, { 'X-Forwarded-For': ['6.6.6.6', sent] }), right, `in two lines: ${sent}`);
    assert.equal(await seen(labs.none, { 'X-Forwarded-For': sent }), PROXY, 'no proxy is trusted');
  }
  assert.equal(
    await seen(labs.auto, { 'X-Forwarded-For': '203.0.113.7:1, 127.0.0.1:2, ::ffff:127.0.0.1' }),
    '203.0.113.7',
  );
});

test('parses Forwarded in every form', async () => {
  for (const [sent, right] of FORMS) {
    if (sent.includes('%')) continue;
    const value = sent.startsWith('"') ? sent : `"${sent}"`;
    assert.equal(await seen(labs.auto, { Forwarded: `for=${value};proto=https;host=a.example` }), right, sent);
    assert.equal(await seen(labs.rfc, { Forwarded: `for=6.6.6.6, by="x,y;z";For=${value}` }), right, sent);
    assert.equal(await seen(labs.none, { Forwarded: `for=${value}` }), PROXY);
  }
  assert.equal(await seen(labs.auto, { Forwarded: 'for="6.6.6.6, for=203.0.113.7' }), '203.0.113.7', 'an open quote');
});

test('ignores the forwarding header that the proxy does not write', async () => {
  const both = { 'X-Forwarded-For': '203.0.113.7', Forwarded: 'for=6.6.6.6' };
  assert.equal(await seen(labs.auto, both), PROXY, 'they differ: neither is believed');
  assert.equal(await seen(labs.x, both), '203.0.113.7');
  assert.equal(await seen(labs.x, { Forwarded: 'for=6.6.6.6' }), PROXY);
  assert.equal(await seen(labs.rfc, { 'X-Forwarded-For': '6.6.6.6' }), PROXY);
  assert.equal(await seen(labs.rfc, both), '6.6.6.6', "it was told that Forwarded is the proxy's");
  const same = { 'X-Forwarded-For': '203.0.113.7:9', Forwarded: 'for="203.0.113.7:9"' };
  assert.equal(await seen(labs.auto, same), '203.0.113.7');
});

test('throttles only the guesser behind a proxy that writes ports or mapped addresses', async () => {
  const from = async (ip, user, password) => {
    const answer = await labs.auto.send({
      method: 'POST',
      target: '/auth/login',
      headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': ip },
      body: JSON.stringify({ user, password }),
    });
    return answer.status;
  };
  for (let n = 0; n < 10; n += 1) assert.equal(await from(`198.51.100.1:${4000 + n}`, 'viewer', 'wrong'), 401);
  assert.equal(await from('198.51.100.1:5000', 'viewer', 'viewer'), 429, 'another port is the same client');
  assert.equal(await from('::ffff:198.51.100.1', 'viewer', 'viewer'), 429, 'so is another spelling');
  assert.equal(await from('::ffff:203.0.113.9', 'viewer', 'viewer'), 200, 'not everybody who has IPv4');
  assert.equal(await from('203.0.113.9:5000', 'viewer', 'viewer'), 200);
});

test('refuses an absolute target whose port differs from Host', async () => {
  const ask = async (target, host) => (await labs.none.send({ target, headers: { Host: host } })).status;
  const { port } = labs.none;
  assert.equal(await ask(`http://localhost:${port}/auth/session`, `localhost:${port}`), 401);
  assert.equal(await ask(`http://localhost:${port + 1}/auth/session`, `localhost:${port}`), 400);
  assert.equal(await ask('http://localhost/auth/session', `localhost:${port}`), 400);
  assert.equal(await ask(`http://localhost:${port}/auth/session`, 'localhost'), 400);
  assert.equal(await ask('http://localhost:80/auth/session', 'localhost'), 401);
  assert.equal(await ask('https://localhost/auth/session', 'localhost:443'), 401);
  assert.equal(await ask('https://localhost/auth/session', 'localhost:80'), 400);
});
