// Checks whether a response is correct. Every check returns null, or a complaint. A response is checked against every
// state that the server may have been in during the request; one of them must explain it.
import { crc32 } from 'node:zlib';
import { bodyOf } from './random.mjs';

const MARKERS = {
  'x-plugin-quarantined': ['PLUGIN_QUARANTINED'],
  'x-allowlist-violation': ['ALLOWLIST_VIOLATION', 'TOPIC_NOT_ALLOWED'],
  'x-integrity-error': [],
};
/** Refusals that are allowed only while the upstream is disturbed. */
const UPSTREAM_CODES = {
  UPSTREAM_UNAVAILABLE: 502,
  UPSTREAM_INVALID: 502,
  UPSTREAM_CIRCUIT_OPEN: 503,
  UPSTREAM_TIMEOUT: 504,
};

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A refusal with this status and code, as a problem document for this request. */
export function refusal(request, answer, status, code) {
  if (answer.status !== status) return `${answer.status} instead of ${status} ${code}`;
  for (const [marker, codes] of Object.entries(MARKERS)) {
    if (answer.headers[marker] !== (codes.includes(code) ? '1' : undefined)) return `${marker} is wrong for ${code}`;
  }
  if (status === 429 && !(Number(answer.headers['retry-after']) >= 1)) return 'no Retry-After';
  if (request.method === 'HEAD') return null;
  const problem = parsed(answer.body.toString());
  if (problem?.code !== code) return `${problem?.code} instead of ${code}`;
  return problem.request_id === request.id ? null : 'the problem is about another request';
}

/** The upstream's complete response to this request. */
export function echoed(request, answer, verdict) {
  if (answer.status !== 200) return `${answer.status} instead of 200`;
  const echo = parsed(answer.headers['x-echo'] ?? '');
  if (!echo) return 'no echo of the upstream';
  const want = {
    method: request.method,
    target: verdict.target,
    plugin: verdict.plugin?.id ?? null,
    tenant: request.tenant,
    user: `auth:account:lab:${request.user}`,
    id: request.id,
    bytes: request.body?.length ?? 0,
    crc: request.body ? crc32(request.body) : 0,
  };
  for (const [key, value] of Object.entries(want)) {
    if (echo[key] !== value)
      return `the upstream saw ${key} ${JSON.stringify(echo[key])}, not ${JSON.stringify(value)}`;
  }
  if (request.method === 'HEAD') return answer.body.length === 0 ? null : 'a body for HEAD';
  const due = bodyOf(request.id, request.size ?? 0);
  if (answer.body.equals(due)) return null;
  return `a body of ${answer.body.length} bytes that is not this request's of ${due.length}`;
}

export class Oracle {
  #judge;
  constructor(judge) {
    this.#judge = judge;
  }

  /**
   * `during` describes what happened during the request: the possible `states`, whether its session was ended
   * meanwhile (`sessionEnding`), whether its upstream was `disturbed`. `request.expect(state, answer)` checks an
   * allowed call's response from the host's own endpoints.
   */
  check(request, answer, during) {
    try {
      return this.#check(request, answer, during);
    } catch (error) {
      return `not readable: ${error.message}`; // a response of an unexpected shape
    }
  }

  #check(request, answer, during) {
    if (answer.failed) return this.#broken(request, answer, during);
    if (answer.headers['x-request-id'] !== request.id) {
      return `the answer is to request ${answer.headers['x-request-id']}`;
    }
    let reason = 'no state explains it';
    for (const verdict of this.#verdicts(request, during)) {
      reason = this.#matches(request, answer, verdict, during);
      if (reason === null) return null;
    }
    return reason;
  }

  /** Whether every state denies it: then nothing of it may reach an upstream. */
  deniedFor(request, during) {
    return this.#verdicts(request, during).every(({ allowed }) => !allowed);
  }

  #verdicts(request, { states, sessionEnding }) {
    const sessions = sessionEnding ? [true, false] : [request.signedIn];
    return states.flatMap((state) =>
      sessions.map((signedIn) => ({ state, ...this.#judge.verdict(state, { ...request, signedIn }) })),
    );
  }

  /** No response, or only its start: correct only if something ended it. */
  #broken(request, answer, during) {
    const verdicts = this.#verdicts(request, during);
    const disturbed = during.disturbed && verdicts.some(({ allowed, route }) => allowed && route?.by === 'shaky');
    const takenAway = verdicts.some(({ allowed }) => allowed) && verdicts.some(({ allowed }) => !allowed);
    return disturbed || takenAway ? null : `broken off: ${answer.failed}`;
  }

  #matches(request, answer, verdict, during) {
    if (!verdict.allowed) return refusal(request, answer, verdict.status, verdict.code);
    if (verdict.plugin?.rate && answer.status === 429) return refusal(request, answer, 429, 'RATE_LIMITED');
    if (during.disturbed && verdict.route?.by === 'shaky' && answer.status >= 502) {
      const code = parsed(answer.body.toString())?.code;
      if (request.method === 'HEAD')
        return Object.values(UPSTREAM_CODES).includes(answer.status) ? null : 'no such error';
      if (!(code in UPSTREAM_CODES)) return `${answer.status} ${code} is no upstream's error`;
      if (code === 'UPSTREAM_CIRCUIT_OPEN' && !answer.headers['retry-after']) return 'no Retry-After';
      return refusal(request, answer, UPSTREAM_CODES[code], code);
    }
    if (request.expect) return request.expect(verdict.state, answer, verdict);
    for (const marker of Object.keys(MARKERS)) if (answer.headers[marker]) return `${marker} on an allowed call`;
    if (verdict.route?.by === 'fixture') {
      return answer.status === 200 && answer.body.toString() === '{"fixed":1}'
        ? null
        : `not the fixture: ${answer.status}`;
    }
    return echoed(request, answer, verdict);
  }
}
