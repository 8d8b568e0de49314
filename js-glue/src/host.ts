import { type Core, loadCore } from './core/index.js';
import type { Decision } from './decision.js';
import { captureEnvironment, missingOf, outsideOfAPage } from './environment.js';
import { PluginError, SessionError, TargetError } from './errors.js';
import type { HostEvent } from './host_event.js';
import { buildParts, type HostParts } from './host_parts.js';
import { HostPublisher } from './host_publisher.js';
import { HostSync } from './host_sync.js';
import type { Host, HostEnvironment, HostOptions, HostState, LoadedPlugin, Session } from './host_types.js';
import { lockPage } from './lock_page.js';
import { PageKey } from './page_key.js';
import { loadPlugin } from './plugin_loading.js';
import type { HostProblem } from './problems.js';
import { queryBridgeOf, queryKeyOf } from './query_bridge.js';
import type { Entry, Registry } from './registry.js';
import { Retry } from './retry.js';
import { SessionKeeper } from './session.js';
import { SessionWatch } from './session_watch.js';
import { toTarget } from './target.js';
import { holdTelemetry, type Telemetry } from './telemetry.js';
import { markCreated } from './timing.js';
import { type Call, Transport } from './transport.js';
import { watchViolations } from './violations.js';

/**
 * Creates the host of plugins on this page; one is enough. It takes what it needs from the page (fetch,
 * the document, the boot token) at once, so create it before any code that is not yours runs; from
 * then on the page's lists, maps, promises and `Object.prototype` can be changed by nobody.
 * It asks the server nothing, loads no core and imports nothing until `start()`. Never throws, outside of a page (server-side rendering) neither:
 * there `start()` ends in the status `failed` with a problem that says what is missing.
 */
export function createHost(options: HostOptions = {}): Host {
  markCreated();
  lockPage();
  return new PluginHost(options);
}

