import { BundleError } from './errors.js';
import type { PluginExports, PluginFactory, PluginSdk } from './plugin/types.js';
import { isRecord } from './wire.js';

/** The components of a bundle, by the names that its manifest uses. */
export interface BundleComponents {
  readonly routes: NonNullable<PluginExports['routes']>;
  readonly widgets: NonNullable<PluginExports['widgets']>;
  /** A factory made them: they have their sdk, and are handed none. */
  readonly bound: boolean;
}

// React components are functions, or objects that memo() and forwardRef() made.
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
 * Reads what a bundle exports: a default function that is given its sdk, a default record, or named
 * `routes` and `widgets`. A component that is missing is no failure of the bundle: only the
 * contribution that names it fails.
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
