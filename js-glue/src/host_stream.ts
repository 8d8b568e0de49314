import type { Core } from './core/index.js';
import type { HostEnvironment } from './host_types.js';
import type { PluginStreamEvent } from './plugin/types.js';
import { StreamConnection } from './stream_connection.js';
import type { Transport } from './transport.js';

const REOPEN_MS = 30_000;
/** Three heartbeat intervals of the server. */
const SILENT_MS = 45_000;

/** Dependencies of `readHostStream`. */
export interface HostStreamParts {
  readonly env: HostEnvironment;
  readonly core: Core;
  readonly transport: Transport;
}

/** Callbacks of `readHostStream`. */
export interface HostStreamHooks {
  readonly onEvent: (event: PluginStreamEvent) => void;
  /** `dead`: the loss was noticed late, so the stream may have been lost for a while. */
  readonly onOpen: (open: boolean, dead: boolean) => void;
}

/**
 * Reads the server's events until the signal aborts. A stream that was refused is opened again after 30 seconds: the
 * endpoint may exist after the server's next roll-out.
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
      isHost: true,
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
