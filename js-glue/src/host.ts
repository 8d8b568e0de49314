import { Backoff } from './backoff.js';
import { readExports } from './bundle_exports.js';
import { BundleLoader } from './bundle_loader.js';
import { type Core, loadCore, type SubscriptionLedger } from './core/index.js';
import type { Decision } from './decision.js';
import { ManifestDiscovery } from './discovery.js';
import { captureEnvironment } from './environment.js';
import { HttpError, isPortcullisError, PluginError, SessionError, TargetError } from './errors.js';
import { askGate, type Permits } from './gate.js';
import { type HostEvent, HostEvents } from './host_events.js';
import type { Host, HostEnvironment, HostOptions, HostState, LoadedPlugin, Session } from './host_types.js';
import { createPluginSdk } from './plugin_sdk.js';
import type { HostProblem } from './problems.js';
import { queryBridgeOf, queryKeyOf } from './query_bridge.js';
import { type Entry, Registry } from './registry.js';
import { SessionKeeper } from './session.js';
import { Store } from './store.js';
import { toTarget } from './target.js';
import { readTheme } from './theme.js';
import { type Call, Transport } from './transport.js';
import { claimTrustedTypes } from './trusted_types.js';
import { parseJson } from './wire.js';

const RETRY_MS = 1_000;
const MAX_RETRY_MS = 15_000;
const PROBLEMS_KEPT = 100;

/** What exists once the core is loaded. */
interface Parts {
  readonly core: Core;
  readonly registry: Registry;
  readonly loader: BundleLoader;
  readonly ledger: SubscriptionLedger;
  readonly events: HostEvents | null;
}

/** Creates a host. Nothing happens until `start()`. */
export function createHost(options: HostOptions = {}): Host {
  claimTrustedTypes();
  return new PluginHost(options);
}

