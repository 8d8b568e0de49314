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

/** A text that identifies the person; null if nobody is signed in. */
function personOf(session: Session | null): string | null {
  if (session === null) return null;
  const { tenant, subject, user } = session;
  return primitives.stringify([tenant, subject.type, subject.id, user]);
}

/**
 * Tracks who is signed in, according to the server. Holds the CSRF token, which is never part of a snapshot. Calls
 * `onChange` when another person is signed in or nobody is, and `onRenewed` when the same person has a new session.
 */
export class SessionKeeper implements TransportSession {
  readonly #transport: Transport;
  readonly #onChange: (session: Session | null) => void;
  readonly #onRenewed: () => void;
  #session: Session | null = null;
  #csrfToken: string | null = null;
  #refreshing: Promise<Session | null> | null = null;
  /** Counts sign-ins and sign-outs by this page, so that responses to earlier requests are ignored. */
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
   * Asks the server who is signed in; concurrent calls share one request. Rejects if the server does not say. If this
   * page signed in or out meanwhile, the response is ignored and the current session is returned.
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
    // An upstream may respond with 401 for reasons of its own; only the session endpoint is authoritative.
    this.refresh().catch(() => {});
  }

  async renewToken(refused: string | null): Promise<boolean> {
    // A request from before the refusal may have been answered before the token changed.
    await this.#refreshing?.catch(() => {});
    if (this.#csrfToken === refused) await this.refresh();
    return this.#csrfToken !== null && this.#csrfToken !== refused;
  }

  #read(text: string): Session {
    const read = readSession(parseJson(text));
    if (read === null) throw new NetworkError('the response is not a session');
    const before = this.#csrfToken;
    this.#csrfToken = read.csrfToken;
    const { session } = read;
    if (!this.#is(session)) return this.#set(session) ?? session;
    // The token is constant for the whole session, so another token is another session.
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
