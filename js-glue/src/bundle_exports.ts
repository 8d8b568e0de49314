import { bindComponent } from './bound_component.js';
import { BundleError } from './errors.js';
import type { BoundExports, PluginFactory, PluginSdk } from './plugin/types.js';
import { isRecord } from './wire.js';

/** The components of a bundle, keyed by the names used in its manifest. They have their sdk already. */
export type BundleComponents = Required<BoundExports>;

// A React component is a function, or an object that memo(), forwardRef() or lazy() returned.
function components<T>(
  value: unknown,
  bind: (component: unknown, name: string) => unknown,
): Readonly<Record<string, T>> {
  const found: Record<string, T> = Object.create(null) as Record<string, T>;
  if (typeof value === 'object' && value !== null) {
    for (const [name, component] of Object.entries(value)) {
      if (typeof component === 'function' || (isRecord(component) && '$$typeof' in component)) {
        found[name] = bind(component, name) as T;
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
  // A factory's components close over the sdk that it received.
  let bind = (component: unknown, name: string): unknown => bindComponent(component, sdk, name);
  if (typeof exported === 'function') {
    bind = (component) => component;
    try {
      exported = await (exported as PluginFactory)(sdk);
    } catch (cause) {
      throw new BundleError('SDK_BUNDLE_FAILED', pluginId, `the default export of ${pluginId} threw`, { cause });
    }
  }
  const record = (exported ?? {}) as { routes?: unknown; widgets?: unknown };
  return { routes: components(record.routes, bind), widgets: components(record.widgets, bind) };
}
