/** The esbuild plugin of a plugin's bundle: leaves out what the host shares, however it is asked for. */
export type { PluginBuildOptions } from '../plugin/shared.js';
export { portcullisPlugin } from './plugin.js';
