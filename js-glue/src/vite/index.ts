/** For a host: shares React and `portcullis/plugin` with its plugins through the import map. */

/** For a plugin: builds its single file without the modules that the host shares. */
export { portcullisPlugin } from './plugin_build.js';
export { portcullisVendor, type VendorOptions } from './vendor.js';
