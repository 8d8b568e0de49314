import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Options of `startBff`. Folders are relative to the current working directory. */
export interface BffOptions {
  /** The configuration folder: settings.yaml and the files beside it. */
  readonly config: string;
  /** The folder of the plugin bundles. */
  readonly plugins: string;
  /** The built single-page app; default: what the configuration says. */
  readonly spa?: string;
  /** The folder for state that survives a restart; default: a temporary folder that `stop()` removes. */
  readonly state?: string;
  /** The server binary; default: `PORTCULLIS_BFF`, or `build/release/native-host/portcullis-bff` of the checkout. */
  readonly binary?: string;
  /**
   * The address to listen on, and the host of `url`; default: 127.0.0.1. A tenant is a host name, so to open `url` in
   * a browser this must be a tenant's name, for example `localhost`.
   */
  readonly host?: string;
  /** The port; default: 0, a free one. `restart()` keeps it. */
  readonly port?: number;
  /** Also serves the embedded PDP on this port; default: it is not served. */
  readonly pdpPort?: number;
  /** Further arguments of `serve`. */
  readonly args?: readonly string[];
  /** How long startup may take, in milliseconds; default: 15,000. */
  readonly timeoutMs?: number;
}

/** A running server. Sessions end with the process: sign in again after `restart()`. */
export interface Bff {
  /** Where it serves, for example `http://127.0.0.1:41234`. */
  readonly url: string;
  /** Its metrics listener; null if it has none. */
  readonly metricsUrl: string | null;
  /** The embedded PDP; null unless `pdpPort` was given. */
  readonly pdpUrl: string | null;
  /** The state folder. */
  readonly state: string;
  /** The process id; 0 while it is stopped. */
  readonly pid: number;
  /** Everything written to stderr so far, across restarts. */
  readonly log: string;
  /** Stops it with SIGTERM and waits for the exit. */
  stop(): Promise<void>;
  /** Stops it if it is running, then starts it again with the same port and state. */
  restart(): Promise<void>;
  /** Kills it with SIGKILL, as in a crash, and waits for the exit. */
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
 * Starts a server and waits until it serves. Rejects, with its stderr in the message, if it does not start, and if
 * there is no binary. It builds nothing and writes only the state folder. Call `stop()` when done.
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
      const timer = setTimeout(() => giveUp('was not ready in time'), options.timeoutMs ?? START_TIMEOUT_MS);
      started.once('error', (error) => giveUp(error.message));
      started.once('exit', (code, signal) => giveUp(`exited with ${code ?? signal} before it was ready`));
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
