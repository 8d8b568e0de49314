import { loadCore } from '../../dist/core/index.js';
import { type HostEvent, HostEvents } from '../../dist/host_events.js';
import type { EventsState } from '../../dist/index.js';
import { importHmac } from '../../dist/primitives.js';
import { Transport } from '../../dist/transport.js';
import { FakePage } from './page.js';

/** A message of the channel. */
export interface Message {
  readonly from?: string;
  readonly seq?: number;
  readonly at?: number;
  readonly body?: string;
  readonly mac?: string;
}

/** What the tabs of one browser share: locks and channels. */
export class FakeBrowser {
  readonly #channels = new Set<{ onmessage: ((message: { data: unknown }) => void) | null }>();
  #held: Promise<unknown> = Promise.resolve();
  #forger: BroadcastChannel | null = null;

  readonly locks = {
    request: async (_: string, options: { signal: AbortSignal }, run: () => Promise<void>) => {
      const before = this.#held;
      let release = (): void => {};
      this.#held = new Promise<void>((resolve) => {
        release = resolve;
      });
      try {
        await Promise.race([
          before,
          new Promise((_, reject) => options.signal.addEventListener('abort', () => reject(options.signal.reason))),
        ]);
        options.signal.throwIfAborted();
        await run();
      } finally {
        void before.then(release);
      }
    },
  } as unknown as LockManager;

  /** What goes over the channel, as any script of the origin can read it; `forge` is how it can write. */
  overhear(): Message[] {
    const all: Message[] = [];
    this.createChannel().onmessage = ({ data }) => all.push(data as Message);
    return all;
  }

  forge(message: unknown): void {
    this.#forger ??= this.createChannel();
    this.#forger.postMessage(message);
  }

  readonly createChannel = (): BroadcastChannel => {
    const all = this.#channels;
    const channel = {
      onmessage: null as ((message: { data: unknown }) => void) | null,
      postMessage: (data: unknown) => {
        for (const other of all) {
          if (other !== channel) queueMicrotask(() => other.onmessage?.({ data: structuredClone(data) }));
        }
      },
      close: () => all.delete(channel),
    };
    all.add(channel);
    return channel as unknown as BroadcastChannel;
  };
}

const CHANNEL = Uint8Array.from({ length: 32 }, (_, at) => at);
/** A channel key: of the usual session, or of another one. */
export const channelKey = (secret = CHANNEL): Promise<CryptoKey> => importHmac(secret, ['sign', 'verify']);

/**
 * One tab's ear, and what it heard. Tabs that are given one page share its server and its clock. `key`: null
 * for a page without a boot token.
 */
export async function tab(browser: FakeBrowser | null, page = new FakePage(), key?: CryptoKey | null) {
  const held = key === undefined ? await channelKey() : key;
  const env = {
    ...page.environment,
    locks: browser?.locks ?? null,
    createChannel: browser?.createChannel ?? null,
  };
  const heard: HostEvent[] = [];
  const states: EventsState[] = [];
  const hints: number[] = [];
  const session = { csrfToken: null, person: null, onUnauthorized: () => {}, renewToken: async () => false };
  const core = await loadCore();
  const events = new HostEvents(env, core, new Transport(env, session), (use) => use(held), {
    onEvent: (event) => heard.push(event),
    onState: (state) => states.push(state),
    onSessionHint: () => hints.push(page.clock.now),
  });
  return { page, events, heard, states, hints };
}
