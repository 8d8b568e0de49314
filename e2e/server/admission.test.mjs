// The table of spec/admission.json over HTTP: each condition with each purpose, and streams that are already open.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cleanup } from '../lib/cleanup.mjs';
import { SETTINGS, startLab } from '../lib/lab.mjs';
import { until } from '../lib/load.mjs';
import { newKey } from '../lib/signing.mjs';

const TABLE = JSON.parse(readFileSync(new URL('../../spec/admission.json', import.meta.url), 'utf8'));
const BUNDLE = 'export const widgets = {};\n';
const FIXTURES = { ticks: { stream: { repeat: true, events: [{ data: 'tick', delay_ms: 20 }] } } };
const plugin = (more = {}) => ({
  id: 'hello',
  version: '1.0.0',
  engine: { experience: '>=1.0.0' },
  bundle: { file: '/app/plugins/hello/1.0.0/index.esm.js' },
  permissions: { api: [{ method: 'GET', path: '/api/plugins/secure-echo' }], sse: ['/events/ticks'] },
  contributions: { widgets: [{ slot: 'dashboard.main', component: 'Hello' }] },
  ...more,
});
/** A tenant without any plugin serves nothing. */
const other = plugin({ id: 'other' });

/** How to produce each condition in a running server. */
const MAKE = {
  unknown: (lab) => lab.roll([other]),
  quarantined: (lab) => lab.operate('/api/plugins/quarantine/hello', { version: '1.0.0+build.7' }),
  disabled: (lab) => lab.roll([plugin({ enabled: false })]),
  untrusted: (lab) => lab.roll([plugin()], { signing: { required: true, keys: [{ file: 'release.pub' }] } }),
  incompatible: (lab) => lab.roll([plugin({ engine: { experience: '>=9.0.0' } })]),
  uncontained: (lab) => lab.roll([plugin({ trust: 'sandboxed' })]),
};

const answered = (answer) => (answer.status < 400 ? 'ALLOWED' : answer.json().code);

async function start(t) {
  const lab = await startLab({
    files: {
      'plugins.yaml': { tenants: { localhost: [plugin()] } },
      'routes.yaml': { routes: [{ path: '/events/ticks', kind: 'sse', fixture: 'ticks' }] },
      'fixtures.yaml': { fixtures: FIXTURES },
      'release.pub': newKey().pem,
    },
    bundles: { 'hello/1.0.0/index.esm.js': BUNDLE },
  });
  cleanup(t, () => lab.stop());
  const [operator, session] = [await lab.login('operator'), await lab.login('viewer')];
  const ask = (method, target, { body, ...headers } = {}) =>
    lab.send({
      method,
      target,
      session,
      headers: body ? { 'Content-Type': 'application/json', ...headers } : headers,
      ...(body && { body: JSON.stringify(body) }),
    });
  const as = { 'X-Plugin-Id': 'hello' };
  const question = {
    subject: { type: 'account', id: 'auth:account:lab:viewer' },
    resource: { type: 'plugin.widget', id: 'hello:Hello' },
    action: { name: 'view' },
  };
  return {
    operate: async (target, body) => {
      const headers = body ? { 'Content-Type': 'application/json' } : {};
      const text = body && JSON.stringify(body);
      const answer = await lab.send({
        method: 'POST',
        target,
        session: operator,
        headers,
        ...(text && { body: text }),
      });
      assert.equal(answer.status, 200, answer.text);
      return answer.json();
    },
    async roll(plugins, settings) {
      if (settings) lab.write('settings.yaml', { ...SETTINGS, ...settings });
      lab.write('plugins.yaml', { tenants: { localhost: plugins } });
      return this.operate('/api/plugins/refresh');
    },
    /** An open stream, and whether it has been ended since. */
    async open() {
      const opened = lab.stream({ session, plugin: 'hello', target: '/events/ticks', until: /data: tick/ });
      await opened.opened;
      let ended = false;
      opened.ended.then(() => {
        ended = true;
      });
      return { ended: () => ended, close: opened.close };
    },
    purposes: {
      list: async () => {
        const list = (await ask('GET', '/api/plugins/manifests')).json();
        return list.some(({ id }) => id === 'hello') ? 'ALLOWED' : 'not listed';
      },
      bundle: async () => answered(await ask('GET', '/api/plugins/bundle?entry=hello&id=hello')),
      call: async () => answered(await ask('GET', '/api/plugins/secure-echo', as)),
      stream: async () => {
        const opened = lab.stream({ session, plugin: 'hello', target: '/events/ticks' });
        const head = await opened.opened.catch((error) => error.message);
        if (/ 200 /.test(head)) {
          opened.close();
          return 'ALLOWED';
        }
        return answered(await opened.ended);
      },
      telemetry: async () =>
        answered(await ask('POST', '/api/plugins/telemetry', { ...as, body: { events: [{ name: 'shown' }] } })),
      health: async () => answered(await ask('GET', '/api/plugins/health/hello')),
      evaluate: async () => answered(await ask('POST', '/access/v1/evaluation', { ...as, body: question })),
    },
  };
}

/** The table's answer. */
const refuses = (condition, purpose) =>
  TABLE.conditions.find(({ name }) => name === condition).refuses.includes(purpose);
const codeOf = (condition) =>
  TABLE.conditions.find(({ name }) => name === condition).code ?? 'BUNDLE_SIGNATURE_MISSING';

test('admits an unrestricted plugin to everything', async (t) => {
  const lab = await start(t);
  for (const [purpose, ask] of Object.entries(lab.purposes)) assert.equal(await ask(), 'ALLOWED', purpose);
  assert.deepEqual([...Object.keys(lab.purposes), 'stay_open'].sort(), TABLE.purposes.map(({ name }) => name).sort());
});

for (const { name: condition } of TABLE.conditions) {
  test(`answers every purpose as the table says for a plugin that is ${condition}`, async (t) => {
    const lab = await start(t);
    const stream = await lab.open();
    await MAKE[condition](lab);
    for (const [purpose, ask] of Object.entries(lab.purposes)) {
      const refused = purpose === 'list' ? 'not listed' : codeOf(condition);
      assert.equal(await ask(), refuses(condition, purpose) ? refused : 'ALLOWED', purpose);
    }
    assert.ok(refuses(condition, 'stay_open'));
    await until(() => stream.ended(), 'the stream that was open is closed');
  });
}

test('warns on refresh of a plugin that is listed but not served', async (t) => {
  const lab = await start(t);
  const { warnings } = await lab.roll([
    plugin({ trust: 'sandboxed' }),
    plugin({ id: 'old', engine: { experience: '<1.0.0' } }),
  ]);
  assert.deepEqual(
    warnings.map(({ code, pointer }) => [code, pointer]),
    [
      ['PLUGIN_SANDBOX_UNAVAILABLE', '/tenants/localhost/0/trust'],
      ['SDK_INCOMPATIBLE', '/tenants/localhost/1/engine/experience'],
    ],
  );
});
