// The disk of the state folder is full, read-only, or gone during a write. The kill switch still works, reports that
// it would not survive a restart, and is written as soon as possible.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startBff } from 'portcullis/playwright';
import { cleanup } from '../lib/cleanup.mjs';
import { binary } from '../lib/examples.mjs';
import { plugin } from '../lib/hostile.mjs';
import { SETTINGS, USERS } from '../lib/lab.mjs';
import { until } from '../lib/load.mjs';

const runs = (...command) => spawnSync(command[0], command.slice(1), { stdio: 'ignore' }).status === 0;
const mounts = runs('unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /mnt');
const noMounts = !mounts && 'mounting a file system needs root, or a kernel that lets us';
const traces = runs('strace', '-o', '/dev/null', 'true');
const noTrace = !traces && 'strace is not there, or not allowed';
const TOKEN = 'a-long-enough-operator-token-for-scripts';

/** A server that a script starts; `before` runs in a mount namespace of its own. */
async function start(t, { before = '', exec = '', settings = {} } = {}) {
  const home = mkdtempSync(join(tmpdir(), 'portcullis-disk-'));
  cleanup(t, () => rmSync(home, { recursive: true, force: true }));
  const [config, plugins, state] = ['config', 'plugins', 'state'].map((name) => join(home, name));
  for (const folder of [config, plugins, state]) mkdirSync(folder);
  const files = {
    'settings.yaml': { ...SETTINGS, operator_token_file: join(home, 'token'), ...settings },
    'users.yaml': USERS,
    'idps.yaml': { idps: [{ name: 'lab' }] },
    'plugins.yaml': { tenants: { localhost: [plugin('app'), plugin('other')] } },
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(config, name), JSON.stringify(content));
  writeFileSync(join(home, 'token'), `${TOKEN}\n`, { mode: 0o600 });
  const script = join(home, 'serve');
  const inside = `STATE='${state}'; ${before ? `${before} && ` : ''}exec ${exec} '${binary}' "$@"`;
  const wrapped = before ? `exec unshare -m sh -c '${inside.replaceAll("'", `'\\''`)}' sh "$@"` : inside;
  writeFileSync(script, `#!/bin/sh\n${wrapped}\n`);
  chmodSync(script, 0o755);
  const bff = await startBff({ config, plugins, state, binary: script });
  cleanup(t, () => bff.stop());
  const base = () => bff.url.replace('127.0.0.1', 'localhost');
  const act = async (what, id, body = {}) => {
    const answer = await fetch(`${base()}/api/plugins/${what}/${id}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: answer.status, ...(await answer.json()) };
  };
  const listed = async () => {
    const answer = await fetch(`${base()}/api/plugins/quarantine`, { headers: { Authorization: `Bearer ${TOKEN}` } });
    return (await answer.json()).quarantined.map(({ plugin_id }) => plugin_id);
  };
  const metric = async (name) => {
    const text = await (await fetch(`${bff.metricsUrl}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]);
  };
  /** The state folder as the server sees it. */
  const seen = (name) => `/proc/${bff.pid}/root${join(state, name)}`;
  const onDisk = () =>
    JSON.parse(readFileSync(seen('quarantine.json'), 'utf8')).entries.map((entry) => entry.plugin_id);
  return { bff, home, state, act, listed, metric, seen, onDisk, base };
}

const FULL = 'mount -t tmpfs -o size=256k,mode=0700 none "$STATE"';

/** Uses up the remaining space. */
function fill(path) {
  try {
    for (;;) writeFileSync(path, Buffer.alloc(4096), { flag: 'a' });
  } catch (error) {
    assert.equal(error.code, 'ENOSPC');
  }
}

test('enforces a quarantine on a full disk at once, reports it as not durable, and writes it later', {
  skip: noMounts,
}, async (t) => {
  const { bff, act, listed, metric, seen, onDisk } = await start(t, { before: FULL });
  assert.equal((await act('quarantine', 'other', { reason: 'before' })).status, 200);
  fill(seen('filler'));
  const full = await act('quarantine', 'app', { reason: 'x'.repeat(1000) });
  assert.equal(full.status, 507);
  assert.equal(full.code, 'QUARANTINE_NOT_DURABLE');
  assert.deepEqual(await listed(), ['app', 'other'], 'in force');
  assert.deepEqual(onDisk(), ['other'], 'the old list, whole');
  assert.ok(!existsSync(seen('quarantine.json.tmp')), 'no half of a new one');
  await until(async () => (await metric('portcullis_quarantine_durable')) === 0, 'the gauge says so');
  rmSync(seen('filler'));
  await until(async () => (await metric('portcullis_quarantine_durable')) === 1, 'written without being asked');
  assert.deepEqual(onDisk(), ['app', 'other']);
  assert.ok(bff.pid > 0);
});

