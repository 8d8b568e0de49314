import { loadCore } from '../../dist/core/index.js';
import type { HostEvent } from '../../dist/host_event.js';
import { HostEvents } from '../../dist/host_events.js';
import type { EventsState, HostEnvironment } from '../../dist/index.js';
import { importHmac, signHmac } from '../../dist/primitives.js';
import { Transport } from '../../dist/transport.js';
import { settle, until } from './clock.js';
import { FakePage } from './page.js';

/** A message of the channel. */
export interface Message {
  readonly from?: string;
  readonly seq?: number;
  readonly at?: number;
  readonly body?: string;
  readonly mac?: string;
}

/** State that the tabs of one browser share: locks and channels. */
export class FakeBrowser {
  readonly #channels = new Set<{ onmessage: ((message: { data: unknown }) => void) | null }>();
  #held: Promise<unknown> = Promise.resolve();
  #forger: BroadcastChannel | null = null;
  /** Whether a message of a tab is lost. */
  loses: (message: Message) => boolean = () => false;

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

  /** The messages on the channel, as any script of the origin can read them; `forge` writes one. */
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
        if ((channel as unknown) !== this.#forger && this.loses(data as Message)) return;
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

export const CHANNEL = Uint8Array.from({ length: 32 }, (_, at) => at);
/** A channel key of the usual session, or of another one. */
export const channelKey = (secret = CHANNEL): Promise<CryptoKey> => importHmac(secret, ['sign', 'verify']);

/** Lets pending messages be signed, received and answered; each step takes a turn on another thread. */
export async function heard(): Promise<void> {
  const key = await channelKey();
  for (let n = 0; n < 12; n += 1) {
    await signHmac(key, 'another turn');
    await settle();
  }
}

/** Advances the clock second by second, so that tabs exchange messages; the server's streams send heartbeats. */
export async function pass(page: FakePage, ms: number, done: () => boolean = () => false): Promise<void> {
  for (let left = ms; left > 0 && !done(); left -= 1_000) {
    for (const stream of page.server.events) if (!stream.cancelled) stream.send(': beat\n\n');
    await page.clock.advance(1_000);
    await heard();
  }
}

/**
 * One tab's `HostEvents` and the events that it received. Tabs given the same page share its server and clock. `key`:
 * null for a page without a boot token. `own`: overrides for this tab.
 */
export async function tab(
  browser: FakeBrowser | null,
  page = new FakePage(),
  key?: CryptoKey | null,
  own: Partial<HostEnvironment> = {},
) {
  let held = key === undefined ? await channelKey() : key;
  const env = {
    ...page.environment,
    locks: browser?.locks ?? null,
    createChannel: browser?.createChannel ?? null,
    ...own,
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
  const rekey = (another: CryptoKey): void => {
    held = another;
  };
  return { page, events, heard, states, hints, rekey };
}

/** A tab that can be suspended: its timers do not run until it resumes. */
export function sleepy({ clock }: FakePage) {
  let asleep = false;
  const late: (() => void)[] = [];
  const own: Partial<HostEnvironment> = {
    setTimeout: (run, ms) => clock.setTimeout(() => (asleep ? late.push(run) : run()), ms),
  };
  const sleep = (): void => {
    asleep = true;
  };
  const wake = (): void => {
    asleep = false;
    for (const run of late.splice(0)) run();
  };
  return { own, sleep, wake };
}

/** A hidden tab, whose timers the browser throttles to one a minute. */
export const throttled = ({ clock }: FakePage): Partial<HostEnvironment> => ({
  setTimeout: (run, ms) => clock.setTimeout(run, Math.max(ms, 60_000 - (clock.now % 60_000))),
});

/** Two tabs of one session, of which the first reads the stream, and the channel as any script can read it. */
export async function readerAndFollower() {
  const browser = new FakeBrowser();
  const page = new FakePage();
  const said = browser.overhear();
  const [reader, follower] = [await tab(browser, page), await tab(browser, page)];
  reader.events.start();
  await until(() => reader.states.length === 1, 'the reader hearing');
  follower.events.start();
  await until(() => follower.states.length === 1 && follower.heard.length === 1, 'the follower hearing');
  return { browser, page, said, reader, follower };
}
