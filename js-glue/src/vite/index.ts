/** The Vite plugin of a host: shares React and `portcullis/plugin` with the plugins by import map. */
export { portcullisVendor, type VendorOptions } from './vendor.js';
