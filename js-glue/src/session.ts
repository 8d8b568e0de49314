import { NetworkError } from './errors.js';
import type { HostEnvironment, Session } from './host_types.js';
import { primitives } from './primitives.js';
import { Transport, type TransportSession } from './transport.js';
import { httpError, isRecord, parseJson, textOf, textsOf } from './wire.js';

function readSession(body: unknown): { session: Session; csrfToken: string } | null {
  if (!isRecord(body)) return null;
  const csrfToken = textOf(body.csrf_token);
  const user = textOf(body.user);
  const subject = isRecord(body.subject) ? body.subject : {};
  const id = textOf(subject.id);
  if (csrfToken === '' || user === '' || id === '') return null;
  return {
    csrfToken,
    session: Object.freeze({
      user,
      name: textOf(body.name, user),
      tenant: textOf(body.tenant),
      roles: Object.freeze([...textsOf(body.roles)]),
      subject: Object.freeze({ type: textOf(subject.type, 'account'), id }),
      experienceVersion: textOf(body.experience_version),
      dev: Object.freeze({ unsigned: isRecord(body.dev) && body.dev.unsigned === true }),
    }),
  };
}

/** The same text for the same person; null for nobody. */
function personOf(session: Session | null): string | null {
  if (session === null) return null;
  const { tenant, subject, user } = session;
  return primitives.stringify([tenant, subject.type, subject.id, user]);
}

/**
 * Who is signed in, as the server says. Holds the CSRF token, which never reaches a snapshot. Calls
 * `onChange` when the answer becomes another: another person or nobody; `onRenewed` when the same person is in
 * another session than before.
 */
export class SessionKeeper implements TransportSession {
  readonly #transport: Transport;
  readonly #onChange: (session: Session | null) => void;
  readonly #onRenewed: () => void;
  #session: Session | null = null;
  #csrfToken: string | null = null;
  #refreshing: Promise<Session | null> | null = null;
  /** Counts signing in and out here: what was asked before is answered too late. */
  #epoch = 0;

  constructor(env: HostEnvironment, onChange: (session: Session | null) => void, onRenewed: () => void) {
    this.#transport = new Transport(env, {
      csrfToken: null,
      person: null,
      onUnauthorized: () => {},
      renewToken: () => Promise.resolve(false),
    });
    this.#onChange = onChange;
    this.#onRenewed = onRenewed;
  }

  get current(): Session | null {
    return this.#session;
  }

  get csrfToken(): string | null {
    return this.#csrfToken;
  }

  get person(): string | null {
    return personOf(this.#session);
  }

  /**
   * Asks the server. One question at a time. Rejects when the server gives no verdict. Gives the session of then: an
   * answer that signing in or out here has overtaken counts for nothing.
   */
  refresh(): Promise<Session | null> {
    this.#refreshing ??= this.#ask().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #ask(): Promise<Session | null> {
    const epoch = this.#epoch;
    const response = await this.#transport.send({ target: '/auth/session', cache: 'no-store' });
    const { status } = response;
    if (!response.ok && status !== 401) throw await httpError(response);
    const text = await response.text();
    if (epoch !== this.#epoch) return this.#session;
    return status === 401 ? this.#set(null) : this.#read(text);
  }

  async login(user: string, password: string): Promise<Session> {
    const response = await this.#transport.send({
      target: '/auth/login',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: primitives.stringify({ user, password }),
    });
    if (!response.ok) throw await httpError(response);
    const text = await response.text();
    this.#epoch += 1;
    return this.#read(text);
  }

  async logout(send: (call: { target: string; method: string }) => Promise<Response>): Promise<void> {
    const response = await send({ target: '/auth/logout', method: 'POST' });
    if (!response.ok && response.status !== 401) throw await httpError(response);
    this.#epoch += 1;
    this.#set(null);
  }

  onUnauthorized(): void {
    if (this.#session === null) return;
    // An upstream may answer 401 for reasons of its own: the session endpoint has the last word.
    this.refresh().catch(() => {});
  }

  async renewToken(refused: string | null): Promise<boolean> {
    // What was asked before the refusal may have been answered before the change.
    await this.#refreshing?.catch(() => {});
    if (this.#csrfToken === refused) await this.refresh();
    return this.#csrfToken !== null && this.#csrfToken !== refused;
  }

  #read(text: string): Session {
    const read = readSession(parseJson(text));
    if (read === null) throw new NetworkError('the server did not answer with a session');
    const before = this.#csrfToken;
    this.#csrfToken = read.csrfToken;
    const { session } = read;
    if (!this.#is(session)) return this.#set(session) ?? session;
    // A session has one token for all its life.
    if (before !== read.csrfToken) this.#onRenewed();
    return this.#session ?? session;
  }

  #is(session: Session | null): boolean {
    return primitives.stringify(session) === primitives.stringify(this.#session);
  }

  #set(session: Session | null): Session | null {
    if (session === null) this.#csrfToken = null;
    if (this.#is(session)) return this.#session;
    this.#session = session;
    this.#onChange(session);
    return session;
  }
}
