import type { Code } from '../generated/spec.js';
import { primitives } from '../primitives.js';
import { type CoreInternals, codeOf } from './internals.js';
import { utf8 } from './memory.js';

const { parse } = primitives;

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
    this.#handle = core.module.ledgerNew();
  }

  /** Starts a life of the plugin; its handle. */
  openPlugin(id: string): number {
    return this.#core.module.ledgerOpenPlugin(this.#handle, utf8(id));
  }

  /** Ends the plugin's life, and with it every subscription of it; late streams are not kept. */
  closePlugin(plugin: number): LedgerReleased {
    const [subscriptions, openStreams, pendingStreams] = parse(
      this.#core.module.ledgerClosePlugin(this.#handle, plugin),
    ) as [number[], number[], number[]];
    return { subscriptions, openStreams, pendingStreams };
  }

  /** A new subscription of the plugin to a path. It connects nothing. */
  open(plugin: number, path: string): LedgerOpened {
    const answer = this.#core.module.ledgerOpen(this.#handle, plugin, utf8(path));
    const [code, subscription, stream, connect] = parse(answer) as [number, number, number, number];
    return { code: codeOf(this.#core, code), subscription, stream, mustConnect: connect === 1 };
  }

  /** The stream is there: whether to keep it, or close it at once because nobody wants it any more. */
  resolve(stream: number): boolean {
    return this.#core.module.ledgerResolve(this.#handle, stream) !== 0;
  }

  /** Ends one subscription. One that is not known is no error. */
  close(subscription: number): LedgerClosed {
    const answer = this.#core.module.ledgerClose(this.#handle, subscription);
    const [known, stream, close, pending] = parse(answer) as [number, number, number, number];
    return { known: known === 1, stream, mustClose: close === 1, wasPending: pending === 1 };
  }

  /** The stream ended for good: the subscriptions that it had. */
  endStream(stream: number): readonly number[] {
    return parse(this.#core.module.ledgerEndStream(this.#handle, stream)) as number[];
  }

  /** The stream's subscriptions, oldest first. */
  subscribers(stream: number): readonly number[] {
    return parse(this.#core.module.ledgerSubscribers(this.#handle, stream)) as number[];
  }

  /** How many subscriptions the plugin has. */
  subscriptionCount(plugin: number): number {
    return this.#core.module.ledgerSubscriptionCount(this.#handle, plugin);
  }

  /** Whether the plugin's life goes on. */
  isOpen(plugin: number): boolean {
    return this.#core.module.ledgerIsOpen(this.#handle, plugin) !== 0;
  }

  /** Whose stream it is; empty when it is not known. */
  pluginOf(stream: number): string {
    return this.#core.module.ledgerPluginOf(this.#handle, stream);
  }

  /** The path that the stream was opened for; empty when it is not known. */
  pathOf(stream: number): string {
    return this.#core.module.ledgerPathOf(this.#handle, stream);
  }

  /** How many subscriptions and streams there are, over all plugins. */
  totals(): { readonly subscriptions: number; readonly streams: number } {
    const [subscriptions, streams] = parse(this.#core.module.ledgerTotals(this.#handle)) as [number, number];
    return { subscriptions, streams };
  }

  /** Gives the memory back. Freeing twice is harmless. */
  free(): void {
    if (this.#handle !== 0) this.#core.module.ledgerFree(this.#handle);
    this.#handle = 0;
  }
}
