// Readers of event streams: they open, read, drop and resume, sometimes slowly, and must miss nothing. A stream must
// end when its permission ends, and must not end otherwise.
import { request as httpRequest } from 'node:http';
import { performance } from 'node:perf_hooks';
import { Due } from './announcements.mjs';
import { wait } from './disturbances.mjs';

/** How long a stream may stay open after its permission is gone. */
const CLOSED_WITHIN_MS = 1000;
/** How many consecutive checks must find that: after a stall of this process the end may have arrived unread. */
const STRIKES = 3;
/** How long an event may take to reach an active reader. */
const TOLD_WITHIN_MS = 3000;
const PLUGINS = ['reader', 'writer', 'shaky', 'moody', 'switched', 'target'];
const TARGETS = { steady: '/events/steady/news', shaky: '/events/shaky/news', ticks: '/events/ticks' };
const HOST = { host: '/api/plugins/events', theme: '/api/configs/stream' };

/** Parses events from complete blocks of text; deliberately independent of the core's parser. */
export function takeEvents(text) {
  const blocks = text.split('\n\n');
  const rest = blocks.pop();
  const events = blocks
    .map((block) => {
      const event = { type: 'message', data: [] };
      for (const line of block.split('\n')) {
        const [, name, value] = /^([a-z]*): ?(.*)$/.exec(line) ?? [];
        if (name === 'id') event.id = Number(value);
        if (name === 'event') event.type = value;
        if (name === 'data') event.data.push(value);
      }
      return { ...event, data: event.data.join('\n') };
    })
    .filter(({ data }) => data !== '');
  return { events, rest };
}

/** One reader of one stream, over any number of connections. */
class Reader {
  due = new Due();
  last = null;
  constructor(soak, source) {
    Object.assign(this, { soak, source });
  }

