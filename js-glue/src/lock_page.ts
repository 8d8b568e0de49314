// Left as they are: pages do replace these on objects of their own, which a locked prototype would forbid.
const FREE = /^(constructor|push|unshift|to\w*String|valueOf|length|name|prototype|arguments|caller)$/;

/**
 * From now on what the page's code is made of stays as it is: objects with an sdk go through lists, maps
 * and promises, and who replaces their functions would be shown them. `Object.prototype` takes no new
 * names either: a `then` on it would be asked of everything that a promise resolves with. What was
 * replaced before (by a polyfill, an agent) is kept; what comes later on top fails. Primitives that hold a
 * secret are taken besides (`primitives.ts`): this lock is for the rest.
 */
export function lockPage(): void {
  if (globalThis.document === undefined) return;
  const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
  const lock = (target: object, keys: readonly PropertyKey[] = ownKeys(target)): void => {
    for (const key of keys) {
      const found = getOwnPropertyDescriptor(target, key);
      if (!found?.configurable || (typeof key === 'string' && FREE.test(key))) continue;
      defineProperty(
        target,
        key,
        'value' in found ? { configurable: false, writable: false } : { configurable: false },
      );
    }
  };
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
  defineProperty(Promise.prototype, 'constructor', { configurable: false, writable: false });
}
