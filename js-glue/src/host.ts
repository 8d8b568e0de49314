import { type Core, loadCore } from './core/index.js';
import type { Decision } from './decision.js';
import { captureEnvironment, missingGlobals, noPageError } from './environment.js';
import { PluginError, SessionError, TargetError } from './errors.js';
import type { HostEvent } from './host_event.js';
import { buildParts, type HostParts } from './host_parts.js';
import { createHandle } from './host_port.js';
import { HostPublisher } from './host_publisher.js';
import { HostSync } from './host_sync.js';
import type { Host, HostEnvironment, HostHandle, HostOptions, HostState, LoadedPlugin, Session } from './host_types.js';
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
 * Creates the plugin host of this page; one per page is enough. It captures what it needs from the page (fetch, the
 * document, the boot token) immediately, so create it before any third-party code runs. From then on no code can
 * replace the methods of the page's arrays, maps and promises, or add to `Object.prototype`.
 *
 * It sends no request, loads no core and imports nothing until `start()`. Never throws, not even outside a page
 * (server-side rendering): there `start()` ends in status `failed` with a problem that says what is missing.
 */
export function createHost(options: HostOptions = {}): Host {
  markCreated();
  lockPage();
  return new PluginHost(options);
}

/** The public interface: follows the session and dispatches calls. `HostSync` does the work of one session. */
class PluginHost implements Host {
  readonly handle: HostHandle = createHandle(this);
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
  /** The sync of the current session; each session has its own. */
  #sync: HostSync | null = null;
  #starting: Promise<void> | null = null;
  #closed = false;
  /** The core failed to load, so nothing can be mounted for any session. */
  #broken = false;
  /** A `close()` that has been requested but not carried out. */
  #closing: Promise<void> | null = null;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#env = captureEnvironment(options);
    this.#publisher = new HostPublisher(this.#env, options.onProblem, () => this.#parts?.registry ?? null);
    const onSession = (session: Session | null): void => this.#onSession(session);
    this.#session = new SessionKeeper(this.#env, onSession, () => this.#onRenewed());
    const csrfToken = (): string | null => this.#session.csrfToken;
    this.#pageKey = new PageKey(this.#env, csrfToken, (stale) => this.#publisher.setStale(stale));
    this.#transport = new Transport(this.#env, this.#session, this.#pageKey);
    this.#retry = new Retry(this.#env);
    this.#watch = new SessionWatch(this.#env, () => this.#checkSession());
    const unwatchShown = this.#env.onWake?.(() => this.#onShown());
    const unwatchLife = this.#env.onPageLife?.({
      hide: (sleeps) => this.#pageKey.hide(sleeps),
      wake: () => this.#onRestored(),
    });
    const unwatchViolations = watchViolations(
      this.#env,
      this.#publisher,
      this.#transport,
      () => this.#parts?.registry.entries.flatMap(({ id, instance }) => (instance === null ? [] : [id])) ?? [],
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
    const missing = missingGlobals(this.#env);
    if (missing.length > 0) {
      const { code, message } = noPageError(missing);
      return this.#publisher.setStatus('failed', { code, severity: 'error', message });
    }
    this.#publisher.publish({ status: 'starting' });
    // The session does not need the core, so both load at the same time.
    const session = this.#session.refresh().then(
      () => null,
      (error: unknown) => ({ error }),
    );
    let core: Core;
    try {
      core = await (this.#options.core ?? loadCore());
    } catch (cause) {
      if (this.#closed) return;
      const message = 'the core could not be loaded, so no plugin can be mounted';
      this.#broken = true;
      this.#publisher.setStatus('failed', { code: 'SDK_CORE_FAILED', severity: 'error', message, cause });
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
    // React's StrictMode runs an effect, its clean-up and the effect again in one task; the host then stays open.
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
    if (!canonical.ok) throw new TargetError(`${path} is not a valid path (${canonical.code})`);
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

  /** Asks the server who is signed in, then continues from there. */
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
    this.#publisher.serverUnreachable(cause);
    this.#retry.later(() => this.#signIn());
  }

  async #enter(): Promise<void> {
    if (this.#closed || this.#parts === null) return;
    const sync = this.#syncOf(this.#parts);
    if (sync === null) this.#publisher.setStatus('signed-out', null);
    // Reading the session may already have started the sync; one run is enough.
    else await sync.settled();
  }

  /** The sync of the current session; null if nobody is signed in. */
  #syncOf(parts: HostParts): HostSync | null {
    const session = this.#session.current;
    if (session === null) return null;
    this.#sync ??= new HostSync(parts, session, this.#options.experienceVersion ?? session.experienceVersion);
    return this.#sync;
  }

  #onSession(session: Session | null): void {
    if (this.#closed || this.#broken) return;
    this.#pageKey.startSession(session !== null);
    this.#sync?.close(new SessionError('SDK_SESSION_REQUIRED', 'the session changed'));
    this.#sync = null;
    this.#retry.reset();
    const parts = this.#parts;
    if (parts !== null) {
      parts.events?.stop();
      // Telemetry of the previous session must not be sent in another one.
      for (const telemetry of telemetryOf(parts.registry)) telemetry.drop();
      parts.registry.clear();
    }
    if (session === null) this.#watch.ended();
    else this.#watch.settled();
    this.#publisher.startSession(session, session === null && parts !== null ? 'signed-out' : 'starting');
    // While start() waits for the core, it continues on its own.
    if (parts !== null) void this.#syncOf(parts)?.run();
  }

  /** The same person has a new session: the page key and the channel key ended with the old one. */
  #onRenewed(): void {
    if (this.#closed) return;
    this.#pageKey.startSession(true);
    this.#parts?.events?.restart();
  }

  #onHostEvent(event: HostEvent): void {
    if (this.#closed) return;
    if (event.type === 'session') this.#watch.reported();
    else this.#sync?.onEvent(event);
  }

  /** Asks the server who is signed in. Resolves with whether that changed. */
  async #checkSession(): Promise<boolean> {
    if (this.#closed || this.#parts === null) return false;
    const before = this.#session.current;
    await this.#session.refresh().catch(() => {});
    return this.#session.current !== before;
  }

  #onShown(): void {
    this.#watch.shown();
    this.#parts?.events?.wake();
  }

  /** The page is back from the back/forward cache: the session and the quarantines may have changed meanwhile. */
  #onRestored(): void {
    if (this.#closed) return;
    this.#pageKey.wake();
    this.#watch.reported();
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
      throw new SessionError('SDK_NOT_STARTED', 'the host is not started, or is closed');
    }
    return this.#parts;
  }
}

function unknown(pluginId: string): PluginError {
  return new PluginError('PLUGIN_UNKNOWN', pluginId, `unknown plugin ${pluginId}`);
}

function telemetryOf(registry: Registry): readonly Telemetry[] {
  return registry.entries.flatMap(({ instance }) => (instance === null ? [] : [instance.telemetry]));
}
