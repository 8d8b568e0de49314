/**
 * What plugin authors import. The host and every plugin share this module through the page's import map, so it
 * has no state: whatever it held for one plugin, another could call.
 */
export { definePlugin } from './define_plugin.js';
export type * from './types.js';