  #become() {
    const { random, sessions } = this.soak;
    this.soak.announcements.leave(this);
    this.last = null;
    this.joined = false;
    this.tenant = random.pick(['localhost', 'acme.localhost']);
    this.session = sessions.pick(this.tenant, random);
    this.identity = this.source in HOST ? null : random.pick(PLUGINS);
    this.target = HOST[this.source] ?? TARGETS[this.source];
  }

  async run() {
    const { random } = this.soak;
    while (!this.soak.stopping()) {
      if (!this.session?.alive || this.last === null || random.chance(0.1)) this.#become();
      await this.#connect();
      // Sometimes away long enough to miss something.
      await wait(random.chance(0.3) ? random.between(200, 1500) : random.between(10, 150));
    }
    this.soak.announcements.leave(this);
  }

  #during(from) {
    const to = performance.now();
    return {
      states: this.soak.world.states(from, to),
      sessionEnding: this.session.endingAt !== undefined && this.session.endingAt <= to,
      disturbed: this.source === 'shaky' && this.soak.trouble.within(from, to),
    };
  }

  #connect() {
    const { client, random } = this.soak;
    this.request = this.soak.request({
      kind: `stream ${this.source}`,
      tenant: this.tenant,
      session: this.session,
      method: 'GET',
      identity: this.identity,
      target: this.target,
      headers: { Accept: 'text/event-stream', ...(this.last ? { 'Last-Event-ID': String(this.last) } : {}) },
      expect: (_, answer) => (answer.status === 200 ? null : `${answer.status} instead of a stream`),
    });
    const { request } = this;
    const started = performance.now();
    // Events count for this reader from before its request, if it was connected before.
    if (this.source === 'host' && !this.joined) this.soak.announcements.join(this);
    return new Promise((resolve) => {
      let over = false;
      let ours = false;
      const answer = { status: 0, headers: {}, body: Buffer.alloc(0) };
      const finish = (failed) => {
        if (over) return;
        over = true;
        clearInterval(watch);
        clearTimeout(drop);
        this.#ended({ ...answer, started, ended: performance.now(), ms: answer.ms ?? 0 }, failed, ours, started);
        resolve();
      };
      const req = httpRequest({
        host: '127.0.0.1',
        port: client.port,
        agent: false,
        path: request.target,
        headers: client.headers(request),
        setHost: false,
      });
      const leave = () => {
        ours = true;
        req.destroy();
        finish();
      };
      const drop = setTimeout(leave, random.between(50, 6000));
      // Some leave after the first events, even if more have arrived.
      let enough = random.chance(0.25) ? random.between(1, 2) : Number.POSITIVE_INFINITY;
      const watch = setInterval(() => this.#watch(started, answer), 200);
      req.on('error', (error) => finish(error.code ?? error.message));
      req.on('response', (res) => {
        answer.status = res.statusCode;
        answer.headers = res.headers;
        answer.ms = performance.now() - started;
        this.fresh = true;
        this.strikes = 0;
        this.connectedAt = performance.now();
        let text = '';
        res.setEncoding('utf8').on('data', (chunk) => {
          if (over) return;
          if (answer.status !== 200) {
            answer.body = Buffer.concat([answer.body, Buffer.from(chunk)]);
            return;
          }
          const { events, rest } = takeEvents(text + chunk);
          text = rest;
          for (const event of events) {
            this.#take(event);
            enough -= 1;
            if (enough <= 0) return leave();
          }
          if (!random.chance(0.01)) return;
          res.pause();
          setTimeout(() => res.resume(), 500);
        });
        res.on('error', (error) => finish(error.code ?? error.message));
        res.on('end', () => finish());
        res.on('close', () => finish('closed'));
      });
      req.end();
    });
  }

  #wrong(reason) {
    this.soak.record(this.request, { status: 200, ms: 0, headers: {} }, reason, this.#during(performance.now() - 3000));
  }

  /** The connection ended: by us, by the server, or as a refusal. */
  #ended(answer, failed, ours, started) {
    const { oracle, record } = this.soak;
    if (answer.status !== 200) {
      if (ours) return; // dropped before a response arrived
      const during = this.#during(started);
      const whole = failed ? { ...answer, failed } : answer;
      record(this.request, whole, oracle.check(this.request, whole, during), during);
      this.last = null;
      return;
    }
    const during = this.#during(Math.max(started, answer.ended - TOLD_WITHIN_MS));
    const opening = oracle.check(this.request, answer, this.#during(started));
    record(this.request, answer, opening, during);
    if (ours) return;
    // The end of a stream is like an aborted call: something must have caused it.
    const reason = oracle.check(this.request, { ...answer, failed: 'the stream ended' }, during);
    if (reason !== null) this.#wrong(reason);
    this.last = null;
  }

  /** While it is open: checks that it still has permission, and that it received what it must. */
  #watch(started, answer) {
    if (answer.status !== 200) return;
    const now = performance.now();
    if (now - started > CLOSED_WITHIN_MS) {
      const gone = this.session.endedAt !== undefined && now - this.session.endedAt > CLOSED_WITHIN_MS;
      const states = this.soak.world.states(now - CLOSED_WITHIN_MS, now);
      const still = gone || this.soak.oracle.deniedFor(this.request, { states });
      this.strikes = still ? this.strikes + 1 : 0;
      if (this.strikes === STRIKES) this.#wrong('still open, with no right to be');
    }
    const late = this.due.first;
    if (late && now - Math.max(late.settledAt, this.connectedAt) > TOLD_WITHIN_MS) {
      this.#wrong(`not told of ${late.what}`);
      this.due.drop(late);
    }
  }

  #take(event) {
    if (this.source in HOST) return this.#takeFromHost(event);
    const data = JSON.parse(event.data);
    if (data.n !== event.id) this.#wrong(`event ${event.id} carries ${data.n}`);
    if (this.last !== null && event.id !== this.last + 1) this.#wrong(`event ${event.id} after ${this.last}`);
    if (this.last === null && this.source === 'ticks' && event.id !== 1) this.#wrong(`begins with ${event.id}`);
    const foreign = this.source !== 'ticks' && (data.plugin !== this.identity || data.target !== this.target);
    if (foreign) this.#wrong(`an event of ${data.plugin} ${data.target}`);
    this.last = event.id;
  }

  #takeFromHost(event) {
    const data = JSON.parse(event.data);
    if (event.type === 'hello') {
      const states = this.soak.world.states(this.connectedAt - 1000);
      const due = states.map(({ tenants }) =>
        [...tenants.get(this.tenant).values()]
          .flatMap(({ id, quarantined }) => (quarantined ? [id] : []))
          .sort()
          .join(),
      );
      const told = data.quarantined.sort().join();
      if (!due.includes(told)) this.#wrong(`told that ${told} is quarantined, not ${due.join(' or ')}`);
      this.joined = true;
    } else if (this.source === 'theme' && this.fresh) {
      this.fresh = false;
      const due = this.soak.world.states(this.connectedAt - 1000).map(({ theme }) => theme);
      if (!due.includes(data.theme.name)) this.#wrong(`the theme is ${data.theme.name}, not ${due.join(' or ')}`);
    } else if (event.type !== 'session' && event.id !== undefined && this.source === 'host') {
      this.#told(`${event.type} ${data.plugin_id ?? data.generation ?? data.theme?.name}`);
    }
    // As in a browser: the last id received, whichever event carried it.
    if (event.id !== undefined) this.last = event.id;
  }

  #told(what) {
    const instead = this.due.told(what);
    if (instead !== null) this.#wrong(`told of ${what}, not of ${instead}`);
  }
}

/** Readers of every kind of stream, `each` per kind. */
export const readers = (soak, each) =>
  [...Object.keys(HOST), ...Object.keys(TARGETS)].flatMap((source) =>
    Array.from({ length: each }, () => new Reader(soak, source)),
  );
