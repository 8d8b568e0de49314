import { checkCompatibility } from './compatibility.js';
import type { Core, Permits, PolicyHandle } from './core/index.js';
import type { PluginGate } from './gate/plugin_gate.js';
import type { PluginRecord, PluginState, RouteContribution, WidgetContribution } from './host_types.js';
import type { ServedManifest } from './manifest.js';
import { primitives } from './primitives.js';
import type { HostProblem } from './problems.js';
import { isRecord, textOf } from './wire.js';

/** One plugin of the list. A snapshot shows its `record`, which is replaced on every change. */
export interface Entry {
  readonly id: string;
  /** The manifest as served. The same text is the same plugin, which stays mounted across a refresh. */
  readonly text: string;
  readonly manifest: ServedManifest;
  /** Null when the manifest is invalid. */
  readonly policy: PolicyHandle | null;
  /** Why the plugin cannot be mounted whatever the policy says. The policy is not asked about such a plugin. */
  readonly rejection: { readonly state: PluginState; readonly problem: HostProblem } | null;
  readonly warning: HostProblem | null;
  record: PluginRecord;
  routes: readonly RouteContribution[];
  widgets: readonly WidgetContribution[];
  /** Set from when the page may load the plugin until it is unloaded. */
  instance: PluginGate | null;
}

function rejected(
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
  // The server knows no bytes for the bundle; the rest of the manifest is validated without it.
  const unpromised = bundle.integrity === null;
  const compiled = core.compile(unpromised ? `${primitives.stringify({ ...fields, bundle: undefined })}` : text);
  const reference = { url: textOf(bundle.url), integrity: textOf(bundle.integrity) };
  const manifest = Object.freeze({
    ...(compiled.ok ? compiled.manifest : { id, version: '', engine: { experience: '' } }),
    bundle: Object.freeze(reference),
  }) as ServedManifest;
  let rejection: Entry['rejection'] = null;
  let warning: HostProblem | null = null;
  if (!compiled.ok) {
    const first = compiled.problems.find((problem) => problem.severity === 'error');
    rejection = rejected(id, 'MANIFEST_INVALID', `the manifest of ${id} is invalid: ${first?.message ?? ''}`, {
      manifestProblems: compiled.problems,
    });
  } else if (unpromised) {
    const message = `${id} has no bundle: the server found no file for it; add the file, then refresh`;
    rejection = rejected(id, 'SDK_BUNDLE_MISSING', message);
  } else {
    const verdict = checkCompatibility(core, hostVersion, manifest);
    const code = core.admission.admit('bundle', {
      incompatible: !verdict.compatible,
      // Mounting it in the page's realm would give it more than its author and operator agreed to.
      uncontained: manifest.trust === 'sandboxed',
    });
    if (code === 'PLUGIN_SANDBOX_UNAVAILABLE') {
      const message = `${id} requires the sandbox tier, which this host does not have`;
      rejection = rejected(id, 'SDK_SANDBOX_UNAVAILABLE', message);
    } else if (code !== 'ALLOWED' && verdict.problem !== null) {
      rejection = { state: 'incompatible', problem: verdict.problem };
    } else {
      warning = verdict.problem;
    }
  }
  return {
    id,
    text,
    manifest,
    policy: compiled.ok ? compiled.policy : null,
    rejection,
    warning,
    record: Object.freeze({
      id,
      version: manifest.version,
      manifest,
      state: rejection?.state ?? 'denied',
      ...(rejection && { problem: rejection.problem }),
    }),
    routes: [],
    widgets: [],
    instance: null,
  };
}

/** Callbacks of the registry. */
export interface RegistryHooks {
  /** An instance of a plugin was closed: the page must unmount it. */
  readonly onClosed: (pluginId: string, instance: number) => void;
  /** Whether the path is one of the host's own routes. */
  readonly isHostRoute: (path: string) => boolean;
}

