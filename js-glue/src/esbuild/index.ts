/** The esbuild plugin that builds a plugin's bundle. It excludes the modules that the host shares. */
export type { PluginBuildOptions } from '../plugin/shared.js';
export { portcullisPlugin } from './plugin.js';
