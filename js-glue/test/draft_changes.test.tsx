import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Host, HostState } from '../dist/index.js';
import type { PluginDraft } from '../dist/plugin/index.js';
import { createUseDraft } from '../dist/react/draft.js';
import { fakeDom } from './support/dom.js';

// A draft whose key or person changes while its component stays mounted.

const element = fakeDom();
// Imported after a document exists, because React looks for one on import.
const { act } = await import('react');
const { createRoot } = await import('react-dom/client');

const items = new Map<string, string>();
Object.defineProperty(globalThis, 'sessionStorage', {
  configurable: true,
  value: {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  },
});

/** The part of a host that drafts use: the session. */
function hostOf(person: string | null) {
  const listeners = new Set<() => void>();
  let now = person;
  const host = {
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    getSnapshot: () => ({ session: now === null ? null : { subject: { type: 'account', id: now } } }) as HostState,
  } as unknown as Host;
  const become = (next: string | null): void => {
    now = next;
    for (const listener of listeners) listener();
  };
  return { host, become };
}

const plugin = { pluginId: 'sales', token: {}, assertOpen: () => {}, fetch: async () => new Response() };

test('keeps one draft per key and restores each', async () => {
  items.clear();
  const { host } = hostOf('vera');
  const useDraft = createUseDraft(host);
  let draft: PluginDraft = ['', () => {}];
  const shown: string[] = [];
  const Note = ({ name, initial = 'new' }: { name: string; initial?: string }) => {
    draft = useDraft(plugin, name, initial);
    shown.push(`${name}: ${draft[0]}`);
    return <p>{draft[0]}</p>;
  };
  const root = element('div');
  const react = createRoot(root as unknown as Element);
  const show = (name: string, initial?: string) =>
    act(() => react.render(initial === undefined ? <Note name={name} /> : <Note name={name} initial={initial} />));
  await show('note/1');
  await act(() => draft[1]('of the first'));
  assert.equal(root.textContent, 'of the first');
  const [, writeFirst] = draft;
  shown.length = 0;
  await show('note/2');
  assert.equal(root.textContent, 'new');
  assert.ok(!shown.includes('note/2: of the first'), 'not even for one render');
  await act(() => draft[1]('of the second'));
  await show('note/1');
  assert.equal(root.textContent, 'of the first');
  // As with useState, another initial value does not change the shown text.
  await show('note/3', 'empty');
  await show('note/3', 'other');
  assert.equal(root.textContent, 'empty');
  // Text written under the previous key is saved there and not shown here.
  await act(() => writeFirst('late'));
  assert.equal(root.textContent, 'other');
  await show('note/1');
  assert.equal(root.textContent, 'late');
  await act(() => react.unmount());
});

test('hides drafts from another person, also in a component that stays mounted', async () => {
  items.clear();
  const { host, become } = hostOf('vera');
  const useDraft = createUseDraft(host);
  let draft: PluginDraft = ['', () => {}];
  const Note = () => {
    draft = useDraft(plugin, 'note', '');
    return <p>{draft[0]}</p>;
  };
  const root = element('div');
  const react = createRoot(root as unknown as Element);
  const show = () => act(() => react.render(<Note />));
  await show();
  await act(() => draft[1]('private'));
  become(null);
  await show();
  become('vera');
  await show();
  assert.equal(root.textContent, 'private');
  const [, writeOfVera] = draft;
  become('otto');
  await show();
  assert.equal(root.textContent, '');
  await act(() => writeOfVera('late'));
  assert.equal(root.textContent, '');
  assert.equal(items.size, 0);
  await act(() => react.unmount());
});

test("deletes drafts when another person signs in, whether that person's page has drafts or not", () => {
  const typed = JSON.stringify({ owner: 'vera', texts: { 'sales note': 'private' } });
  items.clear();
  items.set('portcullis.drafts', typed);
  const { host, become } = hostOf(null);
  createUseDraft(host);
  assert.equal(items.size, 1, 'nobody is signed in yet');
  become('vera');
  become(null);
  assert.equal(items.get('portcullis.drafts'), typed, 'the same person may come back');
  become('otto');
  assert.equal(items.size, 0);
  // Signed in before the page is loaded.
  items.set('portcullis.drafts', typed);
  createUseDraft(hostOf('otto').host);
  assert.equal(items.size, 0);
});
