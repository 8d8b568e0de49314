/** Loads the chunk for rarely used code. If loading fails, a later call tries again. */
export const rare = (): Promise<typeof import('./plugin_rare.js')> => import('./plugin_rare.js');
