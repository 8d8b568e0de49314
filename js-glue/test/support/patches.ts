// Replaces what code is made of, as a hostile plugin would, and notes what of it is called.

const { apply, construct, ownKeys, getOwnPropertyDescriptor, defineProperty, deleteProperty, getPrototypeOf } = Reflect;
const { setPrototypeOf } = Object;

/** A descriptor that no prototype adds to. */
const own = (descriptor: PropertyDescriptor): PropertyDescriptor => setPrototypeOf(descriptor, null);

type Undo = () => void;
type Fn = (...given: unknown[]) => unknown;

/** What was called while `taking`, and with what. */
export interface Seen {
  readonly names: string[];
  readonly values: unknown[];
}

/** Names that a prototype gets a getter and a setter for: what the core's code reads and writes of its own objects. */
const PLANTED = [
  '0',
  '1',
  '2',
  '3',
  'then',
  'get',
  'buffer',
  'read',
  'written',
  'handle',
  'cause',
  'name',
  'fromWireType',
  'toWireType',
  'destructorFunction',
  'argCount',
];

function prototypes(): [string, object][] {
  const list = [
    'Object',
    'Function',
    'Array',
    'String',
    'Number',
    'Boolean',
    'Symbol',
    'RegExp',
    'Error',
    'Promise',
    'Map',
    'Set',
    'WeakMap',
    'WeakSet',
    'WeakRef',
    'FinalizationRegistry',
    'ArrayBuffer',
    'DataView',
    'Uint8Array',
    'Int8Array',
    'Uint32Array',
    'Int32Array',
    'TextEncoder',
    'TextDecoder',
  ].map((name): [string, object] => [name, (globalThis as unknown as Record<string, Fn>)[name]?.prototype]);
  return [
    ...list,
    ['%TypedArray%', getPrototypeOf(Uint8Array.prototype) as object],
    ['%ArrayIterator%', getPrototypeOf([][Symbol.iterator]()) as object],
    ['%StringIterator%', getPrototypeOf(''[Symbol.iterator]()) as object],
    ['WebAssembly.Memory', WebAssembly.Memory.prototype],
    ['WebAssembly.Table', WebAssembly.Table.prototype],
    ['WebAssembly.Instance', WebAssembly.Instance.prototype],
  ];
}

const STATICS: readonly [string, object][] = [
  ['Object', Object],
  ['Reflect', Reflect],
  ['Array', Array],
  ['String', String],
  ['Number', Number],
  ['Math', Math],
  ['JSON', JSON],
  ['Symbol', Symbol],
  ['ArrayBuffer', ArrayBuffer],
  ['WebAssembly', WebAssembly],
  ['%TypedArray%', getPrototypeOf(Uint8Array) as object],
];

const CONSTRUCTORS = [
  'Array',
  'ArrayBuffer',
  'DataView',
  'Map',
  'Object',
  'Promise',
  'String',
  'TextDecoder',
  'TextEncoder',
  'Uint8Array',
  'Uint32Array',
  'WeakMap',
];

/**
 * Runs each of `calls` with everything replaced; their results. Only what is called while one of them runs is noted:
 * what the loop around them does is not theirs.
 */
export function underPatches(calls: readonly (() => unknown)[], seen: Seen): unknown[] {
  const undo: Undo[] = [];
  let taking = false;
  let names = 0;
  let values = 0;
  const note = (name: string, self: unknown, given: unknown): void => {
    if (!taking) return;
    taking = false;
    seen.names[names++] = name;
    seen.values[values++] = self;
    seen.values[values++] = given;
    taking = true;
  };
  const replace = (target: object, key: PropertyKey, descriptor: PropertyDescriptor): void => {
    const before = getOwnPropertyDescriptor(target, key);
    if (!defineProperty(target, key, own(descriptor))) return;
    undo[undo.length] = () => {
      if (before === undefined) deleteProperty(target, key);
      else defineProperty(target, key, own(before));
    };
  };
  const wrap = (name: string, target: object): void => {
    for (const key of ownKeys(target)) {
      if (key === 'prototype') continue;
      const descriptor = getOwnPropertyDescriptor(target, key) as PropertyDescriptor & Record<string, unknown>;
      for (const part of ['value', 'get', 'set']) {
        const real = descriptor[part];
        if (typeof real !== 'function') continue;
        const label = `${name}.${String(key)}`;
        const replaced = function (this: unknown, ...given: unknown[]): unknown {
          note(label, this, given);
          return new.target ? construct(real, given) : apply(real as Fn, this, given);
        };
        // What `subarray` and its like ask for the constructor of their result.
        if (key === 'constructor') defineProperty(replaced, Symbol.species, own({ value: replaced }));
        descriptor[part] = replaced;
      }
      replace(target, key, descriptor);
    }
  };
  const plan: Undo[] = [];
  for (const name of CONSTRUCTORS) {
    plan[plan.length] = () => {
      const real = (globalThis as unknown as Record<string, Fn>)[name] as Fn;
      const replaced = function (this: unknown, ...given: unknown[]): unknown {
        note(`new ${name}`, this, given);
        return new.target ? construct(real, given) : apply(real, this, given);
      };
      replaced.prototype = real.prototype;
      replace(globalThis, name, { configurable: true, writable: true, value: replaced });
    };
  }
  for (const [name, target] of STATICS) plan[plan.length] = () => wrap(name, target);
  for (const [name, target] of prototypes()) plan[plan.length] = () => wrap(`${name}.prototype`, target);
  for (const [where, target] of [
    ['Object.prototype', Object.prototype],
    ['Array.prototype', Array.prototype],
  ] as const) {
    for (const name of PLANTED) {
      plan[plan.length] = () =>
        replace(target, name, {
          configurable: true,
          get() {
            note(`get ${where}.${name}`, this, undefined);
            return undefined;
          },
          set(value: unknown) {
            note(`set ${where}.${name}`, this, value);
            defineProperty(this, name, own({ configurable: true, enumerable: true, writable: true, value }));
          },
        });
    }
  }
  // Elements that are there before elements have setters.
  const results = calls.map(() => undefined as unknown);
  for (const list of [seen.names, seen.values] as unknown[][]) for (let at = 0; at < 4; at += 1) list[at] = undefined;
  for (let index = 0; index < plan.length; index += 1) (plan[index] as Undo)();
  try {
    for (let index = 0; index < calls.length; index += 1) {
      taking = true;
      results[index] = (calls[index] as () => unknown)();
      taking = false;
    }
  } finally {
    taking = false;
    for (let index = undo.length - 1; index >= 0; index -= 1) (undo[index] as Undo)();
  }
  seen.names.length = names;
  seen.values.length = values;
  return results;
}
