import type { Core } from '../core/index.js';
import { loadCore } from '../core/index.js';
import type { Decision } from '../decision.js';
import { PluginError, SessionError, TargetError } from '../errors.js';
import type { HostEvent } from '../host_event.js';
import { buildParts, type HostParts } from '../host_parts.js';
import { HostPublisher } from '../host_publisher.js';
import { HostSync } from '../host_sync.js';
import type { HostEnvironment, Session, Violation } from '../host_types.js';
import { PageKey } from '../page_key.js';
import type { HostProblem } from '../problems.js';
import type { Entry, Registry } from '../registry.js';
import { Retry } from '../retry.js';
import { SessionKeeper } from '../session.js';
import { SessionWatch } from '../session_watch.js';
import { toTarget } from '../target.js';
import { holdTelemetry, type Telemetry } from '../telemetry.js';
import { type Call, Transport } from '../transport.js';
import { reportViolation } from '../violation_report.js';
import { type PackedCall, packResponse, unpackCall } from './calls.js';
import type { GateOptions, PageSignals } from './environment.js';
import { bundleFailed, bundleLoaded, openPlugin } from './plugin_opening.js';
import type { Port } from './port.js';
import { Rpc } from './rpc.js';
import { SnapshotFeed } from './snapshot_feed.js';

/** What the engine is made of, besides its port. */
export interface EngineParts {
  readonly env: HostEnvironment;
  readonly options: GateOptions;
  readonly signals: PageSignals;
  /** A core that is loaded already; otherwise the engine loads it. */
  readonly core?: Core | Promise<Core> | undefined;
}

/**
 * The gate: judges, stamps and sends every call of a page, and keeps its streams, session, list and policy. It runs in
 * a worker, where no plugin's code ever runs, or within the page where no worker can be had. The page asks through the
 * control port; each plugin has a port of its own (`plugin_opening.ts`), which leads to this plugin's calls only.
 * `HostSync` does the work of one session.
 */
export class GateEngine {
  readonly #env: HostEnvironment;
  readonly #options: GateOptions;
  readonly #core: EngineParts['core'];
  readonly #rpc: Rpc;
  readonly #publisher: HostPublisher;
  readonly #session: SessionKeeper;
  readonly #pageKey: PageKey;
  readonly #transport: Transport;
  readonly #retry: Retry;
  readonly #watch: SessionWatch;
  readonly #unwatch: () => void;
  readonly #told = new Set<string>();
  #parts: HostParts | null = null;
  /** The sync of the current session; each session has its own. */
  #sync: HostSync | null = null;
  #closed = false;
  /** The core failed to load, so nothing can be mounted for any session. */
  #broken = false;

