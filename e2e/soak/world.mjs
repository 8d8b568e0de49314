// The configuration of the soak's server, and the states that it may be in at any moment: around a change the old and
// the new one, afterwards only the new one.
import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { SETTINGS } from '../lib/lab.mjs';

export const TENANTS = ['localhost', 'acme.localhost'];
export const USERS = ['viewer', 'limited', 'operator'];
const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];
/** The topics of the plugin `limited`. */
export const RATE = { per_second: 5, burst: 10 };
export const UPSTREAM_TIMEOUT_MS = 4000;

const all = (path) => METHODS.map((method) => ({ method, path }));
const echo = { method: 'GET', path: '/api/plugins/secure-echo' };
const SSE = ['/events/steady', '/events/shaky', '/events/ticks'];

/** The plugins of a tenant for the given `switches`, without the server's own keys. */
function pluginsOf(tenant, { narrow, off, newer }) {
  const one = (id, api, sse, more = {}) => ({ id, version: '1.0.0', enabled: true, api, sse, ...more });
  const list = [
    one('reader', [{ method: 'GET', path: '/api/steady/*' }, { method: 'GET', path: '/api/void/*' }, echo], SSE),
    one('writer', [...all('/api/steady/*'), ...all('/api/shaky/*'), { method: 'POST', path: '/api/open/*' }], SSE),
    one('shaky', [...all('/api/shaky/items/:id'), { method: 'GET', path: '/api/shaky/*' }, echo], ['/events/shaky']),
    // Widens and narrows the rules.
    narrow
      ? one('moody', [{ method: 'GET', path: '/api/steady/items/:id' }], ['/events/ticks'])
      : one('moody', [...all('/api/steady/*'), { method: 'GET', path: '/api/fixed/*' }, echo], SSE),
    one('switched', [...all('/api/steady/*'), { method: 'GET', path: '/api/fixed/*' }, echo], SSE, { enabled: !off }),
    one('target', [...all('/api/steady/*'), { method: 'GET', path: '/api/shaky/*' }, echo], SSE),
    one('rolling', [{ method: 'GET', path: '/api/steady/*' }], [], { version: newer ? '1.1.0' : '1.0.0' }),
    one('limited', [{ method: 'GET', path: '/api/steady/*' }], [], { rate: RATE }),
  ];
  if (tenant !== 'localhost') return [...list.slice(1), one('acme-only', [{ method: 'GET', path: '/api/open/*' }], [])];
  return list;
}

export const bundleText = (id, version) =>
  `export const widgets = {};\n// ${id} ${version}\n${`// ${id}\n`.repeat(id === 'reader' ? 6000 : 100)}`;
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** Every bundle that any state lists: path below the plugins folder to text. */
export const BUNDLES = Object.fromEntries(
  TENANTS.flatMap((tenant) => [false, true].flatMap((newer) => pluginsOf(tenant, { newer }))).map(({ id, version }) => [
    `${id}/${version}/index.esm.js`,
    bundleText(id, version),
  ]),
);

/** One plugin's manifest for plugins.yaml. */
export const manifestOf = ({ id, version, api, sse, enabled, rate }) => ({
  id,
  version,
  engine: { experience: '>=1.0.0' },
  bundle: { file: `/app/plugins/${id}/${version}/index.esm.js` },
  permissions: { api: api.map((rule) => (rule.path.includes(':id') ? { ...rule, params: { id: 'int' } } : rule)), sse },
  enabled,
  ...(rate ? { rate } : {}),
});

