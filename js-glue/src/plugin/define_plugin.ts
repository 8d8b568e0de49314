import type { PluginExports, PluginFactory } from './types.js';

/**
 * Types a bundle's default export and gives it back unchanged. Takes the record of components, or a
 * function that is given the plugin's `sdk` and returns (or resolves to) the record: the strong form, whose
 * components use that sdk, and are handed none. Checks nothing while it runs: a name that the manifest has and the record has not shows up as `SDK_COMPONENT_MISSING`.
 */
export function definePlugin<T extends PluginExports | PluginFactory>(plugin: T): T {
  return plugin;
}
