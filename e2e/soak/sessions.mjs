// The sessions: live ones, and ended ones whose cookies must be invalid.
import { performance } from 'node:perf_hooks';
import { TENANTS, USERS } from './world.mjs';

const REMEMBERED = 20;

export class Sessions {
  #client;
  #record;
  #live = new Map(TENANTS.map((tenant) => [tenant, []]));
  #ended = [];
  #number = 0;
  /** `record(request, answer, wrong)` is called for every login and logout. */
  constructor(client, world, record) {
    this.#client = client;
    this.world = world;
    this.#record = record;
  }

  async start() {
    for (const tenant of TENANTS) {
      for (const user of [...USERS, ...USERS]) this.#live.get(tenant).push(await this.login(tenant, user));
    }
  }

  pick(tenant, random) {
    return random.pick(this.#live.get(tenant));
  }
  /** An ended session; null while there is none. */
  ended(random) {
    return this.#ended.length ? random.pick(this.#ended) : null;
  }

  async login(tenant, user) {
    const body = Buffer.from(JSON.stringify({ user, password: user }));
    const headers = { 'Content-Type': 'application/json' };
    const { request, answer } = await this.#send({ kind: 'login', tenant, target: '/auth/login', body, headers });
    const said = answer.status === 200 ? JSON.parse(answer.body.toString()) : null;
    const right = said?.user === user && said.tenant === tenant && said.csrf_token;
    this.#record(request, answer, right ? null : `no login: ${answer.failed ?? answer.status}`);
    if (!right) throw new Error(`no login of ${user} at ${tenant}: ${answer.failed ?? answer.status}`);
    const cookie = answer.headers['set-cookie'][0].split(';')[0];
    return { tenant, user, cookie, csrf: said.csrf_token, alive: true };
  }

  /** Starts a new session for somebody and ends the old one. */
  async rotate(random) {
    const tenant = random.pick(TENANTS);
    const live = this.#live.get(tenant);
    const at = random.below(live.length);
    const old = live[at];
    live[at] = await this.login(tenant, old.user);
    await this.#logout(old);
  }

  async #logout(session) {
    session.alive = false;
    session.endingAt = performance.now();
    const { request, answer } = await this.#send({
      kind: 'logout',
      tenant: session.tenant,
      target: '/auth/logout',
      session,
    });
    this.#record(request, answer, answer.status === 204 ? null : `no logout: ${answer.failed ?? answer.status}`);
    session.endedAt = performance.now();
    this.#ended.push(session);
    if (this.#ended.length > REMEMBERED) this.#ended.shift();
  }

  async #send(what) {
    this.#number += 1;
    const request = { method: 'POST', body: Buffer.alloc(0), id: `soak-auth-${this.#number}`, csrf: 'good', ...what };
    return { request, answer: await this.#client.send(request) };
  }
}
