// biome-ignore-all lint/correctness/noComponentHookFactories: each test renders components of its own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definePlugin, type PluginDraft } from 'portcullis/plugin';
import { PluginSlot, PortcullisProvider } from 'portcullis/react';
import { renderToStaticMarkup } from 'react-dom/server';
import { createHost } from '../dist/index.js';
import { FakePage } from './support/page.js';
import { manifest, SESSION } from './support/server.js';

/** The tab's storage, which outlives documents. */
function storage(): Map<string, string> {
  const items = new Map<string, string>();
  const fake = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
  Object.defineProperty(globalThis, 'sessionStorage', { configurable: true, value: fake });
  return items;
}

/** A document in which this person is signed in, and a plugin with a form. */
async function documentOf(person: string) {
  const page = new FakePage();
  page.server.manifests = [manifest('sales')];
  page.server.handlers.push((request) =>
    request.path === '/auth/session'
      ? Response.json({ ...SESSION, user: person, subject: { type: 'account', id: `auth:account:lab:${person}` } })
      : null,
  );
  let draft: PluginDraft = ['', () => {}];
  page.bundles.set('sales', {
    default: definePlugin((sdk) => ({
      widgets: {
        Widget: () => {
          draft = sdk.useDraft('note', 'new');
          return <p>{draft[0]}</p>;
        },
      },
      routes: { Page: () => null },
    })),
  });
  const host = createHost(page.options());
  await host.start();
  await host.load('sales');
  const show = (): string => {
    const slot = <PluginSlot name="dashboard.main" />;
    return renderToStaticMarkup(<PortcullisProvider host={host.handle}>{slot}</PortcullisProvider>);
  };
  return { host, show, write: (text: string) => draft[1](text) };
}

test('restores a draft for the same person, in the same document and in the next', async () => {
  const items = storage();
  const first = await documentOf('vera');
  assert.equal(first.show(), '<p>new</p>');
  first.write('an hour of typing');
  assert.equal(first.show(), '<p>an hour of typing</p>');
  await first.host.close();
  const second = await documentOf('vera');
  assert.equal(second.show(), '<p>an hour of typing</p>');
  second.write('new');
  assert.equal(second.show(), '<p>new</p>');
  assert.equal(items.size, 0, 'a saved draft is deleted');
  await second.host.close();
});

test('hides drafts from another person and discards late input', async () => {
  const items = storage();
  const vera = await documentOf('vera');
  vera.show();
  vera.write('private');
  const otto = await documentOf('otto');
  assert.equal(otto.show(), '<p>new</p>');
  assert.doesNotMatch([...items.values()].join(), /private/);
  const again = await documentOf('vera');
  assert.equal(again.show(), '<p>new</p>');
  for (const { host } of [vera, otto, again]) await host.close();
});

test('keeps a draft as long as the document when there is no storage', async () => {
  Object.defineProperty(globalThis, 'sessionStorage', {
    configurable: true,
    get: () => {
      throw new Error('refused');
    },
  });
  const { host, show, write } = await documentOf('vera');
  show();
  write('typed');
  assert.equal(show(), '<p>typed</p>');
  await host.close();
});