  constructor(port: Port, { env, options, signals, core }: EngineParts) {
    this.#env = env;
    this.#options = options;
    this.#core = core;
    this.#rpc = this.#serve(port, signals);
    const onProblem = (problem: HostProblem): void => this.#rpc.emit('problem', feed.packProblem(problem));
    this.#publisher = new HostPublisher(env, onProblem, () => this.#parts?.registry ?? null);
    const feed = new SnapshotFeed(this.#rpc, this.#publisher);
    const onSession = (session: Session | null): void => this.#onSession(session);
    this.#session = new SessionKeeper(env, onSession, () => this.#onRenewed());
    const csrfToken = (): string | null => this.#session.csrfToken;
    const boot = { token: options.bootToken, spent: () => this.#rpc.emit('spent') };
    this.#pageKey = new PageKey(env, boot, csrfToken, (stale) => this.#publisher.setStale(stale));
    this.#transport = new Transport(env, this.#session, this.#pageKey);
    this.#retry = new Retry(env);
    this.#watch = new SessionWatch(env, () => this.#checkSession());
    const unwatchShown = env.onWake?.(() => this.#onShown());
    const unwatchLife = env.onPageLife?.({
      hide: (sleeps) => this.#pageKey.hide(sleeps),
      wake: () => this.#onRestored(),
    });
    this.#unwatch = () => {
      unwatchShown?.();
      unwatchLife?.();
      this.#watch.close();
    };
  }

  #serve(port: Port, signals: PageSignals): Rpc {
    return new Rpc(port, {
      calls: {
        start: () => this.#start(),
        close: () => this.#close(),
        refresh: () => this.#refresh(),
        login: ({ user, password }: { user: string; password: string }) => this.#login(user, password),
        logout: () => this.#logout(),
        fetch: (call: PackedCall, signal: AbortSignal) => this.#fetch(call, signal),
        explain: ({ id, method, target }: { id: string; method: string; target: string }): Decision =>
          this.#policyOf(id).decide(method, toTarget(target, this.#env.origin)),
        explainTopic: ({ id, topic }: { id: string; topic: string }): Decision =>
          this.#policyOf(id).decideTopic(toTarget(topic, this.#env.origin)),
        open: (id: string) => this.#open(id),
        loaded: (instance: number) => bundleLoaded(this.#assertStarted(), instance),
        failed: ({ instance, problem }: { instance: number; problem: HostProblem }) =>
          bundleFailed(this.#assertStarted(), instance, problem),
        explainBundle: (target: string) => this.#explainBundle(target),
        unload: (id: string) => this.#unload(id),
      },
      events: {
        report: (problem: HostProblem) => this.#publisher.report(problem),
        violation: ({ violation, running }: { violation: Violation; running: readonly string[] }) =>
          reportViolation(
            { publisher: this.#publisher, transport: this.#transport, told: this.#told },
            violation,
            running,
          ),
        page: (change: Parameters<PageSignals['tell']>[0]) => signals.tell(change),
      },
    });
  }

  async #start(): Promise<void> {
    this.#publisher.publish({ status: 'starting' });
    // The session does not need the core, so both load at the same time.
    const session = this.#session.refresh().then(
      () => null,
      (error: unknown) => ({ error }),
    );
    let core: Core;
    try {
      core = await (this.#core ?? loadCore());
    } catch (cause) {
      if (this.#closed) return;
      const message = 'the core could not be loaded, so no plugin can be mounted';
      this.#broken = true;
      this.#publisher.setStatus('failed', { code: 'SDK_CORE_FAILED', severity: 'error', message, cause });
      return;
    }
    if (this.#closed) return;
    this.#rpc.emit('codes', core.codes);
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
      onClosed: (pluginId, instance) => this.#rpc.emit('closed', { pluginId, instance }),
    });
    const failed = await session;
    if (failed === null) await this.#enter();
    else this.#signInLater(failed.error);
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

  #refresh(): Promise<void> {
    const sync = this.#syncOf(this.#assertStarted());
    return sync === null ? this.#signIn() : sync.refresh();
  }

  async #login(user: string, password: string): Promise<Session> {
    this.#assertStarted();
    const session = await this.#session.login(user, password);
    this.#parts?.events?.announceSession();
    return session;
  }

  async #logout(): Promise<void> {
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

  /** A call of the host itself. */
  async #fetch(packed: PackedCall, signal: AbortSignal): Promise<unknown> {
    const { core } = this.#assertStarted();
    const { address, more, ...call } = unpackCall(packed);
    const canonical = core.canonicalize(toTarget(address, this.#env.origin));
    if (!canonical.ok) throw new TargetError(`${address} is not a valid path (${canonical.code})`);
    const sent: Call = { ...call, target: canonical.target, signal, keepalive: more.keepalive === true };
    return packResponse(await this.#transport.send(sent), this.#rpc.copies);
  }

  #open(id: string): unknown {
    const parts = this.#assertStarted();
    const entry = parts.registry.find(id);
    if (entry === null) throw unknown(id);
    return openPlugin(parts, entry, this.#rpc.copies);
  }

  async #explainBundle(target: string): Promise<unknown> {
    return packResponse(await this.#transport.send({ target, cache: 'no-store' }), this.#rpc.copies);
  }

  #unload(id: string): void {
    const { registry } = this.#assertStarted();
    const entry = registry.find(id);
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
