// Not locked: these pass no secret along, or (push, unshift) change only the page's own arrays.
const FREE = /^(constructor|push|unshift|to\w*String|valueOf|length|name|prototype|arguments|caller)$/;

const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
const Refusal = TypeError;
/** Throws if the object rejects the property, as an assignment does. */
const define = Object.defineProperty;

/**
 * Fixes a property on the object that owns it without affecting objects that inherit it. A read-only value would
 * break libraries that assign to their own objects (`promise.then = ...`, `Made.prototype.get = ...`, `Made.all =
 * ...`): an assignment to an inherited read-only property fails. With a pair of accessors such an assignment creates
 * an own property, as it does on a page without locks.
 */
function fix(target: object, key: PropertyKey, value: unknown, enumerable: boolean): void {
  defineProperty(target, key, {
    configurable: false,
    enumerable,
    get: () => value,
    set(this: object, own: unknown) {
      if (this === target) {
        throw new Refusal(`cannot replace ${String(key)} for the whole page: createHost() fixed it`);
      }
      define(this, key, { value: own, writable: true, enumerable: true, configurable: true });
    },
  });
}

function lock(target: object, keys: readonly PropertyKey[] = ownKeys(target)): void {
  for (const key of keys) {
    const found = getOwnPropertyDescriptor(target, key);
    if (!found?.configurable || (typeof key === 'string' && FREE.test(key))) continue;
    if (found.writable) fix(target, key, found.value, found.enumerable ?? false);
    else defineProperty(target, key, { configurable: false });
  }
}

/**
 * Locks the built-ins that the page's code relies on. Objects that hold an sdk pass through arrays, maps and
 * promises, so code that replaced their methods would receive them. `Object.prototype` becomes non-extensible: a
 * `then` on it would be called for every object that a promise resolves with. `Array.prototype` gets no `toJSON`, which
 * would be called for every list that is written as JSON. Replacements made before (by a polyfill
 * or a monitoring agent) are kept; a later one throws. Objects that inherit from the locked ones can have own
 * properties of the same names. Primitives that handle secrets are also captured (`primitives.ts`); this lock covers
 * the rest.
 */
export function lockPage(): void {
  if (globalThis.document === undefined) return;
  Object.preventExtensions(Object.prototype);
  lock(Function.prototype, ['call', 'apply', 'bind', Symbol.hasInstance]);
  for (const made of [[], new Map(), new Set()]) {
    lock(getPrototypeOf(made) as object);
    lock(getPrototypeOf(made.values()) as object);
  }
  for (const target of [Object, Reflect, Array, Promise, HTMLLinkElement.prototype]) lock(target);
  for (const { prototype } of [WeakMap, WeakSet]) lock(prototype);
  lock(Promise.prototype);
  if (getOwnPropertyDescriptor(Array.prototype, 'toJSON') === undefined) {
    fix(Array.prototype, 'toJSON', undefined, false);
  }
  // `await` uses a promise directly only while its constructor is Promise.
  if (getOwnPropertyDescriptor(Promise.prototype, 'constructor')?.configurable) {
    fix(Promise.prototype, 'constructor', Promise, false);
  }
}
