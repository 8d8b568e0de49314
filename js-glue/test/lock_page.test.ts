import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

// Each test runs in a realm of its own, because the lock is permanent: `setup`, the lock, then each body; returns the
// body's result or the error's message.
function locked(bodies: Record<string, string>, setup = ''): Promise<Record<string, string>> {
  const module = new URL('../dist/lock_page.js', import.meta.url).href;
  const code = `
    const { parentPort } = require('node:worker_threads');
    globalThis.document = {};
    globalThis.HTMLLinkElement = class { get rel() { return 'rel'; } };
    ${setup}
    import(${JSON.stringify(module)}).then(async ({ lockPage }) => {
      lockPage();
      lockPage(); // a second host
      const said = {};
      const bodies = ${JSON.stringify(bodies)};
      for (const name of Object.keys(bodies)) {
        try { said[name] = String(await (0, eval)('"use strict"; (async () => {' + bodies[name] + '})()')); }
        catch (error) { said[name] = 'threw ' + error.message; }
      }
      parentPort.postMessage(said);
    });`;
  return new Promise((resolve, reject) => {
    const worker = new Worker(code, { eval: true });
    worker.once('message', (said: Record<string, string>) => {
      resolve(said);
      void worker.terminate();
    });
    worker.once('error', reject);
  });
}

/** Every locked function, as an expression of the object that owns it. */
const HOLDERS = [
  'Promise.prototype',
  'Promise',
  'Array.prototype',
  'Array',
  'Object',
  'Reflect',
  'Map.prototype',
  'Set.prototype',
  'WeakMap.prototype',
  'WeakSet.prototype',
  'Object.getPrototypeOf([].values())',
  'Object.getPrototypeOf(new Map().values())',
  'Object.getPrototypeOf(new Set().values())',
];

test('lets an object that inherits a locked function define its own, by every name and in every way', async () => {
  const bodies = Object.fromEntries(
    HOLDERS.map((holder) => [
      holder,
      `const holder = ${holder};
       const keys = Reflect.ownKeys(holder).filter((key) => {
         const { writable, set } = Object.getOwnPropertyDescriptor(holder, key);
         return writable || set !== undefined;           // excludes what is read-only in the language itself
       });
       const kept = keys.map((key) => [key, holder[key]]);
       let tried = 0;
       for (const key of keys) {
         const mine = () => 'mine';
         const child = Object.create(holder);
         child[key] = mine;                              // an own property, as on a page without locks
         const own = Object.getOwnPropertyDescriptor(child, key);
         if (child[key] !== mine || !own.writable || !own.enumerable || !own.configurable) throw new Error(String(key));
         child[key] = null;                              // and it can be changed and deleted
         delete child[key];
         if (child[key] !== holder[key]) throw new Error('deleted ' + String(key));
         Object.assign(child, { [key]: mine });
         if (child[key] !== mine) throw new Error('assign ' + String(key));
         Reflect.set(Object.create(holder), key, mine);
         tried += 1;
       }
       for (const [key, value] of kept) if (holder[key] !== value) throw new Error('changed ' + String(key));
       return tried > 0;`,
    ]),
  );
  for (const [holder, said] of Object.entries(await locked(bodies))) assert.equal(said, 'true', holder);
});

