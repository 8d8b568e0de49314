// The Node BFF written for speed: nothing but fastify, find-my-way and undici, synchronous hooks, headers made once.
import { Pool } from 'undici';
import { refuse, requestId, SECURITY } from './answers.mjs';
import { countDenial, countRequest, metricsText } from './counters.mjs';
import { judge } from './judge.mjs';
import { answeredHeaders, sentHeaders } from './proxied_headers.mjs';
import { takeToken } from './rates.mjs';
import { sessionIdOf } from './sessions.mjs';

const BROKEN = { status: 502, code: 'UPSTREAM_UNAVAILABLE' };

/** @type {import('./server.mjs').Kit} */
export const byHand = {
  options: { genReqId: requestId },

  register(app) {
    app.decorateReply('start', function () {
      const { judged, id } = this.request;
      this.headers(SECURITY).header('x-request-id', id);
      return judged.rate === null ? this : this.headers(judged.rate);
    });
    app.addHook('onResponse', (request, reply, done) => {
      if (request.judged !== null) countRequest(request.judged, reply.statusCode, reply.elapsedTime);
      done();
    });
  },

  gate: (tenants, needs, kind) => (request, reply, done) => {
    let refusal = judge(request, tenants, needs, kind, sessionIdOf);
    if (refusal === null && request.judged.plugin !== null) refusal = takeToken(request.judged);
    if (refusal === null) return done();
    countDenial(refusal.code);
    refuse(reply, refusal);
  },

  /** A text that is sent as it is: Fastify would add a charset to JSON. */
  json: (text) => {
    const asIs = () => text;
    return (reply) => reply.header('content-type', 'application/json').serializer(asIs).send(text);
  },

  /** `pool.stream` costs a fifth less than `pool.request` and a stream for Fastify to pipe. */
  proxy(url) {
    const pool = new Pool(url, { connections: 64, keepAliveTimeout: 600_000, keepAliveMaxTimeout: 600_000 });
    return (request, reply) => {
      const { method, url: path, body } = request;
      pool.stream(
        { method, path, headers: sentHeaders(request), body: body ?? null },
        ({ statusCode, headers }) => {
          reply.start().headers(answeredHeaders(headers, url));
          reply.hijack();
          return reply.raw.writeHead(statusCode, reply.getHeaders());
        },
        (error) => {
          // Once the head is out, undici has cut the client off.
          if (error && !reply.raw.headersSent && !reply.raw.destroyed) refuse(reply, BROKEN);
        },
      );
    };
  },

  metrics: metricsText,
};
