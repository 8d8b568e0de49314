import { loadCore } from '../../dist/core/index.js';
import { type HostEvent, HostEvents } from '../../dist/host_events.js';
import type { EventsState } from '../../dist/index.js';
import { Transport } from '../../dist/transport.js';
import { FakePage } from './page.js';

/** What the tabs of one browser share: locks and channels. */
export class FakeBrowser {
  readonly #channels = new Set<{ onmessage: ((message: { data: unknown }) => void) | null }>();
  #held: Promise<unknown> = Promise.resolve();

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

/** One tab's ear, and what it heard. Tabs that are given one page share its server and its clock. */
export async function tab(browser: FakeBrowser | null, page = new FakePage()) {
  const env = {
    ...page.environment,
    locks: browser?.locks ?? null,
    createChannel: browser?.createChannel ?? null,
  };
  const heard: HostEvent[] = [];
  const states: EventsState[] = [];
  const session = { csrfToken: null, onUnauthorized: () => {}, renewToken: async () => false };
  const core = await loadCore();
  const events = new HostEvents(env, core, new Transport(env, session), {
    onEvent: (event) => heard.push(event),
    onState: (state) => states.push(state),
  });
  return { page, events, heard, states };
}
