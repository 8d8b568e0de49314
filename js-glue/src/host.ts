import { bootTokenOf, findBootToken, forgetBootToken } from './boot_token.js';
import { BundleLoader } from './bundle_loader.js';
import type { Decision } from './decision.js';
import { captureEnvironment, missingGlobals, noPageError } from './environment.js';
import { learnCodes, SessionError } from './errors.js';
import { packCall, unpackResponse } from './gate/calls.js';
import { packError } from './gate/crossing.js';
import { type OpenCall, Rpc } from './gate/rpc.js';
import type { SnapshotChange } from './gate/snapshot_feed.js';
import { startGate } from './gate/start.js';
import { createHandle } from './host_port.js';
import type { Host, HostEnvironment, HostHandle, HostOptions, HostState, LoadedPlugin, Session } from './host_types.js';
import { lockPage } from './lock_page.js';
import { PluginLoading } from './plugin_loading.js';
import type { HostProblem } from './problems.js';
import { queryBridgeOf, queryKeyOf } from './query_bridge.js';
import { SnapshotMirror } from './snapshot_mirror.js';
import { markCreated } from './timing.js';

/**
 * Creates the plugin host of this page; one per page is enough. It captures what it needs from the page (fetch, the
 * document, the boot token) immediately, so create it before any third-party code runs. From then on no code can
 * replace the methods of the page's arrays, maps and promises, or add to `Object.prototype`.
 *
 * It sends no request, starts no worker and imports nothing until `start()`. Never throws, not even outside a page
 * (server-side rendering): there `start()` ends in status `failed` with a problem that says what is missing.
 */
export function createHost(options: HostOptions = {}): Host {
  markCreated();
  lockPage();
  return new PluginHost(options);
}

/** The running parts of a host, from `start()` to `close()`. */
interface Running {
  readonly gate: Rpc;
  readonly plugins: PluginLoading;
  readonly stop: () => void;
}

/** The page's side: asks the gate (`gate/engine.ts`), mirrors its snapshot, and imports bundles. Judges nothing. */
class PluginHost implements Host {
  readonly handle: HostHandle = createHandle(this);
  readonly #options: HostOptions;
  readonly #env: HostEnvironment;
  readonly #mirror: SnapshotMirror;
  /** Whether the server issues boot tokens and this page can use one. */
  readonly #stamps: boolean;
  #running: Running | null = null;
  #starting: Promise<void> | null = null;
  #closed = false;
  /** A `close()` that has been requested but not carried out. */
  #closing: Promise<void> | null = null;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#env = captureEnvironment(options);
    this.#stamps = findBootToken(this.#env.document);
    this.#mirror = new SnapshotMirror(this.#env, options.onProblem);
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#mirror.subscribe(listener);

  readonly getSnapshot = (): HostState => this.#mirror.getSnapshot();

  start(): Promise<void> {
    this.#closing = null;
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    const env = this.#env;
    const missing = missingGlobals(env);
    if (missing.length > 0) {
      const { code, message } = noPageError(missing);
      return this.#mirror.fail({ code, severity: 'error', message });
    }
    this.#mirror.starting();
    const { hostRoutes = [], experienceVersion = null, events = true } = this.#options;
    // There is none if nobody was signed in when the document was requested, or if another host has exchanged it.
    const bootToken = this.#stamps ? (bootTokenOf(env.document) ?? '') : null;
    const started = await startGate(env, this.#options, {
      hostRoutes,
      experienceVersion,
      events,
      bootToken,
      http1: env.http1 === true,
    });
    if (this.#closed) return started.stop();
    const gate: Rpc = new Rpc(started.port, {
      events: {
        snapshot: (change: SnapshotChange) => this.#mirror.apply(change),
        problem: (problem: HostProblem) => this.#mirror.notify(problem),
        closed: ({ pluginId, instance }: { pluginId: string; instance: number }) => plugins.closed(pluginId, instance),
        codes: learnCodes,
        spent: () => forgetBootToken(env.document),
      },
      onError: (error) => env.console.error('portcullis:', error),
    });
    const request = async (target: string): Promise<Response> =>
      unpackResponse(await gate.call('explainBundle', target), NO_CALL, null);
    const plugins = new PluginLoading({
      env,
      gate,
      loader: new BundleLoader(env, request),
      getSnapshot: this.getSnapshot,
      queryBridge: () => queryBridgeOf(this),
      onClosed: (pluginId) => this.#forgetQueries(pluginId),
    });
    const unwatch = env.onViolation(({ sourceFile, effectiveDirective, blockedURI, lineNumber }) => {
      // The core's own test for WebAssembly is not a violation.
      if (blockedURI === 'wasm-eval') return;
      const violation = { sourceFile, effectiveDirective, blockedURI, lineNumber };
      gate.emit('violation', { violation, running: plugins.running });
    });
    const stop = (): void => {
      unwatch();
      plugins.closeAll();
      gate.close();
      started.stop();
    };
    this.#running = { gate, plugins, stop };
    this.#mirror.setTier(started.tier, started.problem);
    await gate.call('start').catch(() => {});
  }