class PluginHost implements Host {
  readonly #options: HostOptions;
  readonly #env: HostEnvironment;
  readonly #store = new Store();
  readonly #session: SessionKeeper;
  readonly #transport: Transport;
  readonly #discovery: ManifestDiscovery;
  readonly #backoff: Backoff;
  #parts: Parts | null = null;
  #starting: Promise<void> | null = null;
  #closed = false;
  #retryTimer: unknown = null;
  /** Aborted when the person changes or the host closes: whatever is on its way is of the past. */
  #era = new AbortController();
  #syncing: Promise<void> | null = null;
  #syncAgain = false;
  /** Counts evictions, so that a list that was asked for before one cannot bring the plugin back. */
  #evictions = 0;
  readonly #evictedAt = new Map<string, number>();
  #runtimeProblems: readonly HostProblem[] = [];
  /** Why the status is not `ready`. */
  #statusProblem: HostProblem | null = null;
  /** Whether the policy has to be asked even when the list did not change. */
  #gateNeeded = true;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#env = captureEnvironment(options);
    this.#session = new SessionKeeper(this.#env, (session) => this.#onSession(session));
    this.#transport = new Transport(this.#env, this.#session);
    this.#discovery = new ManifestDiscovery(this.#transport);
    this.#backoff = new Backoff({ baseMs: RETRY_MS, maxMs: MAX_RETRY_MS, random: this.#env.random });
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);

  readonly getSnapshot = (): HostState => this.#store.getSnapshot();

  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    this.#store.update({ status: 'starting' });
    // The session does not need the core: both are on their way at once.
    const session = this.#session.refresh().then(
      () => null,
      (error: unknown) => ({ error }),
    );
    let core: Core;
    try {
      core = await (this.#options.core ?? loadCore());
    } catch (cause) {
      if (this.#closed) return;
      this.#fail('SDK_CORE_FAILED', 'the core could not be loaded; nothing can be mounted', cause);
      return;
    }
    if (this.#closed) return;
    this.#parts = this.#build(core);
    const failed = await session;
    if (failed !== null) this.#retry(() => this.#signIn(), 'SDK_DISCOVERY_FAILED', failed.error);
    else await this.#enter();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#era.abort(new SessionError('SDK_NOT_STARTED', 'the host was closed'));
    this.#env.clearTimeout(this.#retryTimer);
    this.#parts?.events?.close();
    this.#parts?.registry.clear();
    this.#parts?.ledger.free();
    this.#publish({ status: 'closed' });
  }

  refresh(): Promise<void> {
    this.#assertStarted();
    if (this.#session.current === null) return this.#signIn();
    this.#gateNeeded = true;
    return this.#sync();
  }

  async login(user: string, password: string): Promise<Session> {
    this.#assertStarted();
    const session = await this.#session.login(user, password);
    this.#parts?.events?.announceSession();
    return session;
  }

  async logout(): Promise<void> {
    this.#assertStarted();
    await this.#session.logout((call) => this.#transport.send(call));
    this.#parts?.events?.announceSession();
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const { core } = this.#assertStarted();
    const canonical = core.canonicalize(toTarget(path, this.#env.origin));
    if (!canonical.ok) throw new TargetError(`${path} is no path that can be called (${canonical.code})`);
    const call: Call = {
      target: canonical.target,
      method: String(init.method ?? 'GET').toUpperCase(),
      headers: init.headers,
      body: init.body,
      signal: init.signal,
      cache: init.cache,
      ...(init.keepalive === undefined ? {} : { keepalive: init.keepalive }),
    };
    return this.#transport.send(call);
  }

  explain(pluginId: string, method: string, target: string): Decision {
    return this.#policyOf(pluginId).decide(method, toTarget(target, this.#env.origin));
  }

  explainTopic(pluginId: string, topic: string): Decision {
    return this.#policyOf(pluginId).decideTopic(toTarget(topic, this.#env.origin));
  }

  report(problem: HostProblem): void {
    this.#runtimeProblems = [...this.#runtimeProblems, Object.freeze(problem)].slice(-PROBLEMS_KEPT);
    this.#publish({});
    this.#tell(problem);
  }

  loaded(pluginId: string): LoadedPlugin | null {
    return this.#parts?.registry.find(pluginId)?.loaded ?? null;
  }

  async load(pluginId: string): Promise<LoadedPlugin> {
    const { registry } = this.#assertStarted();
    const entry = registry.find(pluginId);
    if (entry === null) throw new PluginError('PLUGIN_UNKNOWN', pluginId, `no plugin ${pluginId} is known`);
    if (entry.loaded !== null) return entry.loaded;
    if (entry.loading === null) {
      const loading = this.#load(entry).finally(() => {
        if (entry.loading === loading) entry.loading = null;
      });
      entry.loading = loading;
    }
    return entry.loading;
  }

  async unload(pluginId: string): Promise<void> {
    const { registry } = this.#assertStarted();
    const entry = registry.find(pluginId);
    if (entry === null) return;
    registry.unload(entry);
    this.#publish({});
  }

  #build(core: Core): Parts {
    return {
      core,
      registry: new Registry(core, {
        onClosed: (pluginId) => this.#forgetQueries(pluginId),
        // Both ways round: a contributed `/x/:id` shadows the host's `/x/new`, and the other way.
        isHostRoute: (path) =>
          (this.#options.hostRoutes ?? []).some(
            (own) => own === path || core.matchesTemplate(own, path) || core.matchesTemplate(path, own),
          ),
      }),
      loader: new BundleLoader(core, this.#env, this.#transport),
      ledger: core.createLedger(),
      events:
        this.#options.events === false
          ? null
          : new HostEvents(this.#env, core, this.#transport, (event) => this.#onHostEvent(event)),
    };
  }

  /** Asks who is signed in, and goes on from there. */
  async #signIn(): Promise<void> {
    try {
      await this.#session.refresh();
    } catch (error) {
      this.#retry(() => this.#signIn(), 'SDK_DISCOVERY_FAILED', error);
      return;
    }
    await this.#enter();
  }

  async #enter(): Promise<void> {
    if (this.#closed || this.#parts === null) return;
    if (this.#session.current === null) {
      this.#become('signed-out', null);
      return;
    }
    // Learning who is signed in may have started it already; once is enough.
    await (this.#syncing ?? this.#sync());
  }

  #onSession(session: Session | null): void {
    if (this.#closed) return;
    this.#era.abort(new SessionError('SDK_SESSION_REQUIRED', 'the session changed'));
    this.#era = new AbortController();
    this.#syncing = null;
    this.#syncAgain = false;
    this.#env.clearTimeout(this.#retryTimer);
    this.#backoff.reset();
    this.#discovery.reset();
    this.#evictedAt.clear();
    this.#runtimeProblems = [];
    this.#statusProblem = null;
    this.#gateNeeded = true;
    this.#parts?.events?.stop();
    this.#parts?.registry.clear();
    if (session === null) {
      this.#publish({ status: this.#parts === null ? 'starting' : 'signed-out', session: null, theme: null });
      return;
    }
    this.#publish({ status: 'starting', session });
    // While start() waits for the core it goes on by itself.
    if (this.#parts !== null) void this.#sync();
  }

  /** Lists, compiles, asks the policy, publishes. One at a time; asked again meanwhile: once more. */
  #sync(): Promise<void> {
    if (this.#syncing !== null) {
      this.#syncAgain = true;
      return this.#syncing;
    }
    this.#env.clearTimeout(this.#retryTimer);
    const { signal } = this.#era;
    const run = async (): Promise<void> => {
      do {
        this.#syncAgain = false;
        await this.#syncOnce(signal);
      } while (this.#syncAgain && !signal.aborted);
    };
    const syncing = run().finally(() => {
      if (this.#syncing === syncing) this.#syncing = null;
    });
    this.#syncing = syncing;
    return syncing;
  }

  async #syncOnce(signal: AbortSignal): Promise<void> {
    const parts = this.#parts;
    const session = this.#session.current;
    if (parts === null || session === null) return;
    // First, so that no event is missed between the list and the stream.
    parts.events?.start();
    const theme = this.getSnapshot().theme === null ? this.#fetchTheme(signal) : null;
    const evictions = this.#evictions;
    let entries: readonly Entry[] = [];
    try {
      const found = await this.#discovery.fetch(signal);
      if (signal.aborted) return;
      if (found.unchanged && !this.#gateNeeded && !this.#anyQuarantined(parts)) return;
      this.#gateNeeded = false;
      const version = this.#options.experienceVersion ?? session.experienceVersion;
      entries = parts.registry.prepare(found.manifests, version);
      const asked = entries.flatMap((entry) =>
        entry.fixed === null && entry.policy !== null
          ? [{ entry, manifest: entry.manifest, policy: entry.policy }]
          : [],
      );
      const answer = await askGate(parts.core, this.#transport, session, asked, signal);
      if (signal.aborted) return parts.registry.discard(entries);
      const permits = new Map<Entry, Permits>();
      if (answer.ok) {
        asked.forEach(({ entry }, index) => {
          const permit = answer.permits[index];
          if (permit !== undefined) permits.set(entry, permit);
        });
        this.#backoff.reset();
        parts.registry.adopt(entries, permits);
      } else {
        this.#gateNeeded = true;
        // Fail closed: what was permitted before is not permitted by an answer that nobody has.
        parts.registry.adopt(entries, null);
      }
      for (const [id, at] of this.#evictedAt) {
        if (at > evictions) this.#evict(id, null, 'quarantined while the list was on its way');
        else this.#evictedAt.delete(id);
      }
      await theme;
      if (signal.aborted) return;
      if (answer.ok) this.#become('ready', null);
      else this.#pdpUnavailable(answer.code, answer.detail);
    } catch (error) {
      parts.registry.discard(entries);
      // A 401 is a question of the session first.
      if (error instanceof HttpError && error.status === 401) await this.#session.refresh().catch(() => {});
      if (signal.aborted || this.#closed) return;
      this.#retry(() => this.#sync(), 'SDK_DISCOVERY_FAILED', error);
    }
  }

  #anyQuarantined(parts: Parts): boolean {
    return parts.registry.entries.some((entry) => entry.record.state === 'quarantined');
  }

  #pdpUnavailable(code: HostProblem['code'], detail: string): void {
    this.#become('pdp-unavailable', {
      code: 'SDK_PDP_UNAVAILABLE',
      severity: 'error',
      message: `the policy could not be asked (${code}: ${detail}); nothing is mounted until it can`,
    });
    this.#schedule(() => this.#sync());
  }

  /** Nothing could be found out: says so, and tries again. What is mounted stays. */
  #retry(again: () => Promise<void>, code: HostProblem['code'], cause: unknown): void {
    if (this.#closed) return;
    const { status } = this.getSnapshot();
    const message = `the server gave no answer: ${isPortcullisError(cause) ? cause.message : String(cause)}`;
    this.#become(status === 'ready' ? 'ready' : 'failed', { code, severity: 'error', message, cause });
    this.#schedule(again);
  }

  #schedule(again: () => Promise<void>): void {
    this.#env.clearTimeout(this.#retryTimer);
    const { signal } = this.#era;
    this.#retryTimer = this.#env.setTimeout(() => {
      if (!signal.aborted) void again();
    }, this.#backoff.next());
  }

  #fail(code: HostProblem['code'], message: string, cause: unknown): void {
    this.#become('failed', { code, severity: 'error', message, cause });
  }

  async #fetchTheme(signal: AbortSignal): Promise<void> {
    try {
      const response = await this.#transport.send({ target: '/api/configs/ui', signal });
      const text = await response.text();
      const theme = response.ok ? readTheme(parseJson(text)) : null;
      if (theme !== null && !signal.aborted) this.#store.update({ theme });
    } catch {
      // A page without a theme is still a page.
    }
  }

  #onHostEvent(event: HostEvent): void {
    if (this.#closed) return;
    if (event.type === 'session') {
      this.#session.refresh().catch(() => {});
      return;
    }
    if (this.#session.current === null) return;
    switch (event.type) {
      case 'evict':
        this.#evictedAt.set(event.pluginId, ++this.#evictions);
        this.#evict(event.pluginId, event.version, event.reason);
        this.#publish({});
        break;
      case 'restore':
        this.#evictedAt.delete(event.pluginId);
        this.#gateNeeded = true;
        void this.#sync();
        break;
      case 'hello':
        for (const id of event.quarantined) {
          this.#evictedAt.set(id, ++this.#evictions);
          this.#evict(id, null, 'quarantined by an operator');
        }
        this.#publish({});
        void this.#sync();
        break;
      case 'manifests':
        void this.#sync();
        break;
      case 'theme': {
        const theme = readTheme(event.theme);
        if (theme !== null) this.#store.update({ theme });
        break;
      }
    }
  }

  #evict(id: string, version: string | null, reason: string): void {
    this.#parts?.registry.evict(id, version, {
      code: 'PLUGIN_QUARANTINED',
      severity: 'warning',
      pluginId: id,
      message: `${id} is quarantined${reason === '' ? '' : `: ${reason}`}`,
    });
  }

  async #load(entry: Entry): Promise<LoadedPlugin> {
    const { core, registry, loader, ledger } = this.#assertStarted();
    const { state, problem } = entry.record;
    const nothing = entry.routes.length + entry.widgets.length === 0;
    if (entry.fixed !== null || entry.policy === null || nothing) {
      const code =
        state === 'quarantined'
          ? 'PLUGIN_QUARANTINED'
          : state === 'incompatible'
            ? 'SDK_INCOMPATIBLE'
            : entry.fixed === null
              ? 'SDK_PDP_DENIED'
              : 'MANIFEST_INVALID';
      throw new PluginError(code, entry.id, problem?.message ?? `${entry.id} is ${state}`);
    }
    const life = createPluginSdk({
      pluginId: entry.id,
      core,
      env: this.#env,
      transport: this.#transport,
      policy: entry.policy,
      ledger,
      queryBridge: () => queryBridgeOf(this),
    });
    entry.life = life;
    registry.setState(entry, 'loading');
    this.#publish({});
    // Quarantined or replaced while it was on its way: the code may have run, but nothing mounts.
    const assertWanted = (): void => {
      if (entry.life === life) return;
      throw new PluginError('SDK_PLUGIN_UNLOADED', entry.id, `${entry.id} was unloaded while it was loading`);
    };
    try {
      const { url, integrity } = entry.manifest.bundle;
      const module = await loader.load({ pluginId: entry.id, url, integrity });
      assertWanted();
      const components = await readExports(entry.id, module, life.sdk);
      assertWanted();
      const loaded: LoadedPlugin = Object.freeze({
        id: entry.id,
        version: entry.manifest.version,
        manifest: entry.manifest,
        routes: components.routes,
        widgets: components.widgets,
        sdk: life.sdk,
      });
      entry.loaded = loaded;
      registry.setState(entry, 'loaded');
      this.#publish({});
      return loaded;
    } catch (error) {
      if (entry.life === life) {
        life.close();
        entry.life = null;
        const failure: HostProblem = {
          code: isPortcullisError(error) ? error.code : 'SDK_BUNDLE_FAILED',
          severity: 'error',
          pluginId: entry.id,
          message: error instanceof Error ? error.message : String(error),
          cause: error,
        };
        registry.setState(entry, 'failed', failure);
        this.report(failure);
      }
      throw error;
    }
  }

  #forgetQueries(pluginId: string): void {
    const client = queryBridgeOf(this)?.client ?? this.#options.queryClient;
    if (client === undefined) return;
    const filters = { queryKey: queryKeyOf(pluginId) };
    client.cancelQueries(filters).catch(() => {});
    client.removeQueries(filters);
  }

  #policyOf(pluginId: string): NonNullable<Entry['policy']> {
    const policy = this.#assertStarted().registry.find(pluginId)?.policy ?? null;
    if (policy === null) throw new PluginError('PLUGIN_UNKNOWN', pluginId, `no plugin ${pluginId} is known`);
    return policy;
  }

  #assertStarted(): Parts {
    if (this.#parts === null || this.#closed) {
      throw new SessionError('SDK_NOT_STARTED', 'the host is not started, or closed');
    }
    return this.#parts;
  }

  #become(status: HostState['status'], problem: HostProblem | null): void {
    const told = this.#statusProblem;
    this.#statusProblem = problem;
    this.#publish({ status });
    if (problem !== null && (told?.code !== problem.code || told.message !== problem.message)) this.#tell(problem);
  }

  #tell(problem: HostProblem): void {
    try {
      this.#options.onProblem?.(problem);
    } catch (error) {
      this.#env.console.error('portcullis: onProblem threw', error);
    }
  }

  #publish(patch: Partial<HostState>): void {
    const registry = this.#parts?.registry;
    const entries = registry?.entries ?? [];
    const quarantined = entries.flatMap(({ record }) =>
      record.state === 'quarantined' && record.problem !== undefined ? [record.problem] : [],
    );
    this.#store.update({
      plugins: entries.map((entry) => entry.record),
      routes: entries.flatMap((entry) => entry.routes),
      widgets: entries.flatMap((entry) => entry.widgets),
      problems: [
        ...(this.#statusProblem === null ? [] : [this.#statusProblem]),
        ...(registry?.problems ?? []),
        ...quarantined,
        ...this.#runtimeProblems,
      ],
      session: this.#session.current,
      ...patch,
    });
  }
}