test('reports lifting a quarantine on a full disk as not durable', { skip: noMounts }, async (t) => {
  const { act, listed, seen, onDisk, metric } = await start(t, { before: FULL });
  assert.equal((await act('quarantine', 'app')).status, 200);
  fill(seen('filler'));
  assert.equal((await act('unquarantine', 'app')).status, 507);
  assert.deepEqual(await listed(), []);
  assert.deepEqual(onDisk(), ['app']);
  rmSync(seen('filler'));
  await until(() => onDisk().length === 0, 'written when there is room');
  await until(async () => (await metric('portcullis_quarantine_durable')) === 1, 'durable again');
});

test('counts lost audit lines on a full disk and continues with complete lines', {
  skip: noMounts,
}, async (t) => {
  const { act, metric, seen, base } = await start(t, { before: FULL });
  fill(seen('filler'));
  assert.equal((await fetch(`${base()}/api/plugins/manifests`)).status, 401);
  for (let n = 0; n < 20; n += 1)
    assert.equal((await act('quarantine', `p${n}`, { reason: 'y'.repeat(900) })).status, 507);
  await until(async () => (await metric('portcullis_audit_write_failures_total')) > 0, 'lost lines are counted');
  rmSync(seen('filler'));
  assert.equal((await act('unquarantine', 'p0')).status, 200);
  const lines = readFileSync(seen('audit.log'), 'utf8').trimEnd().split('\n');
  assert.equal(JSON.parse(lines.at(-1)).event, 'unquarantine');
  const half = lines.filter((line) => {
    try {
      return !JSON.parse(line);
    } catch {
      return true;
    }
  });
  assert.ok(half.length <= 1, `one line at most was cut: ${half}`);
});

test('behaves the same on a read-only disk', { skip: noMounts }, async (t) => {
  const { bff, act, listed, onDisk, state } = await start(t, {
    before: 'mount -t tmpfs -o size=1m,mode=0700 none "$STATE"',
  });
  const inside = (...command) => spawnSync('nsenter', ['-t', String(bff.pid), '-m', ...command], { encoding: 'utf8' });
  assert.equal((await act('quarantine', 'other')).status, 200);
  // A file system with open files cannot be remounted read-only; one mounted over it can.
  const over = inside(
    'sh',
    '-c',
    // Read-only before it is mounted over: the server reopens its files as soon as they change.
    `mkdir /tmp/new.$$ && mount -t tmpfs -o mode=0700 none /tmp/new.$$ && cp '${state}/quarantine.json' /tmp/new.$$ && mount -o remount,ro /tmp/new.$$ && mount --bind /tmp/new.$$ '${state}'`,
  );
  assert.equal(over.status, 0, over.stderr);
  const refused = await act('quarantine', 'app');
  assert.equal(refused.status, 507);
  assert.equal(refused.code, 'QUARANTINE_NOT_DURABLE');
  assert.deepEqual(await listed(), ['app', 'other']);
  assert.deepEqual(onDisk(), ['other']);
  assert.equal(inside('mount', '-o', 'remount,rw', state).status, 0);
  await until(() => onDisk().length === 2, 'written when it can be');
});

/** The content of the files: the list, and its journal up to the last complete line. */
function listOf(folder) {
  const list = JSON.parse(readFileSync(join(folder, 'quarantine.json'), 'utf8'));
  const kept = new Set(list.entries.map((entry) => entry.plugin_id));
  const file = join(folder, 'quarantine.journal');
  if (!existsSync(file)) return kept;
  const [head, ...steps] = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  if (!head || JSON.parse(head).journal !== list.journal) return kept;
  for (const { set, lifted } of steps.map((line) => JSON.parse(line))) {
    if (set) kept.add(set.plugin_id);
    else kept.delete(lifted.plugin_id);
  }
  return kept;
}