  close(): Promise<void> {
    // React's StrictMode runs an effect, its clean-up and the effect again in one task; the host then stays open.
    const closing: Promise<void> = Promise.resolve().then(async () => {
      if (this.#closing === closing) await this.#close();
    });
    this.#closing = closing;
    return closing;
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const running = this.#running;
    await running?.gate.call('close').catch(() => {});
    running?.stop();
    this.#mirror.closed();
  }

  async refresh(): Promise<void> {
    await this.#started().gate.call('refresh');
  }

  async login(user: string, password: string): Promise<Session> {
    return this.#started().gate.call('login', { user: String(user), password: String(password) });
  }

  async logout(): Promise<void> {
    await this.#started().gate.call('logout');
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const { gate } = this.#started();
    const { method = 'GET', headers, body, signal = null, cache, keepalive } = init;
    const call = packCall({
      address: path,
      method: String(method).toUpperCase(),
      headers,
      body: body instanceof ReadableStream ? await new Response(body).blob() : body,
      cache,
      more: keepalive ? { keepalive } : {},
    });
    let opened = NO_CALL;
    const open = (handle: OpenCall): void => {
      opened = handle;
    };
    return unpackResponse(await gate.call('fetch', call, { signal, open }), opened, signal);
  }

  async explain(pluginId: string, method: string, target: string): Promise<Decision> {
    return this.#started().gate.call('explain', { id: pluginId, method, target });
  }

  async explainTopic(pluginId: string, topic: string): Promise<Decision> {
    return this.#started().gate.call('explainTopic', { id: pluginId, topic });
  }

  report(problem: HostProblem): void {
    const { gate } = this.#running ?? {};
    if (gate === undefined || this.#closed) return;
    const { cause } = problem;
    gate.emit('report', gate.copies && cause !== undefined ? { ...problem, cause: packError(cause) } : problem);
  }

  loaded(pluginId: string): LoadedPlugin | null {
    return this.#running?.plugins.loaded(pluginId) ?? null;
  }

  async load(pluginId: string): Promise<LoadedPlugin> {
    return this.#started().plugins.load(pluginId);
  }

  async unload(pluginId: string): Promise<void> {
    await this.#started().gate.call('unload', pluginId);
  }

  #forgetQueries(pluginId: string): void {
    const client = queryBridgeOf(this)?.client ?? this.#options.queryClient;
    if (client === undefined) return;
    const filters = { queryKey: queryKeyOf(pluginId) };
    client.cancelQueries(filters).catch(() => {});
    client.removeQueries(filters);
  }

  #started(): Running {
    if (this.#running === null || this.#closed) {
      throw new SessionError('SDK_NOT_STARTED', 'the host is not started, or is closed');
    }
    return this.#running;
  }
}

const NO_CALL: OpenCall = { abort: () => {}, end: () => {} };
