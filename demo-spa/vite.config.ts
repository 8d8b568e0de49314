import react from '@vitejs/plugin-react';
import { portcullisVendor } from 'portcullis/vite';
import { defineConfig } from 'vite';

/** The BFF that `vite dev` uses. Host and Origin stay as the browser sent them, because the BFF compares them. */
const BFF = process.env.PORTCULLIS_BFF ?? 'http://localhost:8080';
const proxy = Object.fromEntries(['/api', '/auth', '/access', '/events'].map((path) => [path, { target: BFF }]));

// The page and every plugin share one React: portcullisVendor provides /vendor and the import map.
export default defineConfig({
  plugins: [react(), portcullisVendor()],
  server: { proxy },
  build: {
    target: 'es2022',
    // 'self' does not cover data: URIs, so fonts and WebAssembly must remain files under the page's CSP.
    assetsInlineLimit: 0,
  },
});
