// Looks for the page's boot token, wherever a document could be had from. Every attack gives what could be read.
import { createElement as h } from 'react';

const text = async (request, init) => {
  try {
    return await (await fetch(request, init)).text();
  } catch (error) {
    return String(error);
  }
};
let popup = null;

const attacks = {
  again: () => text(location.href),
  root: () => text('/', { headers: { Accept: 'text/html' } }),
  navigate: () => text('/', { headers: { 'Sec-Fetch-Dest': 'document', 'Sec-Fetch-Mode': 'navigate' } }),
  cached: async () => {
    const found = [];
    for (const cache of ['only-if-cached', 'force-cache']) {
      found.push(await text(location.href, { cache, mode: 'same-origin' }));
    }
    return found.join('\n');
  },
  caches: async () => {
    const found = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) found.push(await (await cache.match(request)).text());
    }
    return found.join('\n');
  },
  xhr: () =>
    new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.open('GET', '/');
      request.addEventListener('loadend', () => resolve(request.responseText));
      request.send();
    }),
  here: () => document.documentElement.outerHTML,
  iframe: async () => {
    const frame = Object.assign(document.createElement('iframe'), { src: '/' });
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
    document.body.append(frame);
    await loaded;
    try {
      return frame.contentDocument === null ? 'no document' : frame.contentDocument.documentElement.outerHTML;
    } catch (error) {
      return String(error);
    }
  },
  object: async () => {
    const object = document.createElement('object');
    try {
      Object.assign(object, { type: 'text/html', data: '/' });
    } catch (error) {
      return String(error);
    }
    const done = new Promise((resolve) => {
      object.addEventListener('error', resolve, { once: true });
      object.addEventListener('load', resolve, { once: true });
    });
    document.body.append(object);
    await done;
    return object.contentDocument?.documentElement.outerHTML ?? 'no document';
  },
  readPopup: () => {
    try {
      return popup.closed ? 'no popup any more' : popup.document.documentElement.outerHTML;
    } catch (error) {
      return String(error);
    }
  },
  worker: async ({ url, scope }) => {
    try {
      const registration = await navigator.serviceWorker.register(url, { scope });
      return `registered for ${registration.scope}`;
    } catch (error) {
      return `${error.name}`;
    }
  },
  bundleUrl: () => performance.getEntriesByType('resource').find(({ name }) => name.includes('entry=thief')).name,
};

export default () => {
  globalThis.attack = (name, argument) => attacks[name](argument);
  return {
    routes: {
      Page: ({ navigate }) => {
        globalThis.go = navigate;
        const click = () => {
          popup = window.open('/');
        };
        return h('div', { 'data-plugin-page': 'thief' }, h('button', { type: 'button', onClick: click }, 'Open'));
      },
    },
  };
};
