import react from '@vitejs/plugin-react';
import { portcullisVendor } from 'portcullis/vite';
import { defineConfig } from 'vite';

/** Where `vite dev` finds a running BFF. Host and Origin stay as the browser sent them: the BFF compares them. */
const BFF = process.env.PORTCULLIS_BFF ?? 'http://localhost:8080';
const proxy = Object.fromEntries(['/api', '/auth', '/access', '/events'].map((path) => [path, { target: BFF }]));

// The page and every plugin share one React: /vendor and the import map come from portcullisVendor.
export default defineConfig({
  plugins: [react(), portcullisVendor()],
  server: { proxy },
  build: {
    target: 'es2022',
    // A data: URI is no 'self': fonts and WebAssembly have to stay files under the page's CSP.
    assetsInlineLimit: 0,
  },
});