test('leaves libraries free to change their own objects', async () => {
  const said = await locked({
    'a then of one promise': 'const p = Promise.resolve(1); p.then = () => "own"; return p.then();',
    'a class of ES5 that extends Promise': `
      function Mine() {} Mine.prototype = Object.create(Promise.prototype); Mine.prototype.constructor = Mine;
      Mine.prototype.then = () => 1; Mine.__proto__ = Promise; Mine.resolve = () => 2; return new Mine().constructor === Mine;`,
    "the compiler's helper for classes": `
      function d() { this.constructor = Mine; } function Mine() {} Object.setPrototypeOf(Mine, Promise);
      d.prototype = Promise.prototype; Mine.prototype = new d(); Mine.all = () => 3;
      return Mine.prototype.constructor === Mine && Mine.all() === 3;`,
    'a map of ES5': `
      function Draft() {} Draft.prototype = Object.create(Map.prototype);
      for (const name of ['has', 'get', 'set', 'delete', 'clear', 'forEach', 'keys', 'values', 'entries']) Draft.prototype[name] = () => name;
      Draft.prototype[Symbol.iterator] = () => 0; return new Draft().get();`,
    'a list that is watched': `
      const methods = Object.create(Array.prototype);
      for (const name of ['push', 'splice', 'sort', 'slice', 'map', 'concat']) methods[name] = function (...all) { return Array.prototype[name].apply(this, all); };
      const list = [3, 1, 2]; Object.setPrototypeOf(list, methods); list.sort(); list.slice = () => 'own'; return list.join() + list.slice();`,
    'a function with its own call, apply and bind': `
      const f = () => 1; f.call = () => 2; f.apply = () => 3; f.bind = () => () => 4; return f.call() + f.apply() + f.bind()();`,
    'an iterator with its own next': 'const i = [1].values(); i.next = () => ({ done: true }); return [...i].length;',
    'descriptors that are copied': `
      const copy = Object.create(Object.prototype, Object.getOwnPropertyDescriptors(Array.prototype));
      copy.length = 0; return typeof copy.map;`,
    'names of Object.prototype': 'const o = {}; o.toString = () => "x"; o.hasOwnProperty = () => 1; return String(o);',
    classes: `
      class P extends Promise { then(...all) { return super.then(...all); } static all() { return 'own'; } }
      class L extends Array { map() { return 'own'; } } class M extends Map { get() { return 'own'; } }
      return [await P.resolve('p'), P.all(), new L().map(), new M().get()].join();`,
    'new names of built-in prototypes':
      'Array.prototype.lastOfMine = 1; const ok = [].lastOfMine; delete Array.prototype.lastOfMine; return ok;',
    'a frozen list': 'const l = Object.freeze([1]); try { l.map = 1; } catch { return "frozen"; }',
  });
  for (const [habit, answer] of Object.entries(said)) assert.doesNotMatch(answer, /threw|false|undefined/, habit);
  assert.equal(said['a list that is watched'], '1,2,3own');
  assert.equal(said['a function with its own call, apply and bind'], '9');
});

test("locks the page's shared built-ins, with an error that says why", async () => {
  const said = await locked(
    {
      assign: 'Promise.prototype.then = () => {};',
      set: 'return Reflect.set(Array.prototype, "map", 1);',
      'set through the accessor': `
      const { set } = Object.getOwnPropertyDescriptor(Map.prototype, 'get'); set.call(Map.prototype, 1);`,
      define: 'Object.defineProperty(Set.prototype, "has", { value: 1 });',
      delete: 'delete Array.prototype[Symbol.iterator];',
      constructor: 'Promise.prototype.constructor = class {};',
      'a static': 'Object.keys = () => [];',
      call: 'Function.prototype.call = () => {};',
      'a new name for every object': 'Object.prototype.then = () => {};',
      'the JSON of every list': 'Array.prototype.toJSON = () => [];',
      accessor: 'Object.defineProperty(HTMLLinkElement.prototype, "rel", { get: () => 1 });',
      intact:
        'return (await Promise.resolve(4)) + [1].map((x) => x).length + new Map([[1, 2]]).get(1) + Object.keys({ a: 1 }).length;',
      polyfilled: 'return Array.prototype.mine === globalThis.mine && [].at(-1) === "polyfilled";',
    },
    'globalThis.mine = Array.prototype.mine = () => 1; Array.prototype.at = () => "polyfilled";',
  );
  const { intact, polyfilled, ...refused } = said;
  assert.equal(intact, '8');
  assert.equal(polyfilled, 'true', 'a replacement from before the lock is kept');
  for (const [way, answer] of Object.entries(refused)) assert.match(answer, /^threw /, way);
  assert.match(said.assign ?? '', /cannot replace then for the whole page: createHost\(\) fixed it/);
});