/** The public face: who is signed in, and whom to ask. What a session shows is `HostSync`'s work. */
class PluginHost implements Host {
  readonly #options: HostOptions;
  readonly #env: HostEnvironment;
  readonly #publisher: HostPublisher;
  readonly #session: SessionKeeper;
  readonly #pageKey: PageKey;
  readonly #transport: Transport;
  readonly #retry: Retry;
  readonly #watch: SessionWatch;
  readonly #unwatch: () => void;
  #parts: HostParts | null = null;
  /** Of the session that there is now; another session has another one. */
  #sync: HostSync | null = null;
  #starting: Promise<void> | null = null;
  #closed = false;
  /** There is no core, and will be none: whoever is signed in. */
  #broken = false;
  /** Asked for, and not done yet. */
  #closing: Promise<void> | null = null;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#env = captureEnvironment(options);
    this.#publisher = new HostPublisher(this.#env, options.onProblem, () => this.#parts?.registry ?? null);
    const onSession = (session: Session | null): void => this.#onSession(session);
    this.#session = new SessionKeeper(this.#env, onSession, () => this.#onRenewed());
    const csrfToken = (): string | null => this.#session.csrfToken;
    this.#pageKey = new PageKey(this.#env, csrfToken, (stale) => this.#publisher.showStale(stale));
    this.#transport = new Transport(this.#env, this.#session, this.#pageKey);
    this.#retry = new Retry(this.#env);
    this.#watch = new SessionWatch(this.#env, () => this.#askWhoIsThere());
    const unwatchShown = this.#env.onWake?.(() => this.#onShown());
    const unwatchLife = this.#env.onPageLife?.({
      hide: (sleeps) => this.#pageKey.hide(sleeps),
      wake: () => this.#onWoken(),
    });
    const unwatchViolations = watchViolations(
      this.#env,
      this.#publisher,
      this.#transport,
      () => this.#parts?.registry.entries.flatMap(({ id, life }) => (life === null ? [] : [id])) ?? [],
    );
    this.#unwatch = () => {
      unwatchShown?.();
      unwatchLife?.();
      unwatchViolations();
      this.#watch.close();
    };
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#publisher.subscribe(listener);

  readonly getSnapshot = (): HostState => this.#publisher.getSnapshot();

  start(): Promise<void> {
    this.#closing = null;
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    const missing = missingOf(this.#env);
    if (missing.length > 0) {
      const { code, message } = outsideOfAPage(missing);
      return this.#publisher.become('failed', { code, severity: 'error', message });
    }
    this.#publisher.publish({ status: 'starting' });
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
      const message = 'the core could not be loaded; nothing can be mounted';
      this.#broken = true;
      this.#publisher.become('failed', { code: 'SDK_CORE_FAILED', severity: 'error', message, cause });
      return;
    }
    if (this.#closed) return;
    const basis = {
      env: this.#env,
      transport: this.#transport,
      publisher: this.#publisher,
      pageKey: this.#pageKey,
      keeper: this.#session,
      retry: this.#retry,
    };
    this.#parts = buildParts(core, basis, this.#options, {
      onEvent: (event) => this.#onHostEvent(event),
      onSessionHint: () => this.#watch.hint(),
      onClosed: (pluginId) => this.#forgetQueries(pluginId),
      queryBridge: () => queryBridgeOf(this),
    });
    const failed = await session;
    if (failed === null) await this.#enter();
    else this.#signInLater(failed.error);
  }

  close(): Promise<void> {
    // React's StrictMode runs an effect, its clean-up and the effect again in a row: then the host just goes on.
    const closing = Promise.resolve().then(() => {
      if (this.#closing === closing) this.#close();
    });
    this.#closing = closing;
    return closing;
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#sync?.close(new SessionError('SDK_NOT_STARTED', 'the host was closed'));
    this.#sync = null;
    this.#retry.cancel();
    this.#unwatch();
    this.#parts?.events?.close();
    this.#pageKey.close();
    this.#parts?.registry.clear();
    this.#parts?.ledger.free();
    this.#publisher.publish({ status: 'closed' });
  }

  refresh(): Promise<void> {
    const sync = this.#syncOf(this.#assertStarted());
    return sync === null ? this.#signIn() : sync.refresh();
  }

  async login(user: string, password: string): Promise<Session> {
    this.#assertStarted();
    const session = await this.#session.login(user, password);
    this.#parts?.events?.announceSession();
    return session;
  }

  async logout(): Promise<void> {
    const { registry } = this.#assertStarted();
    const release = await holdTelemetry(this.#env, telemetryOf(registry));
    try {
      await this.#session.logout((call) => this.#transport.send(call));
    } catch (error) {
      release();
      throw error;
    }
    this.#watch.settled();
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
      keepalive: init.keepalive,
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
    this.#publisher.report(problem);
  }

  loaded(pluginId: string): LoadedPlugin | null {
    return this.#parts?.registry.find(pluginId)?.loaded ?? null;
  }

  async load(pluginId: string): Promise<LoadedPlugin> {
    const parts = this.#assertStarted();
    const entry = parts.registry.find(pluginId);
    if (entry === null) throw unknown(pluginId);
    return loadPlugin(parts, entry);
  }

  async unload(pluginId: string): Promise<void> {
    const { registry } = this.#assertStarted();
    const entry = registry.find(pluginId);
    if (entry === null) return;
    registry.unload(entry);
    this.#publisher.publish();
  }

  /** Asks who is signed in, and goes on from there. */
  async #signIn(): Promise<void> {
    try {
      await this.#session.refresh();
    } catch (error) {
      this.#signInLater(error);
      return;
    }
    await this.#enter();
  }

  #signInLater(cause: unknown): void {
    if (this.#closed) return;
    this.#publisher.noAnswer(cause);
    this.#retry.later(() => this.#signIn());
  }

  async #enter(): Promise<void> {
    if (this.#closed || this.#parts === null) return;
    const sync = this.#syncOf(this.#parts);
    if (sync === null) this.#publisher.become('signed-out', null);
    // Learning who is signed in may have started it already; once is enough.
    else await sync.settled();
  }

  /** The session's sync; null when nobody is signed in. */
  #syncOf(parts: HostParts): HostSync | null {
    const session = this.#session.current;
    if (session === null) return null;
    this.#sync ??= new HostSync(parts, session, this.#options.experienceVersion ?? session.experienceVersion);
    return this.#sync;
  }

  #onSession(session: Session | null): void {
    if (this.#closed || this.#broken) return;
    this.#pageKey.enter(session !== null);
    this.#sync?.close(new SessionError('SDK_SESSION_REQUIRED', 'the session changed'));
    this.#sync = null;
    this.#retry.reset();
    const parts = this.#parts;
    if (parts !== null) {
      parts.events?.stop();
      // It belongs to the session that is gone: another one must not send it.
      for (const telemetry of telemetryOf(parts.registry)) telemetry.drop();
      parts.registry.clear();
    }
    if (session === null) this.#watch.ended();
    else this.#watch.settled();
    this.#publisher.enter(session, session === null && parts !== null ? 'signed-out' : 'starting');
    // While start() waits for the core it goes on by itself.
    if (parts !== null) void this.#syncOf(parts)?.run();
  }

  /** The same person in another session: page key and channel key ended with the one before. */
  #onRenewed(): void {
    if (this.#closed) return;
    this.#pageKey.enter(true);
    this.#parts?.events?.restart();
  }

  #onHostEvent(event: HostEvent): void {
    if (this.#closed) return;
    if (event.type === 'session') this.#watch.told();
    else this.#sync?.hear(event);
  }

  /** Whether somebody else is signed in than before, or nobody. */
  async #askWhoIsThere(): Promise<boolean> {
    if (this.#closed || this.#parts === null) return false;
    const before = this.#session.current;
    await this.#session.refresh().catch(() => {});
    return this.#session.current !== before;
  }

  #onShown(): void {
    this.#watch.shown();
    this.#parts?.events?.wake();
  }

  /** Out of the back/forward cache: who is signed in, and what is quarantined, may be another by now. */
  #onWoken(): void {
    if (this.#closed) return;
    this.#pageKey.wake();
    this.#watch.told();
    this.#parts?.events?.wake();
    void this.#sync?.run();
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
    if (policy === null) throw unknown(pluginId);
    return policy;
  }

  #assertStarted(): HostParts {
    if (this.#parts === null || this.#closed) {
      throw new SessionError('SDK_NOT_STARTED', 'the host is not started, or closed');
    }
    return this.#parts;
  }
}

function unknown(pluginId: string): PluginError {
  return new PluginError('PLUGIN_UNKNOWN', pluginId, `no plugin ${pluginId} is known`);
}

function telemetryOf(registry: Registry): readonly Telemetry[] {
  return registry.entries.flatMap(({ life }) => (life === null ? [] : [life.telemetry]));
}