/** One state of the server: the configuration, and what is quarantined ("TENANT/ID"). */
export class State {
  constructor(switches = {}, quarantined = []) {
    this.switches = switches;
    this.quarantined = new Set(quarantined);
    this.tenants = new Map(
      TENANTS.map((tenant) => {
        const plugins = pluginsOf(tenant, switches).map((plugin) => ({
          ...plugin,
          sha256: sha256(BUNDLES[`${plugin.id}/${plugin.version}/index.esm.js`]),
          quarantined: this.quarantined.has(`${tenant}/${plugin.id}`),
        }));
        return [tenant, new Map(plugins.map((plugin) => [plugin.id, plugin]))];
      }),
    );
  }
  get theme() {
    return this.switches.dark ? 'Dark' : 'Light';
  }
  configured(switches) {
    return new State({ ...this.switches, ...switches }, this.quarantined);
  }
  quarantine(tenant, id, on) {
    const next = new Set(this.quarantined);
    if (on) next.add(`${tenant}/${id}`);
    else next.delete(`${tenant}/${id}`);
    return new State(this.switches, next);
  }
  files() {
    const listed = [...this.tenants].map(([tenant, plugins]) => [tenant, [...plugins.values()].map(manifestOf)]);
    const name = this.theme;
    return {
      'plugins.yaml': { tenants: Object.fromEntries(listed) },
      'theme.yaml': { themes: { default: { name, tokens: { 'radius.card': this.switches.dark ? '4px' : '8px' } } } },
    };
  }
}

/** The files that never change. */
export function settledFiles(steady, shaky) {
  const users = USERS.map((user) => ({
    user,
    password: user,
    name: user,
    roles: [user === 'operator' ? 'operator' : 'viewer'],
    tenants: TENANTS,
    idp: 'lab',
  }));
  const routes = ['steady', 'shaky'].flatMap((upstream) => [
    { path: `/api/${upstream}/*`, upstream },
    { path: `/events/${upstream}/*`, kind: 'sse', upstream },
  ]);
  const times = { timeout_ms: UPSTREAM_TIMEOUT_MS, connect_timeout_ms: 1000, breaker_open_ms: 400 };
  return {
    'settings.yaml': { ...SETTINGS, tenants: {}, limits: { streams_per_session: 1000 } },
    'users.yaml': { users },
    'routes.yaml': {
      upstreams: { steady: { url: steady }, shaky: { url: shaky, ...times } },
      routes: [
        ...routes,
        { path: '/api/open/*', methods: ['GET'], upstream: 'steady', plugin: 'optional' },
        { path: '/api/fixed/*', methods: ['GET'], fixture: 'fixed' },
        { path: '/events/ticks', kind: 'sse', fixture: 'ticks' },
      ],
    },
    'fixtures.yaml': {
      fixtures: {
        fixed: { responses: [{ path: '/api/fixed/one', json: { fixed: 1 } }] },
        ticks: { stream: { repeat: true, events: [{ id: '{{n}}', data: '{"n":{{n}}}', delay_ms: 60 }] } },
      },
    },
    'policy.yaml': {
      rules: [
        {
          id: 'all',
          effect: 'permit',
          subject: { roles: ['viewer', 'operator'] },
          action: ['view'],
          resource: { type: ['plugin.route', 'plugin.widget'], id: ['*'] },
        },
        {
          id: 'not-that-one',
          effect: 'deny',
          subject: { ids: ['auth:account:lab:limited'] },
          action: ['view'],
          resource: { type: ['plugin.widget'], id: ['target:*'] },
        },
      ],
    },
  };
}

const now = () => performance.now();
const FORGET_MS = 120_000;

/** Time spans in which something holds. */
export class Spans {
  #spans = [];
  begin(value) {
    const span = { value, from: now(), to: Number.POSITIVE_INFINITY };
    this.#spans = this.#spans.filter(({ to }) => to > span.from - FORGET_MS);
    this.#spans.push(span);
    return span;
  }
  end(span) {
    span.to = now();
  }
  within(from, to) {
    return this.#spans.filter((span) => span.from <= to && span.to >= from).map(({ value }) => value);
  }
}

/** The states over time. */
export class World {
  #spans = new Spans();
  #open;
  constructor(state) {
    this.state = state;
    this.#open = [this.#spans.begin(state)];
  }
  /** From now on the server may also be in `next`. */
  begin(next) {
    this.next = next;
    this.#open.push(this.#spans.begin(next));
  }
  /** The server has confirmed the change: from now on it is only in `next`. */
  settle() {
    const last = this.#open.pop();
    for (const span of this.#open) this.#spans.end(span);
    this.#open = [last];
    this.state = this.next;
  }
  /** Every state that the server may have been in between two moments. */
  states(from, to = now()) {
    return this.#spans.within(from, to);
  }
}
