import type { Core } from './core/index.js';
import type { GateOptions } from './gate/environment.js';
import type { OpeningParts } from './gate/plugin_opening.js';
import { HostEvents, type HostEventsHooks } from './host_events.js';
import type { HostPublisher } from './host_publisher.js';
import type { SyncParts } from './host_sync.js';
import type { HostEnvironment } from './host_types.js';
import type { PageKey } from './page_key.js';
import { Registry } from './registry.js';
import type { Retry } from './retry.js';
import type { SessionKeeper } from './session.js';
import type { Transport } from './transport.js';

/** The parts of a host that exist before its core is loaded. */
export interface HostBasis {
  readonly env: HostEnvironment;
  readonly transport: Transport;
  readonly publisher: HostPublisher;
  readonly pageKey: PageKey;
  readonly keeper: SessionKeeper;
  readonly retry: Retry;
}

/** The parts of a host that exist once the core is loaded. */
export interface HostParts extends HostBasis, OpeningParts, SyncParts {}

/** Callbacks of the parts. */
export interface HostPartsHooks extends Pick<HostEventsHooks, 'onEvent' | 'onSessionHint'> {
  /** An instance of a plugin was closed. */
  readonly onClosed: (pluginId: string, instance: number) => void;
}

/** Assembles a host around its core. Starts nothing. */
export function buildParts(core: Core, basis: HostBasis, options: GateOptions, hooks: HostPartsHooks): HostParts {
  const { env, transport, publisher, pageKey } = basis;
  const registry = new Registry(core, {
    onClosed: hooks.onClosed,
    // Checks both directions: a contributed `/x/:id` would shadow the host's `/x/new`, and the reverse.
    isHostRoute: (path) =>
      options.hostRoutes.some(
        (own) => own === path || core.matchesTemplate(own, path) || core.matchesTemplate(path, own),
      ),
  });
  const ledger = core.createLedger();
  const events = !options.events
    ? null
    : new HostEvents(env, core, transport, (use) => pageKey.channel(use), {
        onEvent: hooks.onEvent,
        onState: (state) => publisher.setEvents(state),
        onSessionHint: hooks.onSessionHint,
      });
  return { ...basis, core, registry, events, ledger };
}
