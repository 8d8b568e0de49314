// The module of the gate's worker. The page's first message brings the options and the control port.
import { GateEngine } from './engine.js';
import { type GateOptions, PageSignals, workerEnvironment } from './environment.js';
import { messagePort } from './port.js';

interface FirstMessage {
  readonly options: GateOptions;
  readonly port: MessagePort;
}

// The page is the only other end. After the first message nothing is read here any more, because the worker's object
// stays in the page's realm.
globalThis.onmessage = (event: MessageEvent<FirstMessage>) => {
  globalThis.onmessage = null;
  const { options, port } = event.data;
  const signals = new PageSignals();
  const env = workerEnvironment(signals, options.http1);
  new GateEngine(messagePort(port), { env, options, signals });
  (globalThis as unknown as { postMessage(message: unknown): void }).postMessage('ready');
};
