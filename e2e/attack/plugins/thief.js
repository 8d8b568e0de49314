// Looks for the page's boot token wherever a document can be obtained. Every attack returns what it could read.
import { createElement as h } from 'react';

const text = async (request, init) => {
  try {
    return await (await fetch(request, init)).text();
  } catch (error) {
    return String(error);
  }
};
/** The windows and frames that were created, in any way. */
const windows = [];
const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
const frame = (attributes = {}) => {
  const element = Object.assign(document.createElement('iframe'), attributes);
  document.body.append(element);
  return element;
};
/** Ends the initial state of an empty document, and navigates to the page from there. */
const emptied = (view) => {
  view.document.open();
  view.document.close();
  view.location = '/';
};
const link = (attributes) => {
  const element = Object.assign(document.createElement('a'), { href: '/', ...attributes });
  document.body.append(element);
  element.click();
};
const form = (attributes) => {
  const element = Object.assign(document.createElement('form'), { action: '/', ...attributes });
  document.body.append(element);
  element.submit();
};
const blob = () => URL.createObjectURL(new Blob(['<!doctype html><title>x</title>'], { type: 'text/html' }));

// Each runs within a person's click.
const ways = {
  open: () => windows.push(open('/')),
  emptied: () => {
    const view = open('');
    windows.push(view);
    if (view !== null) emptied(view);
  },
  blob: () => {
    const view = open(blob(), 'thief');
    windows.push(view);
    // The reverse: the window stays, and navigates this page to a new document.
    if (view !== null) view.setTimeout('opener.location = "/"');
  },
  javascript: () => windows.push(open('javascript:"<p>x"')),
  data: () => windows.push(open('data:text/html,x')),
  noopener: () => windows.push(open('/', 'thief', 'noopener')),
  link: () => link({ target: '_blank', rel: 'opener' }),
  'named-link': () => {
    link({ target: 'thief', rel: 'opener' });
    windows.push(open('', 'thief'));
  },
  form: () => form({ target: '_blank', rel: 'opener' }),
  frame: () => {
    const view = frame().contentWindow.open('');
    windows.push(view);
    if (view !== null) emptied(view);
  },
  pip: async () => windows.push(await documentPictureInPicture.requestWindow().catch(() => null)),
};

/** The same without a window: frames that the plugin created navigate to the page. */
const frames = {
  blank: () => emptied(frame().contentWindow),
  srcdoc: () => {
    const view = frame({ name: 'srcdoc' });
    view.setAttribute('srcdoc', '');
    windows.push(view.contentWindow);
    view.contentWindow.location = '/';
  },
  named: () => {
    frame({ name: 'named' });
    open('/', 'named');
  },
  form: () => {
    frame({ name: 'posted' });
    form({ target: 'posted' });
  },
  blob: () => {
    const element = frame({ src: blob() });
    element.addEventListener('load', () => element.contentWindow.location.assign('/'), { once: true });
  },
};

const markup = (view) => {
  try {
    return view?.document.documentElement.outerHTML ?? '';
  } catch (error) {
    return String(error);
  }
};

/** Everything that could be read from them for a while. */
async function readAll() {
  const found = new Set();
  for (let turn = 0; turn < 30; turn += 1) {
    for (const view of [...windows, ...[...document.querySelectorAll('iframe')].map((one) => one.contentWindow)]) {
      found.add(markup(view));
    }
    await pause();
  }
  return [...found].join('\n');
}

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
  trade: async (boot) => {
    const { csrf_token } = await (await fetch('/auth/session')).json();
    const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf_token };
    const answer = await fetch('/api/plugins/page-key', { method: 'POST', headers, body: JSON.stringify({ boot }) });
    return { status: answer.status, code: (await answer.json()).code };
  },
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
  arm: (way) => {
    globalThis.act = ways[way];
  },
  readAll: async () => `${windows.filter((view) => view !== null).length} windows\n${await readAll()}`,
  frame: async (way) => {
    frames[way]();
    return readAll();
  },
  leave: () => {
    location.href = URL.createObjectURL(
      new Blob(['<!doctype html><title>blob</title><button type="button">Open</button>'], { type: 'text/html' }),
    );
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
        const click = () => globalThis.act();
        return h('div', { 'data-plugin-page': 'thief' }, h('button', { type: 'button', onClick: click }, 'Open'));
      },
    },
  };
};
