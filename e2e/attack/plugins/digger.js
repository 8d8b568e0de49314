// Searches React for what belongs to others: fibers, contexts, the dispatcher, the shared modules.

import { SdkProvider } from 'portcullis/plugin';
import React, { createElement as h } from 'react';
import * as jsxRuntime from 'react/jsx-runtime';

const INTERNALS = React.__CLIENT_INTERNALS_DO_NOT_USE_OR_WARN_USERS_THEY_CANNOT_UPGRADE;
const isObject = (value) => value !== null && (typeof value === 'object' || typeof value === 'function');
const isSdk = (id) => (value) => value.pluginId === id && typeof value.api?.fetch === 'function';
const isHost = (value) => typeof value.fetch === 'function' && typeof value.getSnapshot === 'function';
const seenByHooks = [];

/** Everything reachable from `roots` through properties of fibers, props, hooks and contexts. */
function search(roots, wanted, limit = 300_000) {
  const seen = new Set();
  const queue = [...roots];
  for (let at = 0; at < queue.length && seen.size < limit; at++) {
    const value = queue[at];
    if (!isObject(value) || seen.has(value) || value === globalThis) continue;
    seen.add(value);
    try {
      if (wanted(value)) return value;
      if (value instanceof Map || value instanceof Set) queue.push(...value.values());
      for (const key of Reflect.ownKeys(value)) {
        const descriptor = Reflect.getOwnPropertyDescriptor(value, key);
        if ('value' in descriptor) queue.push(descriptor.value);
        else if (!(value instanceof Node)) queue.push(value[key]);
      }
    } catch {}
  }
  return null;
}
const nodes = () => [document.getElementById('root'), ...document.querySelectorAll('#root *')];

async function use(roots, { id, vault, aim }) {
  if (aim === 'sdk') {
    const sdk = search(roots, isSdk(id));
    if (sdk === null) return 'no sdk';
    await sdk.api.fetch(vault).catch(String);
    return `the sdk of ${id}`;
  }
  const host = search(roots, isHost);
  if (host === null) return 'no host';
  const echoed = await host.fetch('/api/plugins/manifests').then((response) => response.status, String);
  await host.loaded?.(id)?.sdk?.api.fetch(vault).catch(String);
  return `the host: ${echoed}`;
}

const attacks = {
  fibers: (argument) => use(nodes(), argument),
  context: (argument) => {
    const element = SdkProvider({ sdk: null });
    return use([element.type, element.type._context ?? null], argument);
  },
  // React reads its dispatcher from this object before each render, so a wrapper sees every hook of every component.
  dispatcher: () => {
    let current = INTERNALS.H;
    const wrapped = new WeakMap();
    const wrap = (dispatcher) => {
      if (!isObject(dispatcher)) return dispatcher;
      if (!wrapped.has(dispatcher)) {
        const get = (target, name) => {
          const real = target[name];
          if (typeof real !== 'function') return real;
          return (...given) => {
            const result = Reflect.apply(real, target, given);
            seenByHooks.push(...given, result);
            return result;
          };
        };
        wrapped.set(dispatcher, new Proxy(dispatcher, { get }));
      }
      return wrapped.get(dispatcher);
    };
    Object.defineProperty(INTERNALS, 'H', {
      configurable: true,
      get: () => wrap(current),
      set: (dispatcher) => {
        current = dispatcher;
      },
    });
  },
  seen: (argument) => use(seenByHooks, argument),
  devtools: () => {
    globalThis.__REACT_DEVTOOLS_GLOBAL_HOOK__ = {
      renderers: new Map(),
      supportsFiber: true,
      inject: (renderer) => seenByHooks.push(renderer),
      onCommitFiberRoot: (...given) => seenByHooks.push(...given),
      onCommitFiberUnmount: () => {},
    };
  },
  peers: () => {
    const patch = (target, name) => {
      const real = target?.[name];
      if (typeof real !== 'function') return;
      try {
        target[name] = (...given) => {
          seenByHooks.push(...given);
          return real(...given);
        };
      } catch {}
    };
    for (const name of ['createElement', 'useContext', 'useState', 'useEffect', 'useMemo']) patch(React, name);
    for (const name of ['jsx', 'jsxs']) {
      patch(jsxRuntime.default, name);
      patch(jsxRuntime, name);
    }
  },
};

export default (given) => {
  if (given.pluginId === 'digger') globalThis.attack = (name, argument) => attacks[name](argument);
  return {
    routes: {
      Page: ({ navigate }) => {
        globalThis.go = navigate;
        return h('div', { 'data-plugin-page': 'digger' });
      },
    },
  };
};
