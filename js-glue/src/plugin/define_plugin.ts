import type { PluginExports, PluginFactory } from './types.js';

/**
 * Types a bundle's default export and returns it unchanged. Takes a function that receives the plugin's `sdk` and
 * returns (or resolves to) the record of components, or the record itself, whose components are called with the sdk
 * among their props. In the function form components at any depth can use the sdk. There is no run-time check: a
 * component that the manifest names and the record lacks is reported as `SDK_COMPONENT_MISSING`.
 */
export function definePlugin<T extends PluginExports | PluginFactory>(plugin: T): T {
  return plugin;
}
