// The configuration is replaced repeatedly while it is loaded: each load is entirely the old or entirely the new one.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { startBff } from 'portcullis/playwright';
import { cleanup } from '../lib/cleanup.mjs';
import { hostileLab, plugin, rawUpstream } from '../lib/hostile.mjs';
import { until } from '../lib/load.mjs';

/** Runs in a thread of its own, so that it writes while the server reads. */
const WRITER = `
const { workerData, parentPort } = require('node:worker_threads');
const fs = require('node:fs');
const path = require('node:path');
const pause = new Int32Array(workerData.shared);
let n = 0;
while (Atomics.load(pause, 0) === 0) {
  n += 1;
  if (workerData.kind === 'links') {
    // Two versions are prepared; the link is switched.
    const next = path.join(workerData.home, 'next');
    fs.symlinkSync('version-' + (n % 2), next);
    fs.renameSync(next, path.join(workerData.home, 'current'));
  } else if (workerData.kind === 'renames') {
    const file = path.join(workerData.home, 'plugins.yaml');
    fs.writeFileSync(file + '.new', workerData.texts[n % 2]);
    fs.renameSync(file + '.new', file);
  } else {
    // The unsafe way: truncated, then written in two parts.
    const fd = fs.openSync(path.join(workerData.home, 'plugins.yaml'), 'w');
    const text = workerData.texts[n % 2];
    fs.writeSync(fd, text.slice(0, text.length / 2));
    Atomics.wait(pause, 0, 0, 1);
    fs.writeSync(fd, text.slice(text.length / 2));
    fs.closeSync(fd);
  }
  // Long enough between two changes for an occasional load.
  Atomics.wait(pause, 0, 0, workerData.everyMs[n % workerData.everyMs.length]);
}
parentPort.postMessage(n);
`;

function startWriter(data) {
  const shared = new SharedArrayBuffer(4);
  const worker = new Worker(WRITER, { eval: true, workerData: { ...data, shared } });
  return {
    stop: () =>
      new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
        const flag = new Int32Array(shared);
        Atomics.store(flag, 0, 1);
        Atomics.notify(flag, 0);
      }),
  };
}

const listing = (n) => ({
  tenants: { localhost: [plugin('app', { version: `1.0.${n}`, displayName: `App ${n}` }), plugin('other')] },
});
const theme = (n) => ({ themes: { default: { name: `Theme ${n}`, tokens: { 'color.accent': `#00000${n}` } } } });

/** A lab whose --config is a link; `look` reloads and returns what is served then. */
async function linkedLab(t, { through }) {
  const upstream = await rawUpstream();
  cleanup(t, () => upstream.close());
  const lab = await hostileLab({ upstream });
  cleanup(t, () => lab.stop());
  const source = join(lab.home, 'config');
  const home = join(lab.home, 'versions');
  for (const n of [0, 1]) {
    const folder = join(home, `version-${n}`);
    cpSync(source, folder, { recursive: true });
    writeFileSync(join(folder, 'plugins.yaml'), JSON.stringify(listing(n)));
    writeFileSync(join(folder, 'theme.yaml'), JSON.stringify(theme(n)));
    const settings = {
      experience_version: '1.4.0',
      lab_login: { enabled: true },
      tenants: { localhost: { name: `T ${n}` } },
    };
    writeFileSync(join(folder, 'settings.yaml'), JSON.stringify(settings));
  }
  symlinkSync('version-0', join(home, 'current'));
  let config = join(home, 'current');
  if (through) {
    // As a ConfigMap is mounted: the folder stays, and each file is a link through the one that is switched.
    config = join(home, 'mounted');
    mkdirSync(config);
    for (const name of ['settings', 'plugins', 'theme', 'users', 'idps', 'policy', 'routes']) {
      symlinkSync(`../current/${name}.yaml`, join(config, `${name}.yaml`));
    }
  }
  const bff = await startBff({ config, plugins: join(lab.home, 'plugins'), state: join(lab.home, 'state-2') });
  cleanup(t, () => bff.stop());
  return { ...(await operator(bff)), home };
}

