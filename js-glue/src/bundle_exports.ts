import { BundleError } from './errors.js';
import type { PluginExports, PluginFactory, PluginSdk } from './plugin/types.js';
import { isRecord } from './wire.js';

/** The components of a bundle, keyed by the names used in its manifest. */
export interface BundleComponents {
  readonly routes: NonNullable<PluginExports['routes']>;
  readonly widgets: NonNullable<PluginExports['widgets']>;
  /** True when a factory created them: they close over their sdk, so the host passes none. */
  readonly bound: boolean;
}

// A React component is a function, or an object that memo() or forwardRef() returned.
function components<T>(value: unknown): Readonly<Record<string, T>> {
  const found: Record<string, T> = Object.create(null) as Record<string, T>;
  if (typeof value === 'object' && value !== null) {
    for (const [name, component] of Object.entries(value)) {
      if (typeof component === 'function' || (isRecord(component) && '$$typeof' in component)) {
        found[name] = component as T;
      }
    }
  }
  return Object.freeze(found);
}

/**
 * Reads a bundle's exports: a default function that takes the sdk, a default record, or named `routes` and `widgets`.
 * A missing component does not fail the bundle; only the contribution that names it fails.
 */
export async function readExports(pluginId: string, module: unknown, sdk: PluginSdk): Promise<BundleComponents> {
  const namespace = module as { default?: unknown; routes?: unknown; widgets?: unknown } | null;
  let exported: unknown = namespace?.default ?? namespace;
  const bound = typeof exported === 'function';
  if (bound) {
    try {
      exported = await (exported as PluginFactory)(sdk);
    } catch (cause) {
      throw new BundleError('SDK_BUNDLE_FAILED', pluginId, `the default export of ${pluginId} threw`, { cause });
    }
  }
  const record = (exported ?? {}) as { routes?: unknown; widgets?: unknown };
  return { routes: components(record.routes), widgets: components(record.widgets), bound };
}
