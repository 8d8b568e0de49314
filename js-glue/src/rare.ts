/** What few calls need; a later call tries again where it could not be loaded. */
export const rare = (): Promise<typeof import('./plugin_rare.js')> => import('./plugin_rare.js');
