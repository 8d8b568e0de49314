import { checkCompatibility } from './compatibility.js';
import type { Core, Permits, PolicyHandle } from './core/index.js';
import type { LoadedPlugin, PluginRecord, PluginState, RouteContribution, WidgetContribution } from './host_types.js';
import type { ServedManifest } from './manifest.js';
import type { PluginLife } from './plugin_sdk.js';
import { primitives } from './primitives.js';
import type { HostProblem } from './problems.js';
import { isRecord, textOf } from './wire.js';

/** One known plugin. What a snapshot shows of it is `record`, replaced whenever it changes. */
export interface Entry {
  readonly id: string;
  /** The served text: the same text is the same plugin, so that it stays mounted over a refresh. */
  readonly text: string;
  readonly manifest: ServedManifest;
  /** Null when the manifest is invalid. */
  readonly policy: PolicyHandle | null;
  /** What is wrong with it whatever the policy says; such a plugin is never asked about. */
  readonly fixed: { readonly state: PluginState; readonly problem: HostProblem } | null;
  readonly warning: HostProblem | null;
  record: PluginRecord;
  routes: readonly RouteContribution[];
  widgets: readonly WidgetContribution[];
  life: PluginLife | null;
  loading: Promise<LoadedPlugin> | null;
  loaded: LoadedPlugin | null;
}

function fixedProblem(
  id: string,
  code: HostProblem['code'],
  message: string,
  more: Partial<HostProblem> = {},
): { state: PluginState; problem: HostProblem } {
  return { state: 'failed', problem: { code, severity: 'error', pluginId: id, message, ...more } };
}

function createEntry(core: Core, hostVersion: string, served: unknown, text: string): Entry | null {
  const fields = isRecord(served) ? served : {};
  const id = textOf(fields.id);
  if (id === '') return null;
  const bundle = isRecord(fields.bundle) ? fields.bundle : {};
  // The server promises no bytes; what else the manifest says is judged without that.
  const unpromised = bundle.integrity === null;
  const compiled = core.compile(unpromised ? `${primitives.stringify({ ...fields, bundle: undefined })}` : text);
  const reference = { url: textOf(bundle.url), integrity: textOf(bundle.integrity) };
  const manifest = Object.freeze({
    ...(compiled.ok ? compiled.manifest : { id, version: '', engine: { experience: '' } }),
    bundle: Object.freeze(reference),
  }) as ServedManifest;
  let fixed: Entry['fixed'] = null;
  let warning: HostProblem | null = null;
  if (!compiled.ok) {
    const first = compiled.problems.find((problem) => problem.severity === 'error');
    fixed = fixedProblem(id, 'MANIFEST_INVALID', `the manifest of ${id} is invalid: ${first?.message ?? ''}`, {
      manifestProblems: compiled.problems,
    });
  } else if (unpromised) {
    const message = `${id} has no bundle: the server found no file for it; put it there, then refresh`;
    fixed = fixedProblem(id, 'SDK_BUNDLE_MISSING', message);
  } else {
    const verdict = checkCompatibility(core, hostVersion, manifest);
    const code = core.admission.admit('bundle', {
      incompatible: !verdict.compatible,
      // Mounting it in the page's own realm would give it more than its author and operator agreed to.
      uncontained: manifest.trust === 'sandboxed',
    });
    if (code === 'PLUGIN_SANDBOX_UNAVAILABLE') {
      const message = `${id} asks for the sandbox tier, which this host does not have`;
      fixed = fixedProblem(id, 'SDK_SANDBOX_UNAVAILABLE', message);
    } else if (code !== 'ALLOWED' && verdict.problem !== null) {
      fixed = { state: 'incompatible', problem: verdict.problem };
    } else {
      warning = verdict.problem;
    }
  }
  return {
    id,
    text,
    manifest,
    policy: compiled.ok ? compiled.policy : null,
    fixed,
    warning,
    record: Object.freeze({
      id,
      version: manifest.version,
      manifest,
      state: fixed?.state ?? 'denied',
      ...(fixed && { problem: fixed.problem }),
    }),
    routes: [],
    widgets: [],
    life: null,
    loading: null,
    loaded: null,
  };
}

/** What the registry asks of its host. */
export interface RegistryHooks {
  /** A life of a plugin ended: what is left of it outside of the registry has to go. */
  readonly onClosed: (pluginId: string) => void;
  /** Whether the path is one of the host's own. */
  readonly isHostRoute: (path: string) => boolean;
}

/**
 * The plugins that the server lists, in its order, with their compiled rules, their state and what
 * the policy permits of them. Decides nothing itself; `Host` feeds it and builds snapshots from it.
 */
export class Registry {
  readonly #core: Core;
  readonly #hooks: RegistryHooks;
  #entries: readonly Entry[] = [];
  /** Problems of the last list and gate. */
  #problems: readonly HostProblem[] = [];

  constructor(core: Core, hooks: RegistryHooks) {
    this.#core = core;
    this.#hooks = hooks;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get problems(): readonly HostProblem[] {
    return this.#problems;
  }

  find(id: string): Entry | null {
    return this.#entries.find((entry) => entry.id === id) ?? null;
  }

