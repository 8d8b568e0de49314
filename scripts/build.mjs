// npm run build: everything, from nothing; does nothing when nothing changed.
import { buildAll } from './lib/builds.mjs';
import { setup } from './lib/setup.mjs';

await setup(['base']);
await buildAll();
