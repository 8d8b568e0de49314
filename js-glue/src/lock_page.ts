// Left as they are: they carry nothing, or (push, unshift) the page's own lists only.
const FREE = /^(constructor|push|unshift|to\w*String|valueOf|length|name|prototype|arguments|caller)$/;

const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
const Refusal = TypeError;
/** Throws where the object takes no property, as an assignment does. */
const define = Object.defineProperty;

/**
 * Fixes a function where it is found, and not where it is inherited. As a read-only value it would also forbid what
 * libraries do to objects of their own: `promise.then = ...`, `Made.prototype.get = ...` and `Made.all = ...` assign to
 * an inherited property, which a read-only one refuses. A pair of accessors lets such an assignment make the
 * object's own property, as it does on a page without locks.
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
 * From now on what the page's code is made of stays as it is: objects with an sdk go through lists, maps
 * and promises, and whoever replaced their functions would be shown them. `Object.prototype` takes no new
 * names either: a `then` on it would be asked of everything that a promise resolves with. What was
 * replaced before (by a polyfill, an agent) is kept; what comes later on top fails, and says so. Objects that
 * inherit from these may have properties of their own with the same names. Primitives that hold a
 * secret are taken besides (`primitives.ts`): this lock is for the rest.
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
  // `await` takes a promise as it is only while this says Promise.
  if (getOwnPropertyDescriptor(Promise.prototype, 'constructor')?.configurable) {
    fix(Promise.prototype, 'constructor', Promise, false);
  }
}
