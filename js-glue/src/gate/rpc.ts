import { SessionError } from '../errors.js';
import { primitives } from '../primitives.js';
import { packError, unpackError } from './crossing.js';
import type { Port } from './port.js';

/** What a handler answers with when parts of it move to the other side. */
export class Moved {
  readonly value: unknown;
  readonly transfer: readonly Transferable[];
  /** Whether the call goes on after its answer, as a body that is still read does: its signal can abort until then. */
  readonly isOpen: boolean;

  constructor(value: unknown, transfer: readonly Transferable[] = [], isOpen = false) {
    this.value = value;
    this.transfer = transfer;
    this.isOpen = isOpen;
  }
}

/** Answers one kind of call. What it throws reaches the caller, as an error of the same class. */
export type Handler = (argument: never, signal: AbortSignal) => unknown;

/** The calls and events that one side answers, by name. */
export interface RpcHandlers {
  readonly calls?: Readonly<Record<string, Handler>>;
  readonly events?: Readonly<Record<string, (argument: never) => void>>;
  /** Told what a handler of an event threw. Default: nothing; a plugin may have sent anything. */
  readonly onError?: (error: unknown) => void;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly settled: () => void;
}

/** Options of a call. */
export interface CallOptions {
  /** Aborts the call on the other side. The promise rejects with the signal's reason at once. */
  readonly signal?: AbortSignal | null | undefined;
  readonly transfer?: readonly Transferable[];
  /** Keeps the call open after its answer; `end` of the given handle ends it. */
  readonly open?: (handle: OpenCall) => void;
}

/** A call that goes on after its answer. */
export interface OpenCall {
  abort(): void;
  end(): void;
}

const own = (record: object | undefined, name: unknown): unknown =>
  typeof name === 'string' && record !== undefined && Object.hasOwn(record, name)
    ? (record as Record<string, unknown>)[name]
    : undefined;

/**
 * Calls and events over a port. Each call is answered once; calls run concurrently. Messages of any other form are
 * ignored: the other side may be a plugin.
 */
export class Rpc {
  readonly #port: Port;
  readonly #handlers: RpcHandlers;
  readonly #waiting = new Map<number, Waiting>();
  /** The calls of the other side that are running, or open. */
  readonly #running = new Map<number, AbortController>();
  /** Calls of the other side that are not answered yet. */
  #unanswered = 0;
  #whenAnswered: (() => void) | null = null;
  #next = 1;
  #closed: unknown = null;

  constructor(port: Port, handlers: RpcHandlers) {
    this.#port = port;
    this.#handlers = handlers;
    port.listen((message) => this.#receive(message));
  }

  /** Whether messages are copied between realms. */
  get copies(): boolean {
    return this.#port.copies;
  }

  /** Calls the other side. Rejects with what its handler threw, or with the reason of `close`. */
  call<T>(name: string, argument?: unknown, { signal, transfer, open }: CallOptions = {}): Promise<T> {
    return new primitives.Promise((resolve, reject) => {
      if (this.#closed !== null) return reject(this.#closed);
      if (signal?.aborted) return reject(signal.reason);
      const id = this.#next++;
      const send = (kind: string): void => {
        if (this.#closed === null) this.#port.post([kind, id]);
      };
      const stop = (): void => {
        this.#waiting.delete(id);
        send('abort');
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', stop, { once: true });
      this.#waiting.set(id, {
        resolve: resolve as (value: unknown) => void,
        reject,
        settled: () => signal?.removeEventListener('abort', stop),
      });
      try {
        this.#port.post(['call', id, name, argument], transfer);
      } catch (error) {
        this.#waiting.delete(id);
        signal?.removeEventListener('abort', stop);
        return reject(error);
      }
      open?.({ abort: () => send('abort'), end: () => send('end') });
    });
  }

  /** Sends an event. */
  emit(name: string, argument?: unknown, transfer?: readonly Transferable[]): void {
    if (this.#closed === null) this.#port.post(['event', name, argument], transfer);
  }

  /** Runs `done` when every call of the other side has been answered. */
  answered(done: () => void): void {
    if (this.#unanswered === 0) done();
    else this.#whenAnswered = done;
  }

  /** Closes the port. Calls of this side reject with `reason`, and those of the other side are aborted with it. */
  close(reason: unknown = new SessionError('SDK_NOT_STARTED', 'the gate was closed')): void {
    if (this.#closed !== null) return;
    this.#closed = reason;
    this.#port.close();
    for (const { reject, settled } of this.#waiting.values()) {
      settled();
      reject(reason);
    }
    for (const abort of this.#running.values()) abort.abort(reason);
    this.#waiting.clear();
    this.#running.clear();
  }

  #receive(message: unknown): void {
    if (this.#closed !== null || !Array.isArray(message)) return;
    const [kind, id, third, fourth] = message as unknown[];
    if (kind === 'event') {
      const handler = own(this.#handlers.events, id);
      try {
        if (typeof handler === 'function') handler(third);
      } catch (error) {
        this.#handlers.onError?.(error);
      }
      return;
    }
    if (typeof id !== 'number') return;
    if (kind === 'call') void this.#answer(id, third, fourth);
    else if (kind === 'abort') this.#running.get(id)?.abort();
    else if (kind === 'end') this.#running.delete(id);
    else if (kind === 'done' || kind === 'failed') {
      const waiting = this.#waiting.get(id);
      if (waiting === undefined) return;
      this.#waiting.delete(id);
      waiting.settled();
      if (kind === 'done') waiting.resolve(third);
      else waiting.reject(this.copies ? unpackError(third) : third);
    }
  }

  async #answer(id: number, name: unknown, argument: unknown): Promise<void> {
    if (this.#running.has(id)) return;
    const abort = new primitives.AbortController();
    this.#running.set(id, abort);
    this.#unanswered += 1;
    let message: [string, number, unknown];
    let answer: Moved | null = null;
    try {
      const handler = own(this.#handlers.calls, name);
      if (typeof handler !== 'function') throw new TypeError(`there is no call ${String(name)}`);
      const value: unknown = await handler(argument, abort.signal);
      answer = value instanceof Moved ? value : null;
      message = ['done', id, answer === null ? value : answer.value];
    } catch (error) {
      message = ['failed', id, this.copies ? packError(error) : error];
    }
    if (answer?.isOpen !== true) this.#running.delete(id);
    if (this.#closed === null) this.#send(id, message, answer?.transfer);
    this.#unanswered -= 1;
    if (this.#unanswered === 0) this.#whenAnswered?.();
  }

  #send(id: number, message: unknown, transfer?: readonly Transferable[]): void {
    try {
      this.#port.post(message, transfer);
    } catch (error) {
      // What a handler returned cannot be copied.
      this.#running.delete(id);
      this.#port.post(['failed', id, this.copies ? packError(error) : error]);
    }
  }
}
