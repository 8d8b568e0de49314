import type { Core, Permits } from './core/index.js';
import { ManifestDiscovery } from './discovery.js';
import { HttpError, type SessionError } from './errors.js';
import type { HostEvent } from './host_event.js';
import type { HostEvents } from './host_events.js';
import type { HostPublisher } from './host_publisher.js';
import type { Session } from './host_types.js';
import type { PageKey } from './page_key.js';
import { askPolicy } from './policy_batches.js';
import { primitives } from './primitives.js';
import type { Entry, Registry } from './registry.js';
import type { Retry } from './retry.js';
import type { SessionKeeper } from './session.js';
import { readTheme } from './theme.js';
import type { Transport } from './transport.js';
import { parseJson } from './wire.js';

/** The parts of a host that the sync uses. */
export interface SyncParts {
  readonly core: Core;
  readonly registry: Registry;
  readonly events: HostEvents | null;
  readonly transport: Transport;
  readonly pageKey: PageKey;
  readonly keeper: SessionKeeper;
  readonly publisher: HostPublisher;
  readonly retry: Retry;
}

/**
 * Keeps the registry in sync with the server for one session: fetches the manifests, has them compiled, asks the
 * policy and publishes. Repeats that on the server's events, and with a growing delay while the server does not
 * respond. Each session has an instance of its own; `close` aborts its requests and ignores their results.
 */
export class HostSync {
  readonly #parts: SyncParts;
  readonly #session: Session;
  readonly #hostVersion: string;
  readonly #discovery: ManifestDiscovery;
  readonly #abort = new primitives.AbortController();
  #running: Promise<void> | null = null;
  #again = false;
  /** True if the policy must be asked even if the list did not change. */
  #policyNeeded = true;
  /** Counts evictions, so that a list requested before an eviction cannot restore the plugin. */
  #evictions = 0;
  readonly #evictedAt = new Map<string, { readonly at: number; readonly version: string | null }>();

  constructor(parts: SyncParts, session: Session, hostVersion: string) {
    this.#parts = parts;
    this.#session = session;
    this.#hostVersion = hostVersion;
    this.#discovery = new ManifestDiscovery(parts.transport);
  }

  close(reason: SessionError): void {
    this.#abort.abort(reason);
  }

