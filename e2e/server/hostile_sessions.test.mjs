// Planted, shared and guessed sessions, and lock-out attacks.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cleanup } from '../lib/cleanup.mjs';
import { converse, hostileLab, rawUpstream } from '../lib/hostile.mjs';

const NAME = '__Host-portcullis';
let upstream;
let lab;

before(async () => {
  upstream = await rawUpstream();
  lab = await hostileLab({ upstream, settings: { trusted_proxies: [] } });
});
after(() => Promise.all([lab?.stop(), upstream?.close()]));

async function login(user, password, { headers = {}, tenant = 'localhost', at = lab } = {}) {
  const fields = Object.entries({ 'Content-Type': 'application/json', ...headers });
  const lines = fields.flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}\r\n`)).join('');
  const body = JSON.stringify({ user, password });
  const head = `POST /auth/login HTTP/1.1\r\nHost: ${tenant}:${at.port}\r\n${lines}Connection: close\r\n`;
  const { answers } = await converse(at.port, `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  const [answer] = answers;
  return { ...answer, cookie: answer.headers['set-cookie']?.split(';')[0] };
}
const who = async (...cookies) => {
  const lines = cookies.map((cookie) => `Cookie: ${cookie}\r\n`).join('');
  const head = `GET /auth/session HTTP/1.1\r\nHost: ${lab.host}\r\n${lines}Connection: close\r\n\r\n`;
  const { answers } = await converse(lab.port, head);
  return answers[0].status === 200 ? JSON.parse(answers[0].body).user : answers[0].status;
};

test('sets every cookie flag, an unguessable value and no Domain', async () => {
  const values = new Set();
  for (let n = 0; n < 20; n++) {
    const { headers } = await login('viewer', 'viewer');
    assert.match(
      headers['set-cookie'],
      /^__Host-portcullis=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    assert.equal(headers['cache-control'], 'no-store');
    values.add(headers['set-cookie']);
  }
  assert.equal(values.size, 20);
});

test('does not adopt a cookie from before the login', async () => {
  for (const planted of ['chosen', 'A'.repeat(43), '']) {
    const { status, cookie } = await login('viewer', 'viewer', { headers: { Cookie: `${NAME}=${planted}` } });
    assert.equal(status, 200);
    assert.notEqual(cookie, `${NAME}=${planted}`);
    assert.equal(await who(`${NAME}=${planted}`), 401);
    assert.equal(await who(cookie), 'viewer');
  }
});

test('ends the session that a login was sent with, so that a planted one gains nothing', async () => {
  const planted = (await login('viewer', 'viewer')).cookie;
  const { cookie } = await login('operator', 'operator', { headers: { Cookie: planted } });
  assert.equal(await who(cookie), 'operator');
  assert.equal(await who(planted), 401);
});

test('changes nothing on a failed login', async () => {
  const { cookie } = await login('viewer', 'viewer');
  const failed = await login('operator', 'wrong', { headers: { Cookie: cookie } });
  assert.deepEqual([failed.status, failed.headers['set-cookie']], [401, undefined]);
  assert.equal(await who(cookie), 'viewer');
});

test('counts two different cookies as none, and ignores a similar name', async () => {
  const mine = (await login('viewer', 'viewer')).cookie;
  const theirs = (await login('operator', 'operator')).cookie;
  assert.equal(await who(mine, theirs), 401);
  assert.equal(await who(`${theirs}; ${mine}`), 401);
  assert.equal(await who(`${NAME}=; ${mine}`), 401);
  assert.equal(await who(`a=b; ${mine}; c="d; ${NAME}x=1`), 'viewer');
  const value = mine.slice(NAME.length + 1);
  for (const name of ['__host-portcullis', '__HOST-PORTCULLIS', 'portcullis', '__Secure-portcullis', `${NAME} x`]) {
    assert.equal(await who(`${name}=${value}`), 401, name);
  }
  for (const wrong of [value.slice(0, -1), `${value}A`, `"${value}"`, encodeURIComponent(`${value}=`)]) {
    assert.equal(await who(`${NAME}=${wrong}`), 401, wrong);
  }
});

test('invalidates the cookie on logout and removes it with the same attributes', async () => {
  const session = await lab.login('viewer');
  const out = await lab.send({ method: 'POST', target: '/auth/logout', session });
  assert.equal(out.status, 204);
  assert.equal(out.headers['set-cookie'], `${NAME}=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0`);
  assert.equal(await who(session.cookie), 401);
});

test('does not reveal by a failed login whether the account exists', async () => {
  const shape = ({ status, headers, body }) => {
    const { request_id: _, ...problem } = JSON.parse(body);
    return [status, problem, Object.keys(headers)];
  };
  const wrong = await login('operator', 'wrong');
  assert.deepEqual(shape(await login('nobody', 'wrong')), shape(wrong));
  assert.deepEqual(shape(await login('nobody', '')), shape(wrong));
  assert.deepEqual(shape(await login('operator', '', {})), shape(wrong));
  const elsewhere = await login('operator', 'operator', { tenant: 'acme.localhost' });
  assert.equal(elsewhere.status, 401, 'right, but not of this tenant');
});

test("slows guessing without locking anybody out through others' guesses", async (t) => {
  const behind = await hostileLab({ upstream, settings: { trusted_proxies: ['127.0.0.1'] } });
  cleanup(t, () => behind.stop());
  const from = (ip, password, user = 'operator') =>
    login(user, password, { at: behind, headers: { 'X-Forwarded-For': ip } });
  for (let n = 0; n < 10; n++) assert.equal((await from('6.6.6.6', `guess${n}`)).status, 401);
  const slowed = await from('6.6.6.6', 'operator');
  assert.equal(slowed.status, 429, 'not even the right one');
  assert.ok(Number(slowed.headers['retry-after']) > 0);
  assert.equal((await from('6.6.6.6', 'viewer', 'viewer')).status, 200, 'another account from there');
  assert.equal((await from('1.1.1.1', 'operator')).status, 200, 'the owner, from elsewhere');
  assert.equal((await from('9.9.9.9, 6.6.6.6', 'operator')).status, 429, 'entries to the left are unverified');
  for (let n = 0; n < 10; n++) await from(`2001:db8::${n + 1}`, 'wrong');
  assert.equal((await from('2001:db8::ffff', 'operator')).status, 429, 'one network of IPv6');
});

test('ignores a spoofed client address when it slows guessing', async () => {
  const from = (n, password) => login('viewer', password, { headers: { 'X-Forwarded-For': `10.0.0.${n}` } });
  for (let n = 0; n < 10; n++) await from(n, 'wrong');
  assert.equal((await from(200, 'viewer')).status, 429);
});
