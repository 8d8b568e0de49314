// An audit log that a flood can neither silence nor flush out, and that continues when its files are moved.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cleanup } from '../lib/cleanup.mjs';
import { converse, hostileLab, rawUpstream } from '../lib/hostile.mjs';
import { until } from '../lib/load.mjs';

let upstream;
before(async () => {
  upstream = await rawUpstream();
});
after(() => upstream?.close());

const linesOf = (path) =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : [];

async function start(t, audit = {}) {
  const lab = await hostileLab({ upstream, settings: { trusted_proxies: ['127.0.0.1/32'], audit } });
  cleanup(t, () => lab.stop());
  const operator = await lab.login('operator');
  return {
    ...lab,
    file: (name) => join(lab.bff.state, name),
    act: (verb, id, body = '{}') =>
      lab.send({
        method: 'POST',
        target: `/api/plugins/${verb}/${id}`,
        session: operator,
        headers: { 'Content-Type': 'application/json' },
        body,
      }),
    signIn: (user, password, address) =>
      lab.send({
        method: 'POST',
        target: '/auth/login',
        headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': address },
        body: JSON.stringify({ user, password }),
      }),
    /** `count` refused anonymous requests, pipelined on one connection. */
    refusals: (count, address, target = '/api/app/%2f') =>
      converse(
        lab.port,
        `GET ${target} HTTP/1.1\r\nHost: ${lab.host}\r\nX-Forwarded-For: ${address}\r\n\r\n`.repeat(count),
        { count },
      ),
  };
}

test('keeps failed sign-ins, other addresses and operators visible during a flood of refusals', async (t) => {
  const lab = await start(t);
  for (let round = 0; round < 10; round++) await lab.refusals(500, '203.0.113.66');
  for (let i = 0; i < 30; i++) {
    assert.equal((await lab.signIn(`guess-${i}`, 'no', `198.51.100.${i % 3}`)).status, 401);
  }
  await lab.refusals(5, '198.51.100.9', '/api/app/%5c');
  assert.equal((await lab.act('quarantine', 'gone')).status, 200);
  for (let round = 0; round < 10; round++) await lab.refusals(500, '203.0.113.66');

  assert.deepEqual(
    linesOf(lab.file('audit.log')).map(({ event }) => event),
    ['quarantine'],
  );
  const anonymous = () => linesOf(lab.file('audit-anonymous.log'));
  await until(() => anonymous().filter(({ remote_ip }) => remote_ip === '198.51.100.9').length === 5, 'the others');
  const failed = () =>
    linesOf(lab.file('audit-failed-sign-ins.log')).filter(({ actor }) => /^guess-/.test(actor ?? ''));
  await until(() => failed().length === 30, 'every failed sign-in');
  // What is not there is counted, in the file and in the metric: the same number, by the next sweep.
  let counted = 0;
  await until(() => {
    const all = anonymous();
    counted = all.filter(({ event }) => event === 'not_written').reduce((sum, { count }) => sum + count, 0);
    return counted > 0 && counted + all.filter(({ event }) => event === 'denied').length === 10_005;
  }, 'each of 10,005 refusals is a line or counted');
  await until(async () => {
    const metrics = await (await fetch(new URL('/metrics', lab.bff.metricsUrl))).text();
    return Number(/audit_not_written_total\{class="anonymous"\} (\d+)/.exec(metrics)[1]) === counted;
  }, 'the metric');
});

test("does not rotate an operator's entry out through sign-ins or refusals", async (t) => {
  const lab = await start(t, { max_kib: 4, keep: 1, per_second: 100_000, per_address_per_second: 100_000 });
  assert.equal((await lab.act('quarantine', 'the-one')).status, 200);
  for (let i = 0; i < 60; i++) assert.equal((await lab.signIn('viewer', 'viewer', '203.0.113.1')).status, 200);
  await lab.refusals(200, '203.0.113.1');
  for (let i = 0; i < 40; i++) {
    const answer = await lab.send({ target: '/api/secret/x', session: lab.session, headers: { 'X-Plugin-Id': 'app' } });
    assert.equal(answer.status, 403);
  }
  for (const name of ['audit-sign-ins.log.1', 'audit-refusals.log.1', 'audit-anonymous.log.1']) {
    await until(() => existsSync(lab.file(name)), name);
  }
  assert.ok(!existsSync(lab.file('audit.log.1')));
  assert.equal(linesOf(lab.file('audit.log'))[0].plugin_id, 'the-one');
});

test('continues under the same name after its files are renamed, replaced or truncated', async (t) => {
  const lab = await start(t);
  const files = () => readdirSync(lab.bff.state).filter((name) => /^audit.*\.log$/.test(name));
  const spread = async (id) => {
    assert.equal((await lab.act('quarantine', id)).status, 200);
    await lab.signIn(id, 'no', '203.0.113.1');
    await lab.signIn('viewer', 'viewer', '203.0.113.1');
    await lab.refusals(1, '203.0.113.1');
    await lab.send({ target: '/api/secret/x', session: lab.session, headers: { 'X-Plugin-Id': 'app' } });
  };
  const sizes = () => files().map((name) => readFileSync(lab.file(name), 'utf8').length);
  await spread('first');
  await until(() => files().length === 5 && sizes().every(Boolean), 'five files');
  for (const create of [true, false]) {
    const old = Object.fromEntries(files().map((name) => [name, readFileSync(lab.file(name), 'utf8')]));
    for (const name of files()) {
      renameSync(lab.file(name), lab.file(`${name}-${create}`));
      if (create) writeFileSync(lab.file(name), '', { mode: 0o600 });
    }
    process.kill(lab.bff.pid, 'SIGHUP');
    await spread(`after-${create}`);
    await until(() => files().length === 5 && sizes().every(Boolean), 'the new lines are in the new files');
    for (const [name, text] of Object.entries(old)) {
      const kept = readFileSync(lab.file(`${name}-${create}`), 'utf8');
      assert.ok(kept.startsWith(text), `${name} lost a line`);
    }
    const [act] = linesOf(lab.file('audit.log')).filter(({ event }) => event === 'quarantine');
    assert.equal(act.plugin_id, `after-${create}`);
  }
  for (const name of files()) truncateSync(lab.file(name), 0);
  await spread('last');
  await until(() => sizes().every(Boolean), 'lines again');
  for (const name of files()) assert.doesNotMatch(readFileSync(lab.file(name), 'latin1'), /\0/, name);
});