/** Signs in at a server; returns `load` (the response to a refresh) and `look`. */
async function operator({ url }) {
  const host = new URL(url).host.replace('127.0.0.1', 'localhost');
  // fetch would set Host itself, so the URL uses the tenant's name.
  const base = `http://${host}`;
  const entered = await fetch(`${base}/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ user: 'operator', password: 'operator' }),
  });
  assert.equal(entered.status, 200);
  const cookie = entered.headers.get('set-cookie').split(';')[0];
  const csrf = (await entered.json()).csrf_token;
  const get = async (path) => (await fetch(base + path, { headers: { Cookie: cookie } })).json();
  const load = async () => {
    const answer = await fetch(`${base}/api/plugins/refresh`, {
      method: 'POST',
      headers: { Cookie: cookie, Origin: base, 'X-CSRF-Token': csrf },
    });
    return { status: answer.status, body: await answer.json() };
  };
  const look = async () => {
    const [app] = await get('/api/plugins/manifests');
    const { name } = await get('/api/configs/ui');
    return `${app.version} / ${app.displayName} / ${name}`;
  };
  return { load, look };
}
const WHOLE = [0, 1].map((n) => `1.0.${n} / App ${n} / Theme ${n}`);

for (const through of [false, true]) {
  test(`loads no mixture when a ${through ? 'link that every file leads through' : 'folder that is a link'} is switched during the load`, async (t) => {
    const { load, look, home } = await linkedLab(t, { through });
    // Links between folder and file must be stable for 20 ms, alternately at both versions.
    const writer = startWriter({ kind: 'links', home, everyMs: through ? [0, 1, 0, 1, 120] : [0, 1, 0, 3] });
    const seen = new Map();
    for (let n = 0; n < 40; n += 1) {
      const { status, body } = await load();
      if (status === 422) assert.equal(body.problems[0].code, 'CONFIG_FILE_BUSY');
      else assert.equal(status, 200);
      const now = await look();
      assert.ok(WHOLE.includes(now), now);
      seen.set(now, (seen.get(now) ?? 0) + 1);
    }
    const switched = await writer.stop();
    assert.equal(seen.size, 2, `${switched} switches: ${[...seen]}`);
  });
}

for (const kind of ['renames', 'halves']) {
  test(`loads the old file, the new one, or refuses, when plugins.yaml is replaced by ${kind} during the load`, async (t) => {
    const upstream = await rawUpstream();
    cleanup(t, () => upstream.close());
    const lab = await hostileLab({ upstream });
    cleanup(t, () => lab.stop());
    lab.write('theme.yaml', theme(7));
    const home = join(lab.home, 'config');
    const { load, look } = await operator(lab.bff);
    // Padded, so that half of it is read now and then.
    const texts = [0, 1].map((n) => `${JSON.stringify(listing(n))}\n${'#'.repeat(1 << 20)}\n`);
    writeFileSync(join(home, 'plugins.yaml'), texts[0]);
    assert.equal((await load()).status, 200);
    const writer = startWriter({ kind, home, texts, everyMs: [1, 30, 2, 60] });
    const allowed = [0, 1].map((n) => `1.0.${n} / App ${n} / Theme 7`);
    const statuses = new Map();
    for (let n = 0; n < 12; n += 1) {
      const { status } = await load();
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const now = await look();
      assert.ok(allowed.includes(now), now);
    }
    await writer.stop();
    assert.ok(
      [...statuses.keys()].every((status) => status === 200 || status === 422),
      `${[...statuses]}`,
    );
    // Once stable it is loaded, whatever happened before.
    writeFileSync(join(home, 'plugins.yaml'), texts[1]);
    assert.equal((await load()).status, 200);
    assert.equal(await look(), allowed[1]);
  });
}

test('reports a folder that is missing for a while as not loadable', async (t) => {
  const upstream = await rawUpstream();
  cleanup(t, () => upstream.close());
  const lab = await hostileLab({ upstream });
  cleanup(t, () => lab.stop());
  lab.write('theme.yaml', theme(1));
  const config = join(lab.home, 'config');
  const { load, look } = await operator(lab.bff);
  assert.equal((await load()).status, 200);
  const before = await look();
  renameSync(config, `${config}.away`);
  const gone = await load();
  assert.equal(gone.status, 422);
  assert.equal(gone.body.problems[0].code, 'CONFIG_FILE_MISSING');
  assert.equal(await look(), before);
  mkdirSync(config); // empty
  assert.equal((await load()).status, 422);
  assert.equal(await look(), before);
  rmSync(config, { recursive: true });
  renameSync(`${config}.away`, config);
  assert.equal((await load()).status, 200);
  await until(async () => (await look()) === before, 'the same as before');
});
