import type { ComponentType } from 'react';
import { BundleError } from './errors.js';
import type { PluginSdk } from './plugin/types.js';

type Render = (props: object | undefined) => unknown;

/** The objects that React's `memo()`, `forwardRef()` and `lazy()` return. */
interface Wrapped {
  readonly $$typeof: symbol;
  readonly type?: unknown;
  readonly compare?: unknown;
  readonly render?: unknown;
  readonly _init?: unknown;
  readonly _payload?: unknown;
}

const isMemo = (component: unknown): component is Wrapped =>
  typeof component === 'object' && component !== null && 'compare' in component;

/** The function that renders the component; `refuse` for a class, which only React can call. */
function renderOf(component: unknown, refuse: Render): Render {
  if (typeof component === 'function') {
    const { prototype } = component as { prototype?: { isReactComponent?: unknown } };
    return prototype?.isReactComponent === undefined ? (component as Render) : refuse;
  }
  if (isMemo(component)) return renderOf(component.type, refuse);
  const { render, _init, _payload } = Object(component) as Wrapped;
  if (typeof render === 'function') return (props) => render(props, null);
  // Throws the promise of the module until it is there, as React expects of a component that suspends.
  if (typeof _init === 'function') return (props) => renderOf(_init(_payload), refuse)(props);
  return refuse;
}

function nameOf(component: unknown): string {
  const { displayName, name } = Object(component) as { displayName?: unknown; name?: unknown };
  return String(displayName ?? name ?? (isMemo(component) ? nameOf(component.type) : ''));
}

/**
 * Gives a component of the record form its sdk: returns a component that calls it with the props that React passes,
 * and the sdk. React itself never receives the sdk, so no fiber, prop, context or hook leads to it. A class component
 * would have to get it from React: instead it throws a BundleError (SDK_COMPONENT_UNSUPPORTED).
 */
export function bindComponent(component: unknown, sdk: PluginSdk, name: string): ComponentType<object> {
  const render = renderOf(component, () => {
    throw new BundleError(
      'SDK_COMPONENT_UNSUPPORTED',
      sdk.pluginId,
      `${name} of ${sdk.pluginId} is not a function component, so the record form cannot give it its sdk: use the ` +
        'function form, definePlugin((sdk) => ({ ... }))',
    );
  });
  // React calls a component without props to find its name for a stack; the sdk is not for that.
  const bound: Render = (props) => render(props && { ...props, sdk });
  Object.defineProperty(bound, 'name', { value: nameOf(component) });
  Object.freeze(bound);
  return (isMemo(component) ? Object.freeze({ ...component, type: bound }) : bound) as unknown as ComponentType<object>;
}
