/** For a host: shares React and `portcullis/plugin` with the plugins by import map. */

/** For a plugin: builds its one file, without what the host shares. */
export { portcullisPlugin } from './plugin_build.js';
export { portcullisVendor, type VendorOptions } from './vendor.js';