/**
 * The plugins that the server lists, in its order, with their compiled rules, their state and what the policy permits
 * of them. Makes no decisions; `HostSync` fills it and `HostPublisher` builds snapshots from it.
 */
export class Registry {
  readonly #core: Core;
  readonly #hooks: RegistryHooks;
  #entries: readonly Entry[] = [];
  /** Problems of the current list and of the last policy answer. */
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

  /** The plugin whose current instance has this number; null if it was closed. */
  instanceOf(instance: number): Entry | null {
    return this.#entries.find((entry) => entry.instance?.instance === instance) ?? null;
  }

  find(id: string): Entry | null {
    return this.#entries.find((entry) => entry.id === id) ?? null;
  }

  /**
   * Returns the entries for a served list; unchanged manifests keep their existing entries. Has no effect until
   * `adopt`. New entries that are not adopted must be freed with `discard`.
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
   * Makes a prepared list the current one, with what the policy permits of it. `permits` is null if the policy could
   * not be asked: then nothing is shown, but loaded plugins stay loaded for when it responds again.
   */
  adopt(entries: readonly Entry[], permits: ReadonlyMap<Entry, Permits> | null): void {
    const before = this.#entries;
    this.#entries = entries;
    for (const old of before) {
      if (entries.includes(old)) continue;
      this.closeInstance(old);
      old.policy?.free();
    }
    const problems: HostProblem[] = [];
    const taken = new Set<string>();
    for (const entry of entries) {
      if (entry.rejection !== null) problems.push(entry.rejection.problem);
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
   * Quarantines the plugin: closes it and keeps it in the list as quarantined. The core decides which versions are
   * meant. Returns whether this one is.
   */
  evict(id: string, version: string | null, problem: HostProblem): boolean {
    const entry = this.find(id);
    if (entry === null) return false;
    const own = entry.record.version;
    if (!this.#core.admission.stopsVersion(version, own)) return false;
    this.closeInstance(entry);
    entry.routes = [];
    entry.widgets = [];
    this.setState(entry, 'quarantined', problem);
    return true;
  }

  /** Closes the plugin's instance. It can be loaded again. */
  unload(entry: Entry): void {
    this.closeInstance(entry);
    if (entry.record.state === 'loaded' || entry.record.state === 'loading' || entry.record.state === 'failed') {
      this.setState(entry, entry.rejection?.state ?? 'available', entry.rejection?.problem);
    }
  }

  setState(entry: Entry, state: PluginState, problem?: HostProblem): void {
    const { record } = entry;
    if (record.state === state && record.problem === problem) return;
    const { problem: _, ...rest } = record;
    entry.record = Object.freeze({ ...rest, state, ...(problem && { problem }) });
  }

  /** Removes every plugin and frees the core's memory. */
  clear(): void {
    for (const entry of this.#entries) {
      this.closeInstance(entry);
      entry.policy?.free();
    }
    this.#entries = [];
    this.#problems = [];
  }

  #permit(entry: Entry, permits: Permits | null, taken: Set<string>, problems: HostProblem[]): void {
    if (entry.rejection !== null) return;
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
          message: `${path} of ${id} is not mounted: the host or an earlier plugin already has this route`,
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
      this.closeInstance(entry);
      this.setState(entry, 'denied');
    } else if (entry.record.state === 'denied') {
      this.setState(entry, 'available');
    }
  }

  /** Closes the plugin's instance, if it has one. Does not change its state. */
  closeInstance(entry: Entry): void {
    const { instance } = entry;
    entry.instance = null;
    if (instance === null) return;
    instance.close();
    this.#hooks.onClosed(entry.id, instance.instance);
  }
}

// Equal contributions keep their identity across a refresh, so that nothing renders again.
function reuse<T extends { readonly key: string }>(before: readonly T[], after: readonly T[]): readonly T[] {
  return after.map((entry) => before.find((old) => old.key === entry.key) ?? entry);
}