  /**
   * The entries for a list that was served: those that did not change are the ones already there.
   * Changes nothing until `adopt`; new ones that are not adopted are freed by `discard`.
   */
  prepare(served: readonly unknown[], hostVersion: string): readonly Entry[] {
    const entries: Entry[] = [];
    const seen = new Set<string>();
    for (const manifest of served) {
      const text = `${primitives.stringify(manifest)}`;
      const known = this.#entries.find((entry) => entry.text === text && entry.record.state !== 'quarantined');
      const entry = known ?? createEntry(this.#core, hostVersion, manifest, text);
      if (entry === null || seen.has(entry.id)) continue;
      seen.add(entry.id);
      entries.push(entry);
    }
    return entries;
  }

  discard(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (!this.#entries.includes(entry)) entry.policy?.free();
    }
  }

  /**
   * Makes a prepared list the current one, with what the policy permits of it. Null: the policy could
   * not be asked. Then nothing is shown, but what is loaded stays so, for when it answers again.
   */
  adopt(entries: readonly Entry[], permits: ReadonlyMap<Entry, Permits> | null): void {
    const before = this.#entries;
    this.#entries = entries;
    for (const old of before) {
      if (entries.includes(old)) continue;
      this.#closeLife(old);
      old.policy?.free();
    }
    const problems: HostProblem[] = [];
    const taken = new Set<string>();
    for (const entry of entries) {
      if (entry.fixed !== null) problems.push(entry.fixed.problem);
      if (entry.warning !== null) problems.push(entry.warning);
      if (permits !== null) this.#permit(entry, permits.get(entry) ?? null, taken, problems);
      else {
        entry.routes = [];
        entry.widgets = [];
      }
    }
    this.#problems = problems;
  }

  /**
   * The plugin is quarantined: nothing of it is left, and it stays listed as such. Which versions are
   * meant, the core decides.
   */
  evict(id: string, version: string | null, problem: HostProblem): boolean {
    const entry = this.find(id);
    if (entry === null) return false;
    const own = entry.record.version;
    if (!this.#core.admission.stopsVersion(version, own)) return false;
    this.#closeLife(entry);
    entry.routes = [];
    entry.widgets = [];
    this.setState(entry, 'quarantined', problem);
    return true;
  }

  /** Ends the plugin's life; it can have another one. */
  unload(entry: Entry): void {
    this.#closeLife(entry);
    if (entry.record.state === 'loaded' || entry.record.state === 'loading' || entry.record.state === 'failed') {
      this.setState(entry, entry.fixed?.state ?? 'available', entry.fixed?.problem);
    }
  }

  setState(entry: Entry, state: PluginState, problem?: HostProblem): void {
    const { record } = entry;
    if (record.state === state && record.problem === problem) return;
    const { problem: _, ...rest } = record;
    entry.record = Object.freeze({ ...rest, state, ...(problem && { problem }) });
  }

  /** Forgets everything and gives the core's memory back. */
  clear(): void {
    for (const entry of this.#entries) {
      this.#closeLife(entry);
      entry.policy?.free();
    }
    this.#entries = [];
    this.#problems = [];
  }

  #permit(entry: Entry, permits: Permits | null, taken: Set<string>, problems: HostProblem[]): void {
    if (entry.fixed !== null) return;
    const { id, manifest } = entry;
    const routes: RouteContribution[] = [];
    const widgets: WidgetContribution[] = [];
    manifest.contributions?.routes?.forEach(({ path, component }, index) => {
      if (permits?.routes[index] !== true) return;
      if (taken.has(path) || this.#hooks.isHostRoute(path)) {
        problems.push({
          code: 'SDK_ROUTE_CONFLICT',
          severity: 'error',
          pluginId: id,
          contribution: path,
          message: `${path} of ${id} is not mounted: the host or an earlier plugin has this route`,
        });
        return;
      }
      taken.add(path);
      routes.push(Object.freeze({ kind: 'route', key: `${id} route ${path}`, pluginId: id, path, component }));
    });
    manifest.contributions?.widgets?.forEach(({ slot, component }, index) => {
      if (permits?.widgets[index] !== true) return;
      const key = `${id} widget ${slot} ${component}`;
      widgets.push(Object.freeze({ kind: 'widget', key, pluginId: id, slot, component }));
    });
    entry.routes = reuse(entry.routes, routes);
    entry.widgets = reuse(entry.widgets, widgets);
    if (routes.length + widgets.length === 0) {
      this.#closeLife(entry);
      this.setState(entry, 'denied');
    } else if (entry.record.state === 'denied') {
      this.setState(entry, 'available');
    }
  }

  #closeLife(entry: Entry): void {
    const { life } = entry;
    entry.life = null;
    entry.loading = null;
    entry.loaded = null;
    if (life === null) return;
    life.close();
    this.#hooks.onClosed(entry.id);
  }
}

// Contributions that are equal keep their identity over a refresh, so that nothing renders again.
function reuse<T extends { readonly key: string }>(before: readonly T[], after: readonly T[]): readonly T[] {
  return after.map((entry) => before.find((old) => old.key === entry.key) ?? entry);
}
