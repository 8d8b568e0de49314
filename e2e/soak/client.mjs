// The soak's client: keep-alive connections, unchanged targets, and responses that say whether they are complete.
import { Agent, request as httpRequest } from 'node:http';
import { performance } from 'node:perf_hooks';

const PATIENCE_MS = 30_000;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A slow client sends its body in this many pieces, with pauses. */
async function trickle(req, body, pieces, pauseMs) {
  const size = Math.ceil(body.length / pieces);
  for (let at = 0; at < body.length && !req.destroyed; at += size) {
    req.write(body.subarray(at, at + size));
    await wait(pauseMs);
  }
  req.end();
}

export class Client {
  // First in, first out: no connection idles so long that the server closes it while it is being reused.
  #agent = new Agent({ keepAlive: true, scheduling: 'fifo' });
  constructor(port) {
    this.port = port;
  }

  /** The header fields of a soak request. */
  headers({ tenant, method, identity, session, csrf, headers, id }) {
    const host = `${tenant}:${this.port}`;
    const unsafe = !['GET', 'HEAD'].includes(method);
    return {
      Host: host,
      'X-Request-ID': id,
      ...(identity === null || identity === undefined ? {} : { 'X-Plugin-Id': identity }),
      ...(session ? { Cookie: session.cookie } : {}),
      ...(unsafe && session
        ? {
            Origin: csrf === 'origin' ? 'https://elsewhere.example' : `http://${host}`,
            'X-CSRF-Token': csrf === 'token' ? 'not-this-one' : session.csrf,
          }
        : {}),
      ...headers,
    };
  }

  /** `{ status, headers, body, ms }`, with `failed` if the response was cut off. */
  send(request) {
    const { method, target, body, manner } = request;
    const started = performance.now();
    return new Promise((resolve) => {
      let settled = false;
      let answer = { status: 0, headers: {}, body: Buffer.alloc(0) };
      const settle = (failed) => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        const ended = performance.now();
        resolve({ ...answer, started, ended, ms: ended - started, ...(failed ? { failed } : {}) });
      };
      const length = body ? { 'Content-Length': body.length } : {};
      const req = httpRequest({
        host: '127.0.0.1',
        port: this.port,
        agent: this.#agent,
        method,
        path: target,
        headers: { ...this.headers(request), ...length },
        setHost: false,
      });
      const timer = setTimeout(() => {
        settle('no answer in time');
        req.destroy();
      }, PATIENCE_MS);
      req.on('error', (error) => settle(error.code ?? error.message));
      req.on('response', (res) => {
        const chunks = [];
        answer = { status: res.statusCode, headers: res.headers, body: answer.body };
        res.on('data', (chunk) => {
          chunks.push(chunk);
          if (manner !== 'reads slowly') return;
          res.pause();
          setTimeout(() => res.resume(), 20);
        });
        res.on('error', (error) => settle(error.code ?? error.message));
        res.on('close', () => settle('closed'));
        res.on('end', () => {
          answer.body = Buffer.concat(chunks);
          settle(res.complete ? null : 'cut');
        });
      });
      if (manner === 'breaks off') {
        req.write(body.subarray(0, body.length >> 1));
        setTimeout(() => req.destroy(), 5);
      } else if (manner === 'writes slowly') {
        trickle(req, body, 5, 60);
      } else {
        req.end(body);
      }
    });
  }

  close() {
    this.#agent.destroy();
  }
}
