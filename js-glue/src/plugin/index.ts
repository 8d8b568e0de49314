/**
 * What plugin authors import. The host and every plugin share this module through the page's import map, so it
 * depends on React only and has no state except one React context.
 */
export { definePlugin } from './define_plugin.js';
export { SdkProvider, useSdk } from './sdk_context.js';
export type * from './types.js';