test('keeps a complete file with every acknowledged quarantine through kill -9 during writes', async (t) => {
  const { bff, act, state, listed } = await start(t);
  const answered = new Set();
  let n = 0;
  for (let round = 0; round < 5; round += 1) {
    let down = false;
    const writers = Array.from({ length: 4 }, async () => {
      while (!down) {
        const id = `p${n++}`;
        try {
          // Long reasons, so that the list soon has a journal too.
          const { status } = await act('quarantine', id, { reason: 'z'.repeat(1000) });
          if (status === 200) answered.add(id);
        } catch {
          return; // the connection ended with the server
        }
      }
    });
    const goal = answered.size + 5 + round * 7;
    await until(() => answered.size >= goal, 'some are answered', { every: 1 });
    await bff.kill9();
    down = true;
    await Promise.all(writers);
    const kept = listOf(state);
    for (const id of answered) assert.ok(kept.has(id), `${id} was answered and is lost`);
    await bff.restart();
  }
  assert.ok(existsSync(join(state, 'quarantine.journal')), 'the list grew long enough for one');
  const now = new Set(await listed());
  for (const id of answered) assert.ok(now.has(id), id);
});

test('syncs a quarantine file before renaming it, and the rename before responding', { skip: noTrace }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-trace-'));
  cleanup(t, () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'trace');
  // -D: the server keeps its own process id; -y: shows descriptors with their paths.
  const { act, state } = await start(t, {
    exec: `strace -D -f -y -o '${file}' -e trace=fsync,fdatasync,rename,renameat,renameat2,sendto,sendmsg`,
  });
  assert.equal((await act('quarantine', 'app', { reason: 'traced' })).status, 200);
  const calls = await until(() => {
    const lines = readFileSync(file, 'utf8').split('\n');
    const answer = lines.findIndex((line) => /send(?:to|msg)\(.*HTTP\/1\.1 200/.test(line));
    return answer > 0 && lines.slice(0, answer + 1);
  }, 'the answer in the trace');
  const place = (pattern) => calls.findIndex((line) => pattern.test(line));
  const path = state.replaceAll('/', '\\/');
  const order = [
    place(new RegExp(`fsync\\(\\d+<${path}\\/quarantine\\.json\\.tmp>\\)`)),
    place(/rename[a-z0-9]*\(.*quarantine\.json\.tmp".*quarantine\.json"/),
    place(new RegExp(`fsync\\(\\d+<${path}>\\)`)),
    place(new RegExp(`fdatasync\\(\\d+<${path}\\/audit\\.log>\\)`)),
    calls.length - 1,
  ];
  assert.ok(!order.includes(-1), `${order}:\n${calls.join('\n')}`);
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  );
});

test('syncs a new audit file and its name before responding', { skip: noTrace }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-trace-'));
  cleanup(t, () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'trace');
  const { act, state } = await start(t, {
    exec: `strace -D -f -y -o '${file}' -e trace=fsync,fdatasync,rename,renameat,renameat2,sendto,sendmsg`,
    settings: { audit: { max_kib: 4, keep: 2 } },
  });
  // More than fits into one file.
  for (let n = 0; n < 6; n += 1) {
    assert.equal((await act('quarantine', 'app', { reason: `${n}${'x'.repeat(1000)}` })).status, 200);
  }
  const path = state.replaceAll('/', '\\/');
  const RENAME = /rename[a-z0-9]*\(.*audit\.log".*audit\.log\.1"/;
  const calls = await until(() => {
    const lines = readFileSync(file, 'utf8').split('\n');
    const from = lines.findIndex((line) => RENAME.test(line));
    const answer = lines.findIndex((line, at) => at > from && /send(?:to|msg)\(.*HTTP\/1\.1 200/.test(line));
    return from >= 0 && answer > 0 && lines.slice(from, answer + 1);
  }, 'the rotation in the trace');
  const place = (pattern) => calls.findIndex((line) => pattern.test(line));
  const order = [
    0,
    place(new RegExp(`fdatasync\\(\\d+<${path}\\/audit\\.log>\\)`)),
    place(new RegExp(`fsync\\(\\d+<${path}>\\)`)),
    calls.length - 1,
  ];
  assert.ok(!order.includes(-1), `${order}:\n${calls.join('\n')}`);
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  );
});
