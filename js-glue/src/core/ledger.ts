import type { Code } from '../generated/spec.js';
import { primitives } from '../primitives.js';
import { utf8 } from './captured.js';
import { type CoreInternals, codeOf } from './internals.js';

const { parse } = primitives;

/** Read by index: taking it apart would ask the array's iterator, which can be replaced. */
type Four = readonly [number, number, number, number];

/** What opening a subscription means. `code` is ALLOWED, or why there is none. */
export interface LedgerOpened {
  readonly code: Code;
  readonly subscription: number;
  readonly stream: number;
  /** First of its path: the caller starts the stream. */
  readonly mustConnect: boolean;
}

/** What closing a subscription means. */
export interface LedgerClosed {
  readonly known: boolean;
  readonly stream: number;
  /** Last of its path: the caller closes the stream. */
  readonly mustClose: boolean;
  readonly wasPending: boolean;
}

/** What a plugin held when it was closed: the caller closes the streams. */
export interface LedgerReleased {
  readonly subscriptions: readonly number[];
  readonly openStreams: readonly number[];
  readonly pendingStreams: readonly number[];
}

/**
 * Who holds which event stream: sharing within a plugin, closing with it, and what opens late. It
 * opens and closes nothing itself. Holds memory of the core until `free()`.
 */
export class SubscriptionLedger {
  readonly #core: CoreInternals;
  #handle: number;

  /** Made by `Core.createLedger`. */
  constructor(core: CoreInternals) {
    this.#core = core;
    this.#handle = core.text.ledgerNew();
  }

  /** Starts a life of the plugin; its handle. */
  openPlugin(id: string): number {
    return this.#core.text.ledgerOpenPlugin(this.#handle, utf8(id));
  }

  /** Ends the plugin's life, and with it every subscription of it; late streams are not kept. */
  closePlugin(plugin: number): LedgerReleased {
    const lists = parse(this.#core.text.ledgerClosePlugin(this.#handle, plugin)) as [number[], number[], number[]];
    return { subscriptions: lists[0], openStreams: lists[1], pendingStreams: lists[2] };
  }

  /** A new subscription of the plugin to a path. It connects nothing. */
  open(plugin: number, path: string): LedgerOpened {
    const answer = parse(this.#core.text.ledgerOpen(this.#handle, plugin, utf8(path))) as Four;
    return {
      code: codeOf(this.#core, answer[0]),
      subscription: answer[1],
      stream: answer[2],
      mustConnect: answer[3] === 1,
    };
  }

  /** The stream is there: whether to keep it, or close it at once because nobody wants it any more. */
  resolve(stream: number): boolean {
    return this.#core.text.ledgerResolve(this.#handle, stream);
  }

  /** Ends one subscription. One that is not known is no error. */
  close(subscription: number): LedgerClosed {
    const answer = parse(this.#core.text.ledgerClose(this.#handle, subscription)) as Four;
    return { known: answer[0] === 1, stream: answer[1], mustClose: answer[2] === 1, wasPending: answer[3] === 1 };
  }

  /** The stream ended for good: the subscriptions that it had. */
  endStream(stream: number): readonly number[] {
    return parse(this.#core.text.ledgerEndStream(this.#handle, stream)) as number[];
  }

  /** The stream's subscriptions, oldest first. */
  subscribers(stream: number): readonly number[] {
    return parse(this.#core.text.ledgerSubscribers(this.#handle, stream)) as number[];
  }

  /** How many subscriptions the plugin has. */
  subscriptionCount(plugin: number): number {
    return this.#core.text.ledgerSubscriptionCount(this.#handle, plugin);
  }

  /** Whether the plugin's life goes on. */
  isOpen(plugin: number): boolean {
    return this.#core.text.ledgerIsOpen(this.#handle, plugin);
  }

  /** Whose stream it is; empty when it is not known. */
  pluginOf(stream: number): string {
    return this.#core.text.ledgerPluginOf(this.#handle, stream);
  }

  /** The path that the stream was opened for; empty when it is not known. */
  pathOf(stream: number): string {
    return this.#core.text.ledgerPathOf(this.#handle, stream);
  }

  /** How many subscriptions and streams there are, over all plugins. */
  totals(): { readonly subscriptions: number; readonly streams: number } {
    const totals = parse(this.#core.text.ledgerTotals(this.#handle)) as [number, number];
    return { subscriptions: totals[0], streams: totals[1] };
  }

  /** Gives the memory back. Freeing twice is harmless. */
  free(): void {
    if (this.#handle !== 0) this.#core.text.ledgerFree(this.#handle);
    this.#handle = 0;
  }
}
