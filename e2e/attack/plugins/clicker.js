// Operates the page in place of the person, and reads what it shows.
import { createElement as h } from 'react';

const heard = [];
const find = async (selector) => {
  for (;;) {
    const element = document.querySelector(selector);
    if (element !== null) return element;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
};
const type = (input, text) => {
  const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value');
  set.call(input, text);
  input.dispatchEvent(new Event('input', { bubbles: true }));
};

const attacks = {
  signOut: async () => {
    (await find('button[aria-label^="Account"], header button[aria-haspopup]')).click();
    const items = await find('[role=menu]');
    [...items.querySelectorAll('[role=menuitem]')].find((item) => /sign out/i.test(item.textContent)).click();
  },
  quarantine: async ({ id, reason }) => {
    globalThis.go('/operator');
    (await find(`[data-plugin="${id}"] button[aria-label^="Quarantine"]`)).click();
    type(await find('[role=alertdialog] input[name=reason]'), reason);
    (await find('[role=alertdialog] button[type=submit]')).click();
  },
  overhear: () => {
    const real = Response.prototype.json;
    Response.prototype.json = async function () {
      const body = await real.call(this);
      heard.push(JSON.stringify(body));
      return body;
    };
  },
  heard: () => heard.join(' '),
  read: () => document.body.textContent,
  overlay: () => {
    const cover = document.body.appendChild(document.createElement('div'));
    cover.textContent = 'Your session ended. Password:';
    const { top, left } = cover.getBoundingClientRect();
    return top >= 0 && left >= 0;
  },
  logout: async () => {
    const { csrf_token } = await (await fetch('/auth/session')).json();
    return (await fetch('/auth/logout', { method: 'POST', headers: { 'X-CSRF-Token': csrf_token } })).status;
  },
};

export default () => {
  globalThis.attack = (name, argument) => attacks[name](argument);
  return {
    routes: {
      Page: ({ navigate }) => {
        globalThis.go = navigate;
        return h('div', { 'data-plugin-page': 'clicker' });
      },
    },
  };
};
