import type { PluginExports, PluginFactory } from './types.js';

/**
 * Types a bundle's default export and returns it unchanged. Takes the record of components, or a factory that
 * receives the plugin's `sdk` and returns (or resolves to) the record. The factory is the stronger form: its
 * components close over that sdk and get no `sdk` prop. There is no run-time check: a component that the manifest
 * names and the record lacks is reported as `SDK_COMPONENT_MISSING`.
 */
export function definePlugin<T extends PluginExports | PluginFactory>(plugin: T): T {
  return plugin;
}
