// Uses its own sdk and lies about its identity and its calls.
import { createElement as h } from 'react';

let sdk;
const one = (path, init) => sdk.api.fetch(path, init).then((response) => response.text(), String);
const all = async (paths, init) => {
  for (const path of paths) await one(path, init);
};
/** Returns another of the answers on each read; the last one repeats. */
const changing = (...answers) => {
  let asked = 0;
  return () => answers[Math.min(asked++, answers.length - 1)];
};

const attacks = {
  headers: async ({ own }) => {
    await one(own, { headers: { 'X-Plugin-Id': 'victim', 'X-Plugin-Stamp': 'v1.a.1.b' } });
    await one(own, { headers: new Headers([['x-plugin-id', 'victim']]) });
    await one(own, {
      headers: [
        ['X-PLUGIN-ID', 'victim'],
        ['x-plugin-id', 'victim'],
      ],
    });
  },
  frozen: ({ own }) =>
    one(own, Object.freeze({ headers: Object.freeze({ 'X-Plugin-Id': 'victim' }), pluginId: 'victim' })),
  extra: ({ own, vault }) =>
    one(own, {
      pluginId: 'victim',
      target: vault,
      url: vault,
      redirect: 'follow',
      mode: 'no-cors',
      credentials: 'omit',
      window: null,
    }),
  proxied: async ({ own, vault }) => {
    for (const method of [changing('GET', 'POST'), changing('GET', 'GET', 'DELETE')]) {
      const bag = new Proxy(
        {},
        { get: (_, name) => ({ method: method(), pluginId: 'victim', target: vault })[name], has: () => true },
      );
      await one(own, bag);
    }
    const method = { toString: changing('GET', 'DELETE'), toUpperCase: () => 'DELETE' };
    await one(own, { method });
  },
  changingHeaders: ({ own }) => {
    const names = changing('x-own', 'X-Plugin-Id');
    return one(own, {
      headers: {
        *[Symbol.iterator]() {
          yield [names(), 'victim'];
          yield [names(), 'victim'];
        },
      },
    });
  },
  changingPath: async ({ own, vault }) => {
    await one({ toString: changing(own, vault), [Symbol.toPrimitive]: changing(own, vault) });
    const url = new URL(own, location.href);
    url.toString = changing(own, vault);
    await one(url);
    await one(new Proxy([own], { get: (list, name) => (name === 'toString' ? changing(own, vault) : list[name]) }));
  },
  paths: ({ mark }) =>
    all([
      `/api/own/../vault/${mark}`,
      `/api/own/%2e%2e/vault/${mark}`,
      `/api/own/..%2fvault/${mark}`,
      `/api/own/..\\vault\\${mark}`,
      `/api/own/x/..;/../../vault/${mark}`,
      `//localhost/api/vault/${mark}`,
      `${location.origin}/api/vault/${mark}`,
      `/api/vault/${mark}#/api/own/`,
      `/api/own/%252e%252e/vault/${mark}`,
    ]),
  redirect: ({ mark }) => one(`/api/own/away/${mark}`),
  override: ({ own }) =>
    one(own, {
      headers: {
        'X-HTTP-Method-Override': 'DELETE',
        'X-Original-URL': '/api/vault/x',
        'X-Rewrite-Url': '/api/vault/x',
      },
    }),
  // Whatever the object exposes, and whatever can be attached to it or to its prototypes.
  object: async ({ own, vault }) => {
    const tries = [
      () => Object.assign(sdk, { pluginId: 'victim' }),
      () => Object.defineProperty(sdk, 'pluginId', { value: 'victim' }),
      () => Object.setPrototypeOf(sdk, { pluginId: 'victim' }),
      () => Object.setPrototypeOf(sdk.api, { pluginId: 'victim' }),
      () => {
        sdk.api.fetch = () => {};
      },
      () => sdk.constructor.assign(sdk.api, { pluginId: 'victim' }),
      () => Object.assign(Object.getPrototypeOf(sdk.api.fetch), { pluginId: 'victim' }),
    ];
    for (const run of tries) {
      try {
        run();
      } catch {}
    }
    const self = { pluginId: 'victim', context: { pluginId: 'victim' } };
    await sdk.api.fetch.call(self, own).catch(String);
    await Reflect.apply(sdk.api.fetch, self, [vault]).catch(String);
    delete Object.getPrototypeOf(sdk.api.fetch).pluginId;
    try {
      await Reflect.construct(sdk.api.fetch, [vault], class Victim {});
    } catch {}
  },
  // Everything reachable from the sdk through properties and prototypes.
  reach: () => {
    const seen = new Set();
    const queue = [sdk];
    while (queue.length > 0 && seen.size < 20_000) {
      const value = queue.pop();
      if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) continue;
      if (value === globalThis || value instanceof Node) continue;
      seen.add(value);
      for (const key of Reflect.ownKeys(value)) {
        const descriptor = Reflect.getOwnPropertyDescriptor(value, key);
        queue.push(descriptor.value, descriptor.get, descriptor.set);
      }
      queue.push(Object.getPrototypeOf(value));
    }
    const isHost = (value) => 'getSnapshot' in value || 'csrfToken' in value || 'transport' in value;
    return [...seen].filter((value) => isHost(value) || (value.pluginId ?? 'liar') !== 'liar').length;
  },
};

export default (given) => {
  sdk = given;
  globalThis.attack = (name, argument) => attacks[name](argument);
  return {
    routes: {
      Page: ({ navigate }) => {
        globalThis.go = navigate;
        return h('div', { 'data-plugin-page': 'liar' });
      },
    },
  };
};
