// Faults and changes during the load: reloads with valid and broken configurations, quarantines, an upstream that is
// slow, silent, broken or gone. The server's state changes one step at a time, so that it is known when the old
// verdicts end; the upstream's faults are independent of that.
import { performance } from 'node:perf_hooks';
import { metrics } from './server.mjs';
import { startUpstream } from './upstream.mjs';
import { Spans, TENANTS, UPSTREAM_TIMEOUT_MS } from './world.mjs';

export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const QUARANTINED_AT_TIMES = ['target', 'reader', 'moody'];

const BROKEN = [
  'tenants:\n  localhost:\n    - id: reader\n      version: "not a version"\n      engine: { experience: ">=1" }\n',
  'tenants:\n  localhost:\n    - id: reader\n      version: "1.0.0"\n      engine: { exper', // half written
  { tenants: { localhost: [{ id: 'reader' }] } },
  '',
];

/** The operator: one action after the other. */
export class Operator {
  counts = { reload: 0, 'broken reload': 0, quarantine: 0, unquarantine: 0 };
  #number = 0;
  /** The configuration's generation; the first is 1, and a refused one does not count. */
  #generation = 1;
  #turns = [];
  constructor({ lab, client, world, random, announcements, sessions, record }) {
    Object.assign(this, { lab, client, world, random, announcements, record });
    this.operators = new Map();
    this.start = async () => {
      for (const tenant of TENANTS) this.operators.set(tenant, await sessions.login(tenant, 'operator'));
    };
  }

  async act() {
    // Every action is used once per round, in random order.
    if (this.#turns.length === 0)
      this.#turns = ['quarantine', 'lift', 'reload', 'quarantine', 'lift', 'reload', 'broken'];
    const [act] = this.#turns.splice(this.random.below(this.#turns.length), 1);
    if (act === 'reload') await this.#reload();
    else if (act === 'broken') await this.#broken();
    else await this.#quarantine(act === 'quarantine');
  }

  /** Sends the action to the server and checks the expected status. */
  async #post(kind, tenant, target, status) {
    this.#number += 1;
    const session = this.operators.get(tenant);
    const request = {
      kind,
      tenant,
      session,
      target,
      method: 'POST',
      body: Buffer.alloc(0),
      id: `soak-op-${this.#number}`,
    };
    const answer = await this.client.send(request);
    const right = answer.status === status && answer.headers['x-request-id'] === request.id;
    this.record(request, answer, right ? null : `${answer.failed ?? answer.status} instead of ${status}`);
    this.counts[kind] += 1;
  }

  async #change(next, events, act) {
    const announced = this.announcements.begin(events);
    this.world.begin(next);
    await act();
    this.world.settle();
    this.announcements.settle(announced);
  }

  async #quarantine(wanted) {
    const { tenants, quarantined } = this.world.state;
    const all = TENANTS.flatMap((tenant) => QUARANTINED_AT_TIMES.map((id) => ({ tenant, id })));
    const known = all.filter(({ tenant, id }) => tenants.get(tenant).has(id));
    const is = ({ tenant, id }) => quarantined.has(`${tenant}/${id}`);
    const fitting = known.filter((one) => is(one) !== wanted);
    const one = this.random.pick(fitting.length ? fitting : known);
    const { tenant, id } = one;
    const on = !is(one);
    const kind = on ? 'quarantine' : 'unquarantine';
    const event = { tenant, what: `${on ? 'evict' : 'restore'} ${id}` };
    await this.#change(this.world.state.quarantine(tenant, id, on), [event], () =>
      this.#post(kind, tenant, `/api/plugins/${kind}/${id}`, 200),
    );
  }

  #write(files) {
    for (const [name, content] of Object.entries(files)) this.lab.write(name, content);
  }

  /** Reloads by the endpoint or by the signal, at random. */
  async #load(kind, status, logged) {
    if (this.random.chance(0.5)) {
      return this.#post(kind, this.random.pick(TENANTS), '/api/plugins/refresh', status);
    }
    const done = this.lab.bff.logged(logged);
    this.lab.bff.signal('SIGHUP');
    await done;
    this.counts[kind] += 1;
  }

  async #reload() {
    const { switches } = this.world.state;
    const flip = (name) => (this.random.chance(0.5) ? { [name]: !switches[name] } : {});
    const flips = { ...flip('narrow'), ...flip('off'), ...flip('newer'), ...flip('dark') };
    const next = this.world.state.configured(flips);
    this.#generation += 1;
    const events = TENANTS.flatMap((tenant) => [
      { tenant, what: `manifests ${this.#generation}` },
      ...('dark' in flips ? [{ tenant, what: `theme ${next.theme}` }] : []),
    ]);
    this.#write(next.files());
    await this.#change(next, events, () => this.#load('reload', 200, /"event":"reloaded"/));
  }

  async #broken() {
    this.lab.write('plugins.yaml', this.random.pick(BROKEN));
    await this.#load('broken reload', 422, /"event":"reload_rejected"/);
    this.#write(this.world.state.files());
  }
}

/** The upstream `shaky` and its faults. */
export class Trouble {
  counts = { slow: 0, silent: 0, reset: 0, garbage: 0, killed: 0 };
  mood = 'fine';
  #turns = [];
  #spans = new Spans();
  #pending = new Set();
  constructor({ upstream, restart, random, metricsUrl, probe }) {
    Object.assign(this, { upstream, restart, random, metricsUrl, probe });
  }

  static start(seen) {
    return startUpstream({ seen });
  }

  /** Tracks a call, so that a fault ends only when its last affected call has been answered. */
  follow(promise) {
    this.#pending.add(promise);
    promise.finally(() => this.#pending.delete(promise));
    return promise;
  }

  within(from, to = performance.now()) {
    return this.#spans.within(from, to).length > 0;
  }

  async act() {
    // Every fault is used once per round, in random order.
    if (this.#turns.length === 0) this.#turns = Object.keys(this.counts);
    this.mood = this.#turns.splice(this.random.below(this.#turns.length), 1)[0];
    this.counts[this.mood] += 1;
    // Silence must last until calls time out.
    const lasts = wait(this.random.between(500, 2500) + (this.mood === 'silent' ? UPSTREAM_TIMEOUT_MS : 0));
    if (this.mood === 'slow') {
      // A slow upstream is not a fault: every response is still expected.
      await this.upstream.mood('slow');
      await lasts;
      await this.upstream.mood('fine');
    } else {
      const span = this.#spans.begin(this.mood);
      if (this.mood === 'killed') await this.upstream.kill();
      else await this.upstream.mood(this.mood);
      await lasts;
      if (this.mood === 'killed') this.upstream = await this.restart(this.upstream.port);
      else await this.upstream.mood('fine');
      await Promise.allSettled([...this.#pending]);
      await this.#recovered();
      this.#spans.end(span);
    }
    this.mood = 'fine';
  }

  /** The circuit is closed, and a call succeeds. */
  async #recovered() {
    for (let tries = 0; tries < 200; tries += 1) {
      const through = await this.probe();
      const { sum } = await metrics(this.metricsUrl);
      if (through && sum('portcullis_upstream_circuit_open', 'upstream="shaky"') === 0) return;
      await wait(100);
    }
    throw new Error('the upstream is back, and the server did not notice');
  }
}
