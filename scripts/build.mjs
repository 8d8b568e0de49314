// npm run build: builds everything from scratch; does nothing if nothing changed.
import { buildAll } from './lib/builds.mjs';
import { setup } from './lib/setup.mjs';

await setup(['base']);
await buildAll();
