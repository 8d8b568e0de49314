import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Store } from '../dist/store.js';

test('keeps an immutable snapshot until something changes', () => {
  const store = new Store();
  const first = store.getSnapshot();
  assert.ok(Object.isFrozen(first) && Object.isFrozen(first.routes));
  let told = 0;
  const stop = store.subscribe(() => {
    told += 1;
  });
  store.update({ status: 'idle', routes: [] });
  assert.equal(store.getSnapshot(), first);
  assert.equal(told, 0);
  const route = { kind: 'route', key: 'k', pluginId: 'p', path: '/p', component: 'P' } as const;
  store.update({ routes: [route] });
  const second = store.getSnapshot();
  assert.notEqual(second, first);
  assert.equal(second.widgets, first.widgets);
  assert.ok(Object.isFrozen(second.routes));
  store.update({ routes: [route] });
  assert.equal(store.getSnapshot(), second);
  assert.equal(told, 1);
  stop();
  store.update({ status: 'ready' });
  assert.equal(told, 1);
});

test('lets a listener unsubscribe while it is called', () => {
  const store = new Store();
  const order: string[] = [];
  const stop = store.subscribe(() => {
    order.push('first');
    stop();
  });
  store.subscribe(() => order.push('second'));
  store.update({ status: 'starting' });
  store.update({ status: 'ready' });
  assert.deepEqual(order, ['first', 'second', 'second']);
});
