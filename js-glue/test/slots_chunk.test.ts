import { copyFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { loadCore } from '../dist/core/index.js';
import type { StreamConnection, StreamOptions } from '../dist/stream_connection.js';
import { until } from './support/clock.js';
import { FakePage } from './support/page.js';
import { FakeStream } from './support/server.js';

const dist = join(dirname(fileURLToPath(import.meta.url)), '../dist');

// The HTTP/1.1 chunk (`stream_slots.js`) is loaded over the network when a page first needs it; here loading fails.
test("reloads a chunk that failed to load, without blocking the host's own stream", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-'));
  try {
    await cp(dist, folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await rm(join(folder, 'stream_slots.js'));
    const path = pathToFileURL(join(folder, 'stream_connection.js')).href;
    const { StreamConnection } = (await import(path)) as {
      StreamConnection: new (options: StreamOptions) => StreamConnection;
    };
    const page = new FakePage();
    const core = await loadCore();
    const env = { ...page.environment, http1: true };
    const open = (isHost: boolean) => {
      const states: string[] = [];
      const connection = new StreamConnection({
        core,
        env,
        isHost,
        connect: async (_, signal) => new FakeStream(signal).response,
        onEvent: () => {},
        onState: (state) => states.push(state),
      });
      connection.open();
      return { connection, states };
    };
    const host = open(true);
    const plugin = open(false);
    await until(() => host.states.at(-1) === 'open', "the host's own");
    await until(() => plugin.states.at(-1) === 'waiting', 'the other one, waiting');
    await copyFile(join(dist, 'stream_slots.js'), join(folder, 'stream_slots.js'));
    await page.clock.advance(3_000);
    await until(() => plugin.states.at(-1) === 'open', 'the other one');
    host.connection.close();
    plugin.connection.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});
