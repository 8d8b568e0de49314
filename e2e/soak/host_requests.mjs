// The soak's requests to the host's own endpoints, and the expected responses: `expect(state, answer, verdict)`
// returns null or a complaint.
import { bundleText } from './world.mjs';

/** The identities that the soak calls with; some exist in one tenant only. */
export const PLUGINS = ['reader', 'writer', 'shaky', 'moody', 'switched', 'target', 'rolling', 'acme-only'];

export const json = (value) => ({
  body: Buffer.from(JSON.stringify(value)),
  headers: { 'Content-Type': 'application/json' },
});
const read = (answer) => JSON.parse(answer.body.toString());
const same = (have, want, what) => (have === want ? null : `${what} is ${have}, not ${want}`);
/** null, or the first complaint. */
const all = (...complaints) => complaints.find((complaint) => complaint !== null) ?? null;

/** A short form of a state's manifests. */
const listing = (state, tenant) =>
  [...state.tenants.get(tenant).values()]
    .filter(({ enabled, quarantined }) => enabled && !quarantined)
    .map(({ id, version, sha256 }) => `${id}@${version}#${sha256}`)
    .sort()
    .join(' ');

export class HostRequests {
  #random;
  #world;
  /** Maps a tenant to the newest ETag of its manifests, and the list that it stood for. */
  #known = new Map();
  constructor(random, world) {
    this.#random = random;
    this.#world = world;
  }

  next(kind, base) {
    const r = this.#random;
    const { session, tenant } = base;
    switch (kind) {
      case 'bundle':
        return this.#bundle(base);
      case 'manifests':
        return this.#manifests(tenant);
      case 'telemetry': {
        const count = r.below(20);
        const events = Array.from({ length: count }, (_, n) => ({ name: `event-${n}`, props: { n } }));
        return {
          ...json({ events }),
          method: 'POST',
          target: '/api/plugins/telemetry',
          identity: r.pick(PLUGINS),
          // The queue is bounded: the excess is dropped and counted.
          expect: (_, answer) =>
            all(same(answer.status, 202, 'status'), read(answer).accepted <= count ? null : 'accepted more than came'),
        };
      }
      case 'authzen': {
        const evaluations = Array.from({ length: 1 + r.below(20) }, () => ({
          action: { name: r.pick(['view', 'view', 'edit']) },
          resource: { type: r.pick(['plugin.route', 'plugin.widget', 'door']), id: r.pick(['target:A', 'reader:B']) },
        }));
        const due = evaluations.map(({ action, resource: { type, id } }) => {
          const denied = session.user === 'limited' && type === 'plugin.widget' && id === 'target:A';
          return action.name === 'view' && type !== 'door' && !denied;
        });
        return {
          ...json({ evaluations }),
          method: 'POST',
          target: '/access/v1/evaluations',
          expect: (_, answer) =>
            all(
              same(answer.status, 200, 'status'),
              same(
                read(answer)
                  .evaluations.map(({ decision }) => decision)
                  .join(),
                due.join(),
                'decisions',
              ),
            ),
        };
      }
      case 'secure-echo': {
        const n = r.below(1000);
        return {
          target: `/api/plugins/./secure-echo?n=${n}`,
          identity: r.pick(PLUGINS),
          expect: (_, answer, verdict) => {
            if (answer.status !== 200) return `${answer.status} instead of 200`;
            const echo = read(answer);
            return all(
              same(echo.plugin_id, verdict.plugin.id, 'plugin'),
              same(echo.tenant, tenant, 'tenant'),
              same(echo.user, session.user, 'user'),
              same(echo.query, `n=${n}`, 'query'),
              same(echo.request_id, base.id, 'request'),
            );
          },
        };
      }
      case 'health': {
        const id = r.pick(PLUGINS);
        return {
          target: `/api/plugins/health/${id}`,
          expect: (state, answer) => {
            const plugin = state.tenants.get(tenant).get(id);
            if (!plugin) return same(read(answer).code, 'PLUGIN_UNKNOWN', 'code');
            const health = read(answer);
            return all(
              same(health.version, plugin.version, 'version'),
              same(health.quarantined, plugin.quarantined, 'quarantined'),
              same(health.enabled, plugin.enabled, 'enabled'),
              health.errors <= health.calls ? null : 'more errors than calls',
            );
          },
        };
      }
      case 'theme':
        return {
          target: '/api/configs/ui',
          expect: (state, answer) => same(read(answer).name, state.theme, 'theme'),
        };
      default:
        return {
          target: '/auth/session',
          expect: (_, answer) =>
            all(same(read(answer).user, session.user, 'user'), same(read(answer).csrf_token, session.csrf, 'token')),
        };
    }
  }

  #bundle({ tenant, id: requestId }) {
    const r = this.#random;
    const id = r.pick([...PLUGINS, 'nobody']);
    const v = r.weighted({ right: 5, none: 2, wrong: 1 });
    const known = this.#world.state.tenants.get(tenant).get(id);
    const hex = v === 'right' && known ? known.sha256 : '0'.repeat(64);
    const conditional = known && r.chance(0.4);
    const refused = (answer, status, code) => {
      const problem = answer.status === status ? read(answer) : {};
      const marker = answer.headers['x-plugin-quarantined'];
      return all(
        same(answer.status, status, 'status'),
        same(problem.code, code, 'code'),
        same(problem.request_id, requestId, 'request'),
        same(marker, code === 'PLUGIN_QUARANTINED' ? '1' : undefined, 'marker'),
      );
    };
    return {
      target: `/api/plugins/bundle?entry=${id}&id=${id}${v === 'none' ? '' : `&v=${hex}`}`,
      headers: conditional ? { 'If-None-Match': `"sha256-${known.sha256}"` } : {},
      expect: (state, answer) => {
        const plugin = state.tenants.get(tenant).get(id);
        if (!plugin) return refused(answer, 403, 'PLUGIN_UNKNOWN');
        if (plugin.quarantined) return refused(answer, 403, 'PLUGIN_QUARANTINED');
        if (!plugin.enabled) return refused(answer, 403, 'PLUGIN_DISABLED');
        if (v !== 'none' && hex !== plugin.sha256) return refused(answer, 404, 'BUNDLE_NOT_FOUND');
        const unchanged = conditional && known.sha256 === plugin.sha256;
        return all(
          same(answer.status, unchanged ? 304 : 200, 'status'),
          same(answer.headers.etag, `"sha256-${plugin.sha256}"`, 'ETag'),
          same(/immutable/.test(answer.headers['cache-control']), v !== 'none', 'immutable'),
          unchanged || answer.body.toString() === bundleText(id, plugin.version) ? null : 'other bytes than promised',
        );
      },
    };
  }

  #manifests(tenant) {
    const known = this.#random.chance(0.6) ? this.#known.get(tenant) : undefined;
    return {
      target: '/api/plugins/manifests',
      headers: known ? { 'If-None-Match': known.etag } : {},
      expect: (state, answer) => {
        const due = listing(state, tenant);
        if (answer.status === 304) return same(known?.listing, due, 'what 304 stands for');
        if (answer.status !== 200) return `${answer.status} instead of 200`;
        const have = read(answer)
          .map(({ id, version, bundle }) => {
            const hex = Buffer.from(bundle.integrity.slice('sha256-'.length), 'base64').toString('hex');
            return `${id}@${version}#${hex}`;
          })
          .sort()
          .join(' ');
        if (have !== due) return `the manifests are ${have}, not ${due}`;
        this.#known.set(tenant, { etag: answer.headers.etag, listing: have });
        return null;
      },
    };
  }
}
