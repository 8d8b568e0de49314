import { primitives } from '../primitives.js';

/**
 * One end of a two-way channel between the page and the gate. Messages arrive in the order in which they were posted,
 * each in a task or microtask of its own, never within `post`.
 */
export interface Port {
  /** Whether messages are copied (into another realm); otherwise they are passed as they are. */
  readonly copies: boolean;
  /** Sends a message. `transfer`: objects that move instead of being copied. Throws a DataCloneError. */
  post(message: unknown, transfer?: readonly Transferable[]): void;
  /** Sets the receiver. Messages that arrived before are delivered first. */
  listen(take: (message: unknown) => void): void;
  /** Delivers nothing any more, in either direction. */
  close(): void;
}

const { apply } = Reflect;
const { MessagePort: Ports, MessageEvent: Events } = globalThis;
const { postMessage, close } = Ports?.prototype ?? ({} as MessagePort);
const data = Object.getOwnPropertyDescriptor(Events?.prototype ?? {}, 'data')?.get as (this: MessageEvent) => unknown;
const setOnMessage = Object.getOwnPropertyDescriptor(Ports?.prototype ?? {}, 'onmessage')?.set as (
  this: MessagePort,
  take: (event: MessageEvent) => void,
) => void;

/** The content of a message. Not `event.data`: a replaced getter would receive the event, and with it the port. */
export const dataOf = (event: MessageEvent): unknown => apply(data, event, []);

/**
 * A port over a MessagePort. Its methods were captured before any plugin ran, because a replaced
 * `MessagePort.prototype.postMessage` would receive the port.
 */
export function messagePort(port: MessagePort): Port {
  return {
    copies: true,
    post: (message, transfer = []) => apply(postMessage, port, [message, { __proto__: null, transfer }]),
    listen: (take) => apply(setOnMessage, port, [(event: MessageEvent) => take(dataOf(event))]),
    close: () => apply(close, port, []),
  };
}

class LocalPort implements Port {
  readonly copies = false;
  other: LocalPort | null = null;
  #take: ((message: unknown) => void) | null = null;
  #early: unknown[] = [];

  post(message: unknown): void {
    const { other } = this;
    if (other !== null) primitives.queueMicrotask(() => other.receive(message));
  }

  listen(take: (message: unknown) => void): void {
    this.#take = take;
    const early = this.#early;
    this.#early = [];
    for (const message of early) take(message);
  }

  close(): void {
    if (this.other !== null) this.other.other = null;
    this.other = null;
    this.#take = null;
  }

  receive(message: unknown): void {
    if (this.#take !== null) this.#take(message);
    else if (this.other !== null) this.#early.push(message);
  }
}

/** A pair of ports within one realm. Messages are passed as they are, without a copy. */
export function localPorts(): [Port, Port] {
  const [one, two] = [new LocalPort(), new LocalPort()];
  one.other = two;
  two.other = one;
  return [one, two];
}
