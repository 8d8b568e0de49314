import type { HostEnvironment, HostOptions } from '../host_types.js';
import type { HostProblem } from '../problems.js';
import { closePolicies } from './close_policies.js';
import { forwardSignals, type GateOptions, PageSignals } from './environment.js';
import { dataOf, localPorts, messagePort, type Port } from './port.js';

/** A gate that was started. */
export interface StartedGate {
  readonly port: Port;
  readonly tier: 'worker' | 'page';
  /** Why it does not run in a worker, if that is not what the options ask for. */
  readonly problem: HostProblem | null;
  /** Ends it. Only after the gate has closed itself. */
  stop(): void;
}

/** How long the worker may take to load and answer. */
const START_MS = 15_000;

/** The Trusted Types policy of the one worker. The server's policy lists it (`trusted-types`). */
const POLICY = 'portcullis-gate';

interface PolicyFactory {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL(url: string): string };
}

// Captured before any plugin runs.
const Native = globalThis.Worker as typeof Worker | undefined;
const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
let policy: { createScriptURL(url: string): string } | null = null;

/** Creates the worker. The parameter's name lets bundlers find the worker's module. */
const create = (Worker: new (url: URL, options: WorkerOptions) => Worker): Worker =>
  new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'portcullis-gate' });

/** The one address that the policy accepts: a plugin that gets hold of the policy gains nothing. */
function trusted(url: URL): string {
  policy ??=
    factory?.createPolicy(POLICY, {
      createScriptURL: (asked) => {
        if (asked === url.href) return asked;
        throw new TypeError(`${POLICY} is for the gate's worker only`);
      },
    }) ?? null;
  return policy === null ? url.href : policy.createScriptURL(url.href);
}

function startWorker(): Worker {
  const Trusted = class extends (Native as NonNullable<typeof Native>) {
    constructor(url: URL, options: WorkerOptions) {
      super(trusted(url), options);
    }
  };
  return create(Trusted);
}

/** Whether the options leave the environment as it is: what they replace could not follow into a worker. */
function isPlain({ fetch, environment, core }: HostOptions): boolean {
  return fetch === undefined && environment === undefined && core === undefined;
}

/**
 * Starts the gate: in a worker if the browser and the options allow it, otherwise in this realm. `env` is the page's.
 */
export async function startGate(env: HostEnvironment, options: HostOptions, given: GateOptions): Promise<StartedGate> {
  let started: StartedGate | null = null;
  let why: string | null = null;
  if (Native !== undefined && isPlain(options)) {
    try {
      started = await inWorker(env, given);
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
    }
  }
  // Before any plugin runs: none does until the gate has answered.
  if (factory !== undefined && given.bootToken !== null && env.document !== null) closePolicies(env.document);
  return started ?? inPage(env, options, given, why);
}

async function inPage(
  env: HostEnvironment,
  options: HostOptions,
  given: GateOptions,
  why: string | null,
): Promise<StartedGate> {
  const { GateEngine } = await import('./engine.js');
  const [own, page] = localPorts();
  new GateEngine(own, { env, options: given, signals: new PageSignals(), core: options.core });
  const problem: HostProblem | null =
    why === null
      ? null
      : {
          code: 'SDK_WORKER_UNAVAILABLE',
          severity: 'warning',
          message: `the gate runs in the page, within reach of plugins' code, because its worker did not start: ${why}`,
        };
  return { port: page, tier: 'page', problem, stop: () => {} };
}

/** Rejects if the worker does not start. */
function inWorker(env: HostEnvironment, given: GateOptions): Promise<StartedGate> {
  return new Promise((resolve, reject) => {
    const worker = startWorker();
    const { port1, port2 } = new MessageChannel();
    const timer = env.setTimeout(() => fail(`it did not answer within ${START_MS / 1000} seconds`), START_MS);
    const fail = (message: string): void => {
      env.clearTimeout(timer);
      worker.terminate();
      port1.close();
      reject(new Error(message));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      fail(event.message || 'its module could not be loaded');
    };
    worker.onmessage = (event) => {
      if (dataOf(event) !== 'ready') return;
      env.clearTimeout(timer);
      worker.onmessage = null;
      worker.onerror = null;
      const port = messagePort(port1);
      const stopSignals = forwardSignals(env, (change) => port.post(['event', 'page', change]));
      const stop = (): void => {
        stopSignals();
        worker.terminate();
      };
      resolve({ port, tier: 'worker', problem: null, stop });
    };
    worker.postMessage({ options: given, port: port2 }, [port2]);
  });
}
