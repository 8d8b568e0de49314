// Calls without the sdk, through every API that can send a request.
import { createElement as h } from 'react';

const ended = (target, good, bad = 'error') =>
  new Promise((resolve) => {
    target.addEventListener(good, () => resolve(good), { once: true });
    target.addEventListener(bad, () => resolve(bad), { once: true });
  });
const violation = () =>
  new Promise((resolve) => {
    addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective), { once: true });
  });
const token = async () => (await (await fetch('/auth/session')).json()).csrf_token;
const link = (rel, { target, ...rest }) => {
  const element = Object.assign(document.createElement('link'), { rel, href: target, ...rest });
  const done = ended(element, 'load');
  document.head.append(element);
  return Promise.race([done, violation()]);
};

/** Creates permissive Trusted Types policies, here and in an empty frame; returns their names and what they create. */
const policies = () => {
  const made = [];
  const frame = document.body.appendChild(document.createElement('iframe'));
  for (const view of [globalThis, frame.contentWindow]) {
    for (const name of ['portcullis-gate', 'portcullis', 'default', 'dompurify', 'mine']) {
      try {
        const rules = { createHTML: (text) => text, createScriptURL: (url) => url };
        made.push([view === globalThis ? name : `${name} in a frame`, view.trustedTypes.createPolicy(name, rules)]);
      } catch {}
    }
  }
  return made;
};
/** The address in the form that a sink accepts, if possible. */
const scriptUrl = (target) => policies()[0]?.[1].createScriptURL(new URL(target, location.href).href) ?? target;

const attacks = {
  fetch: async ({ target, method = 'GET', headers = {}, body }) => {
    const csrf = method === 'GET' ? {} : { 'X-CSRF-Token': await token() };
    const response = await fetch(target, { method, headers: { ...csrf, ...headers }, body });
    return response.text();
  },
  xhr: async ({ target, headers = {} }) => {
    const request = new XMLHttpRequest();
    request.open('GET', target);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    const done = ended(request, 'loadend');
    request.send();
    await done;
    return request.responseText;
  },
  beacon: ({ target }) => navigator.sendBeacon(target, '{}'),
  websocket: ({ target }) => ended(new WebSocket(new URL(target, location.href.replace(/^http/, 'ws'))), 'open'),
  eventsource: ({ target }) => ended(new EventSource(target), 'open'),
  form: async ({ target, method = 'POST' }) => {
    const name = `frame${document.querySelectorAll('iframe').length}`;
    const frame = Object.assign(document.createElement('iframe'), { name });
    const form = Object.assign(document.createElement('form'), { action: target, method, target: name });
    document.body.append(frame, form);
    form.submit();
    await Promise.race([ended(frame, 'load'), violation()]);
  },
  img: async ({ target }) => {
    const image = new Image();
    const done = Promise.race([ended(image, 'load'), violation()]);
    image.src = target;
    await done;
  },
  prefetch: (argument) => {
    void link('prefetch', argument);
  },
  preload: (argument) => link('preload', { ...argument, as: 'fetch' }),
  stylesheet: (argument) => link('stylesheet', argument),
  import: ({ target }) => import(target).catch(String),
  script: ({ target }) => {
    const blocked = violation();
    try {
      document.head.append(Object.assign(document.createElement('script'), { src: scriptUrl(target) }));
    } catch {}
    return blocked;
  },
  iframe: async ({ target }) => {
    const frame = Object.assign(document.createElement('iframe'), { src: target });
    const done = Promise.race([ended(frame, 'load'), violation()]);
    document.body.append(frame);
    await done;
  },
  // A separate realm in the same page has fresh primitives, whatever the host did to the page's.
  realm: async ({ target, headers }) => {
    const frame = document.createElement('iframe');
    document.body.append(frame);
    return (await frame.contentWindow.fetch(new URL(target, location.href).href, { headers })).text();
  },
  worker: ({ target }) => {
    const blocked = violation();
    try {
      new Worker(scriptUrl(target));
    } catch {}
    return blocked;
  },
  elsewhere: ({ url }) => {
    const blocked = violation();
    fetch(url, { mode: 'no-cors' }).catch(() => {});
    return blocked;
  },
  imgElsewhere: ({ url }) => {
    const blocked = violation();
    new Image().src = url;
    return blocked;
  },
  formElsewhere: ({ url }) => {
    const blocked = violation();
    const form = Object.assign(document.createElement('form'), { action: url, method: 'POST' });
    document.body.append(form);
    form.submit();
    return blocked;
  },
  eval: () => {
    const blocked = violation();
    try {
      new Function('globalThis.inlineRan = true')();
      return 'nothing';
    } catch {}
    return blocked;
  },
  inline: () => {
    const blocked = violation();
    const script = document.createElement('script');
    try {
      script.textContent = 'globalThis.inlineRan = true';
      document.head.append(script);
    } catch {}
    return blocked;
  },
  html: () => {
    const blocked = violation();
    try {
      document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="globalThis.inlineRan = true">');
    } catch {}
    return blocked;
  },
  policy: () => policies().map(([name]) => name),
  navigate: ({ url }) => {
    location.href = url;
  },
  stun: async ({ port }) => {
    const connection = new RTCPeerConnection({ iceServers: [{ urls: `stun:127.0.0.1:${port}` }] });
    connection.createDataChannel('x');
    await connection.setLocalDescription(await connection.createOffer());
  },
  bundle: async ({ id }) => {
    const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
    const address = loaded.find((name) => name.includes(`entry=${id}&`));
    if (address === undefined) return 'no address';
    const response = await fetch(address);
    return response.ok ? response.text() : String(response.status);
  },
};

export default () => {
  // Not within the debugger's call, where eval is allowed whatever the page's policy says.
  globalThis.attack = (name, argument) =>
    new Promise((resolve, reject) => {
      setTimeout(() => Promise.resolve(attacks[name](argument)).then(resolve, reject));
    });
  return {
    routes: {
      Page: ({ navigate }) => {
        globalThis.go = navigate;
        return h('div', { 'data-plugin-page': 'raw' });
      },
    },
  };
};
