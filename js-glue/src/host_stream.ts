import type { Core } from './core/index.js';
import type { HostEnvironment } from './host_types.js';
import type { PluginStreamEvent } from './plugin/types.js';
import { StreamConnection } from './stream_connection.js';
import type { Transport } from './transport.js';

const REOPEN_MS = 30_000;
/** Three of the server's heartbeats. */
const SILENT_MS = 45_000;

/** What reading the server's events needs. */
export interface HostStreamParts {
  readonly env: HostEnvironment;
  readonly core: Core;
  readonly transport: Transport;
}

/** Whom the stream tells. */
export interface HostStreamHooks {
  readonly onEvent: (event: PluginStreamEvent) => void;
  /** `dead`: it was noticed only now that the stream had been lost for a while. */
  readonly onOpen: (open: boolean, dead: boolean) => void;
}

/**
 * Reads the server's events until the signal aborts. A stream that ended for good (a server that has no such
 * endpoint now, but may have after its next roll-out) is tried again.
 */
export async function readHostStream(
  parts: HostStreamParts,
  signal: AbortSignal,
  hooks: HostStreamHooks,
): Promise<void> {
  while (!signal.aborted) {
    await readOnce(parts, signal, hooks);
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = parts.env.setTimeout(resolve, REOPEN_MS);
      const stop = (): void => {
        parts.env.clearTimeout(timer);
        resolve();
      };
      signal.addEventListener('abort', stop, { once: true });
    });
  }
}

function readOnce(
  { env, core, transport }: HostStreamParts,
  signal: AbortSignal,
  { onEvent, onOpen }: HostStreamHooks,
): Promise<void> {
  return new Promise((resolve) => {
    const connection = new StreamConnection({
      core,
      env,
      connect: (headers, streamSignal) =>
        transport.send({ target: '/api/plugins/events', headers, signal: streamSignal, cache: 'no-store' }),
      onEvent,
      first: true,
      silentMs: SILENT_MS,
      onState: (state, _, dead) => {
        if (!signal.aborted) onOpen(state === 'open', dead);
        if (state === 'closed') resolve();
      },
    });
    signal.addEventListener('abort', () => connection.close(), { once: true });
    connection.open();
  });
}
