import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What `startBff` takes. Folders are relative to where the process runs. */
export interface BffOptions {
  /** Folder of settings.yaml and its siblings. */
  readonly config: string;
  /** Folder of the bundles. */
  readonly plugins: string;
  /** The built single-page app; absent: what the configuration says. */
  readonly spa?: string;
  /** Folder of what outlives a restart; absent: a fresh one that goes with `stop()`. */
  readonly state?: string;
  /** Default: `PORTCULLIS_BFF`, or `build/release/native-host/portcullis-bff` of the checkout. */
  readonly binary?: string;
  /**
   * Where it listens, and the host of `url`; default: 127.0.0.1. A tenant is a host: to open `url` in a
   * browser this has to be a tenant's name, `localhost` for one.
   */
  readonly host?: string;
  /** Default: 0, a free one; it stays the same over `restart()`. */
  readonly port?: number;
  /** Also serves the embedded PDP on this port; default: not. */
  readonly pdpPort?: number;
  /** More arguments of `serve`. */
  readonly args?: readonly string[];
  /** How long it may take until it serves; default: 15 seconds. */
  readonly timeoutMs?: number;
}

/** A server that runs. Sessions end with the process: sign in again after `restart()`. */
export interface Bff {
  readonly url: string;
  readonly metricsUrl: string | null;
  readonly pdpUrl: string | null;
  readonly state: string;
  readonly pid: number;
  /** What it wrote to stderr so far, over every restart. */
  readonly log: string;
  /** Ends it as an operator does (SIGTERM), and waits. */
  stop(): Promise<void>;
  /** Ends it when it still runs, and starts it again: same port, same state. */
  restart(): Promise<void>;
  /** Ends it without warning, as a crash does, and waits. */
  kill9(): Promise<void>;
}

interface Ready {
  readonly url: string;
  readonly metrics_url?: string | null;
  readonly pdp_url?: string | null;
}

const START_TIMEOUT_MS = 15_000;

function defaultBinary(): string {
  if (process.env.PORTCULLIS_BFF) return process.env.PORTCULLIS_BFF;
  const path = 'build/release/native-host/portcullis-bff';
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, path))) return join(folder, path);
    if (folder === dirname(folder)) return resolve(path);
  }
}

/**
 * Starts a server and waits until it serves. Rejects with its stderr when it does not, and when there is
 * no binary. It builds nothing, and writes nothing but the state folder. `stop()` it in the end.
 */
export async function startBff(options: BffOptions): Promise<Bff> {
  const binary = options.binary ?? defaultBinary();
  if (!existsSync(binary)) {
    throw new Error(`portcullis: no server at ${binary}; run \`npm run build\`, or set PORTCULLIS_BFF`);
  }
  const state = options.state ?? (await mkdtemp(join(tmpdir(), 'portcullis-state-')));
  let log = '';
  let child: ChildProcess | null = null;
  let ready: Ready;
  let port = options.port ?? 0;

  const start = async (): Promise<Ready> => {
    const args = [
      'serve',
      ...['--config', resolve(options.config)],
      ...['--plugins', resolve(options.plugins)],
      ...['--state', state],
      ...['--host', options.host ?? '127.0.0.1'],
      ...['--port', String(port)],
      ...['--metrics-port', '0'],
      ...(options.spa === undefined ? [] : ['--spa', resolve(options.spa)]),
      ...(options.pdpPort === undefined ? [] : ['--pdp-port', String(options.pdpPort)]),
      ...(options.args ?? []),
    ];
    const started = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    started.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    return new Promise((done, fail) => {
      const lines = createInterface({ input: started.stdout });
      const giveUp = (reason: string): void => {
        clearTimeout(timer);
        started.kill('SIGKILL');
        fail(new Error(`portcullis-bff ${reason}\n${log}`));
      };
      const timer = setTimeout(() => giveUp('did not get ready in time'), options.timeoutMs ?? START_TIMEOUT_MS);
      started.once('error', (error) => giveUp(error.message));
      started.once('exit', (code, signal) => giveUp(`ended with ${code ?? signal} before it served`));
      lines.on('line', (line) => {
        const event = JSON.parse(line) as Ready & { event?: string };
        if (event.event !== 'ready') return;
        clearTimeout(timer);
        started.removeAllListeners('exit');
        done(event);
      });
    });
  };

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const running = child;
    child = null;
    if (running === null || running.exitCode !== null || running.signalCode !== null) return;
    await new Promise<void>((done) => {
      running.once('exit', () => done());
      running.kill(signal);
    });
  };

  ready = await start();
  port = Number(new URL(ready.url).port);
  return {
    get url() {
      return ready.url;
    },
    get metricsUrl() {
      return ready.metrics_url ?? null;
    },
    get pdpUrl() {
      return ready.pdp_url ?? null;
    },
    get state() {
      return state;
    },
    get pid() {
      return child?.pid ?? 0;
    },
    get log() {
      return log;
    },
    async stop() {
      await end('SIGTERM');
      if (options.state === undefined) await rm(state, { recursive: true, force: true });
    },
    async restart() {
      await end('SIGTERM');
      ready = await start();
    },
    kill9: () => end('SIGKILL'),
  };
}