  /** Runs one sync. Only one runs at a time; a call during a run makes it repeat once. */
  run(): Promise<void> {
    if (this.#running !== null) {
      this.#again = true;
      return this.#running;
    }
    this.#parts.retry.cancel();
    const running = this.#rounds().finally(() => {
      if (this.#running === running) this.#running = null;
    });
    this.#running = running;
    return running;
  }

  /** Waits for the current run, or starts the first one. */
  settled(): Promise<void> {
    return this.#running ?? this.run();
  }

  /** Asks the policy again, even if the list did not change. */
  refresh(): Promise<void> {
    this.#policyNeeded = true;
    return this.run();
  }

  onEvent(event: Exclude<HostEvent, { type: 'session' }>): void {
    const { publisher } = this.#parts;
    switch (event.type) {
      case 'evict':
        this.#evicted(event.pluginId, event.version, event.reason);
        publisher.publish();
        break;
      case 'restore':
        this.#evictedAt.delete(event.pluginId);
        // Stamps that were made with the key from before the quarantine are invalid for this plugin.
        void this.#parts.pageKey.renew();
        void this.refresh();
        break;
      case 'hello':
        for (const id of event.quarantined) this.#evicted(id, null, 'quarantined by an operator');
        publisher.publish();
        void this.run();
        break;
      case 'missed':
        void this.#fetchTheme();
        void this.run();
        break;
      case 'manifests':
        void this.run();
        break;
      case 'theme': {
        const theme = readTheme(event.theme);
        if (theme !== null) publisher.setTheme(theme);
        break;
      }
    }
  }

  async #rounds(): Promise<void> {
    do {
      this.#again = false;
      await this.#round();
    } while (this.#again && !this.#abort.signal.aborted);
  }

  async #round(): Promise<void> {
    const { registry, events, keeper, publisher, retry } = this.#parts;
    const { signal } = this.#abort;
    if (signal.aborted) return;
    // Opens the stream before the list is fetched, so that no event between the two is missed.
    events?.start();
    const theme = publisher.getSnapshot().theme === null ? this.#fetchTheme() : null;
    const evictions = this.#evictions;
    let entries: readonly Entry[] = [];
    try {
      const found = await this.#discovery.fetch(signal);
      if (signal.aborted) return;
      if (found.unchanged && !this.#policyNeeded && !this.#anyQuarantined()) {
        // The result of the last full run is still valid, and a failure since then is over.
        retry.reset();
        return publisher.setStatus('ready', null);
      }
      this.#policyNeeded = false;
      entries = registry.prepare(found.manifests, this.#hostVersion);
      const answer = await this.#askPolicy(entries);
      if (signal.aborted) return registry.discard(entries);
      // Fail closed: an earlier permission does not hold when the policy cannot be asked.
      registry.adopt(entries, answer.ok ? answer.permits : null);
      if (answer.ok) retry.reset();
      else this.#policyNeeded = true;
      for (const [id, { at, version }] of this.#evictedAt) {
        if (at > evictions) this.#evict(id, version, 'quarantined while the list was being fetched');
        else this.#evictedAt.delete(id);
      }
      await theme;
      if (signal.aborted) return;
      if (answer.ok) publisher.setStatus('ready', null);
      else this.#pdpUnavailable(`${answer.code}: ${answer.detail}`);
    } catch (error) {
      registry.discard(entries);
      // On a 401, find out first whether the session has ended.
      if (error instanceof HttpError && error.status === 401) await keeper.refresh().catch(() => {});
      if (signal.aborted) return;
      publisher.serverUnreachable(error);
      retry.later(() => this.run());
    }
  }

  async #askPolicy(
    entries: readonly Entry[],
  ): Promise<{ ok: true; permits: ReadonlyMap<Entry, Permits> } | { ok: false; code: string; detail: string }> {
    const { core, transport } = this.#parts;
    const asked = entries.flatMap((entry) =>
      entry.rejection === null && entry.policy !== null ? [{ entry, policy: entry.policy }] : [],
    );
    const policies = asked.map(({ policy }) => policy);
    const answer = await askPolicy(core, transport, this.#session, policies, this.#abort.signal);
    if (!answer.ok) return answer;
    const permits = new Map<Entry, Permits>();
    asked.forEach(({ entry }, index) => {
      const permit = answer.permits[index];
      if (permit !== undefined) permits.set(entry, permit);
    });
    return { ok: true, permits };
  }

  #pdpUnavailable(reason: string): void {
    this.#parts.publisher.setStatus('pdp-unavailable', {
      code: 'SDK_PDP_UNAVAILABLE',
      severity: 'error',
      message: `the policy could not be asked (${reason}); nothing is mounted until it responds`,
    });
    this.#parts.retry.later(() => this.run());
  }

  async #fetchTheme(): Promise<void> {
    const { signal } = this.#abort;
    try {
      const response = await this.#parts.transport.send({ target: '/api/configs/ui', signal });
      const text = await response.text();
      const theme = response.ok ? readTheme(parseJson(text)) : null;
      if (theme !== null && !signal.aborted) this.#parts.publisher.setTheme(theme);
    } catch {
      // The page works without a theme.
    }
  }

  #anyQuarantined(): boolean {
    return this.#parts.registry.entries.some((entry) => entry.record.state === 'quarantined');
  }

  #evicted(id: string, version: string | null, reason: string): void {
    this.#evictedAt.set(id, { at: ++this.#evictions, version });
    this.#evict(id, version, reason);
  }

  #evict(id: string, version: string | null, reason: string): void {
    this.#parts.registry.evict(id, version, {
      code: 'PLUGIN_QUARANTINED',
      severity: 'warning',
      pluginId: id,
      message: `${id} is quarantined${reason === '' ? '' : `: ${reason}`}`,
    });
  }
}
