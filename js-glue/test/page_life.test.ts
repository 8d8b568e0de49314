import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captureEnvironment } from '../dist/environment.js';

// The browser's events when a page is left, in the order of the HTML standard's "unload a document".

const told: string[] = [];
const window = new EventTarget();
const page = { visibilityState: 'visible' };
Object.assign(globalThis, {
  document: page,
  addEventListener: window.addEventListener.bind(window),
  removeEventListener: window.removeEventListener.bind(window),
});
const say = (type: string, persisted = false) => window.dispatchEvent(Object.assign(new Event(type), { persisted }));
const become = (state: string) => {
  page.visibilityState = state;
  say('visibilitychange');
};
const heard = () => told.splice(0);

test('releases the page key after the last calls of other listeners', () => {
  const env = captureEnvironment({ environment: { origin: 'https://host.test' } });
  const stop = env.onPageLife?.({ hide: (sleeps) => told.push(`hide ${sleeps}`), wake: () => told.push('wake') });
  const stopHide = env.onPageHide(() => told.push('telemetry'));
  // A plugin's listeners, which were added after the host's.
  window.addEventListener('pagehide', () => told.push('plugin'));
  window.addEventListener('visibilitychange', () => told.push(`plugin ${page.visibilityState}`));
  say('pagehide');
  become('hidden');
  assert.deepEqual(heard(), ['telemetry', 'plugin', 'telemetry', 'plugin hidden', 'hide false']);
  // The page is hidden already, so no further event follows.
  say('pagehide');
  assert.deepEqual(heard(), ['hide false', 'telemetry', 'plugin']);
  // Into the back/forward cache and back.
  become('visible');
  heard();
  say('pagehide', true);
  become('hidden');
  assert.equal(heard().at(-1), 'hide true');
  become('visible');
  say('pageshow', true);
  assert.deepEqual(heard(), ['plugin visible', 'wake']);
  // A page that was restored without having been hidden is not suspended the next time it is hidden.
  say('pagehide', true);
  say('pageshow', true);
  become('hidden');
  assert.deepEqual(heard(), ['telemetry', 'plugin', 'wake', 'telemetry', 'plugin hidden']);
  become('visible');
  heard();
  say('pagehide', true);
  become('hidden');
  assert.equal(heard().at(-1), 'hide true');
  become('visible');
  stop?.();
  stopHide();
  heard();
  say('pagehide', true);
  become('hidden');
  say('pageshow', true);
  assert.deepEqual(heard(), ['plugin', 'plugin hidden']);
});
