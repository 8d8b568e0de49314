// The soak's load: the requests, drawn from the seed. Where the judge of plain calls cannot decide, a request checks
// its response itself: `expect(state, answer, verdict)` returns null or a complaint.
import { HostRequests, json, PLUGINS } from './host_requests.mjs';
import { bodyOf } from './random.mjs';
import { TENANTS } from './world.mjs';

const LARGEST = 300_000;
const WEIGHTS = {
  call: 44,
  trick: 9,
  bundle: 8,
  manifests: 6,
  telemetry: 4,
  authzen: 4,
  'secure-echo': 4,
  health: 3,
  session: 2,
  theme: 2,
  limited: 3,
  fixture: 3,
  'host call': 3,
  'no identity': 2,
  'two identities': 1,
  'unknown plugin': 2,
  'no session': 2,
  'session that ended': 2,
  "another tenant's session": 1,
  'unknown tenant': 1,
  'no csrf': 2,
  'no route': 1,
  'wrong method': 1,
  'slow writer': 0.6,
  'slow reader': 0.6,
  'breaks off': 1,
};

// Some have a canonical form, others none. All target what a plugin may or may not be allowed.
const TRICKS = [
  (n) => `/api//steady/items/${n}`,
  (n) => `/api/./steady/items/${n}`,
  (n) => `/api/steady/x/../items/${n}`,
  (n) => `/api/steady/%69tems/${n}`,
  (n) => `/api/fixed/../steady/items/${n}?q=%2e%2e/`,
  (n) => `/api/steady/items/${n}/`,
  (n) => `/api/steady/items/%e2%82%ac${n}`,
  (n) => `/api/steady/items/${n}?a=/../b&c=%00`,
  (n) => `/api/steady/../void/${n}`,
  (n) => `/api/steady/../plugins/manifests?${n}`,
  (n) => `/api/fixed/../shaky/items/${n}`,
  (n) => `/api/steady/..%2fsecret/${n}`,
  (n) => `/api/steady/%2e%2e%2f${n}`,
  (n) => `/api/steady/../../../etc/${n}`,
  (n) => `/api/steady/%252e%252e/${n}`,
  (n) => `/api/steady/%25%32%65/${n}`,
  (n) => `/api/steady//x/../items/${n}`,
  (n) => `/api/steady/items;v=${n}`,
  (n) => `/api/steady\\items\\${n}`,
  (n) => `/api/steady/items/${n}%zz`,
  (n) => `/api/steady/items/${n}%00`,
  (n) => `/api/steady/items/${n}#top`,
  (n) => `/api/steady/items/${n}?a#top`,
  (n) => `/api/steady/items/${n}%ff`,
  (n) => `/api/steady/items/<${n}>`,
  (n) => `/api/steady/${'a'.repeat(2100)}${n}`,
];

export class Requests {
  #random;
  #sessions;
  #number = 0;
  #host;
  constructor(random, sessions) {
    this.#random = random;
    this.#sessions = sessions;
    this.#host = new HostRequests(random, sessions.world);
  }

  next() {
    const kind = this.#random.weighted(WEIGHTS);
    this.#number += 1;
    const tenant = this.#random.pick(TENANTS);
    const session = this.#sessions.pick(tenant, this.#random);
    const base = { kind, tenant, session, method: 'GET', identity: null, csrf: 'good', id: `soak-${this.#number}` };
    return this.signed({ ...base, ...this.#shape(kind, base) });
  }

  /** Adds the fields that follow from the session. */
  signed(request) {
    const { session, tenant } = request;
    const signedIn = Boolean(session?.alive && session.tenant === tenant);
    return { ...request, signedIn, user: session?.user };
  }

  /** A call that is forwarded to an upstream if it is allowed. */
  #call({ id }, { upstream, method, most = LARGEST } = {}) {
    const r = this.#random;
    const verb = method ?? r.weighted({ GET: 58, HEAD: 6, POST: 24, PUT: 6, DELETE: 6 });
    const where = upstream ?? r.weighted({ steady: 7, shaky: 3 });
    const path = r.pick([`items/${r.below(1000)}`, `items/a${r.below(9)}`, 'items', `deep/a/b-${r.below(99)}`]);
    const size = r.size(most);
    const sends = ['POST', 'PUT'].includes(verb);
    return {
      method: verb,
      target: `/api/${where}/${path}?size=${size}${r.chance(0.5) ? '&chunked=1' : ''}`,
      identity: r.pick(PLUGINS),
      size,
      ...(sends ? { body: bodyOf(`up ${id}`, r.size(most)), headers: { 'Content-Type': 'text/plain' } } : {}),
    };
  }

  #shape(kind, base) {
    const r = this.#random;
    const call = (how) => this.#call(base, how);
    switch (kind) {
      case 'trick':
        return { target: r.pick(TRICKS)(r.below(1000)), identity: r.pick(PLUGINS), size: 0 };
      case 'limited':
        return { ...call({ upstream: 'steady', method: 'GET', most: 100 }), identity: 'limited' };
      case 'fixture':
        return { target: '/api/fixed/one', identity: r.pick(PLUGINS) };
      case 'host call': {
        const size = r.size(5000);
        return { target: `/api/open/x?size=${size}`, size };
      }
      case 'no identity':
        return { ...call(), identity: null };
      case 'two identities':
        return { ...call(), identity: ['reader', 'writer'] };
      case 'unknown plugin':
        return { ...call(), identity: base.tenant === 'localhost' ? 'acme-only' : 'reader' };
      case 'no session':
        return { ...call(), session: null };
      case 'session that ended':
        return { ...call(), session: this.#sessions.ended(r) };
      case "another tenant's session":
        return { ...call(), tenant: TENANTS.find((tenant) => tenant !== base.tenant) };
      case 'unknown tenant':
        return { ...call(), tenant: 'nobody.example' };
      case 'no csrf':
        return { ...call({ method: 'POST' }), csrf: r.pick(['token', 'origin']) };
      case 'no route':
        return { target: `/api/void/${r.below(9)}`, identity: 'reader' };
      case 'wrong method':
        return { ...json({}), method: 'POST', target: '/api/open/x', identity: 'writer' };
      case 'slow writer':
        return { ...call({ method: 'POST' }), manner: 'writes slowly' };
      case 'slow reader':
        return { ...call({ method: 'GET' }), manner: 'reads slowly' };
      case 'breaks off':
        return { ...call({ method: 'POST' }), body: bodyOf(base.id, 2 + r.below(LARGEST)), manner: 'breaks off' };
      case 'call':
        return call();
      default:
        return this.#host.next(kind, base);
    }
  }
}
