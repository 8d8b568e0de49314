/**
 * What a plugin author imports. The host and every plugin share this very module through the
 * page's import map, so it depends on React alone, and holds no state but one React context.
 */
export { definePlugin } from './define_plugin.js';
export { SdkProvider, useSdk } from './sdk_context.js';
export type * from './types.js';
