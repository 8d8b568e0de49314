// Plugin components under the page's policy: HTML from data, React 19, suspense, drafts.
import { expect, newPerson, signIn, test } from './fixtures.ts';
import { startUpstream, type Upstream, writeSite } from './probe.ts';

const HTML = [
  '<b id="x">hi</b>',
  '<img src="x" onerror="globalThis.pwned = 1">',
  '<script>globalThis.pwned = 1</script>',
  '<iframe srcdoc="<script>parent.pwned = 1</script>"></iframe>',
  '<a href="javascript:globalThis.pwned = 1">link</a>',
  '<svg><a xlink:href="javascript:globalThis.pwned = 1">svg</a><animate attributeName="href"></animate></svg>',
  '<form action="javascript:globalThis.pwned = 1"><button formaction="javascript:globalThis.pwned = 1">go</button></form>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=globalThis.pwned=1&gt;">',
].join('');

/** As in the SDK's README. */
const sanitised = (id: string) => `import { createElement } from 'react';
const html = ${JSON.stringify(HTML)};
const show = (place) => { if (place && place.setHTML) place.setHTML(html); else if (place) place.textContent = html; };
export default () => ({
  widgets: { Widget: () => createElement('div', { ref: show, 'data-testid': 'html-${id}' }) },
  routes: { Page: () => null },
});
`;

const FORM = `import { createElement, lazy, use, useActionState, useId, useState } from 'react';
export default (sdk) => {
  const ask = () => sdk.api.fetch('/api/x/slow').then((response) => response.text());
  let slow;
  const Slow = () => createElement('p', { 'data-testid': 'slow' }, use((slow ??= ask())));
  const Later = lazy(async () => { await sdk.api.fetch('/api/x/later'); return { default: () => createElement('p', { 'data-testid': 'later' }, 'later') }; });
  const Count = () => {
    const [count, add] = useActionState(async (before, data) => before + Number(data.get('n')), 0);
    const [open, setOpen] = useState(false);
    return createElement('form', { action: add },
      createElement('input', { id: useId(), name: 'n', defaultValue: '2', 'aria-label': 'n' }),
      createElement('button', null, 'Add'),
      createElement('output', { 'data-testid': 'count' }, count),
      createElement('button', { type: 'button', onClick: () => setOpen(true) }, 'Open'),
      open ? createElement(Later) : null);
  };
  const Note = () => {
    const [text, write] = sdk.useDraft('note');
    return createElement('textarea', { 'aria-label': 'Note', value: text, onChange: (event) => write(event.target.value) });
  };
  return {
    widgets: { Widget: () => createElement('div', null, createElement(Count), createElement(Note)) },
    routes: { Page: Slow },
  };
};
`;

let upstream: Upstream;
let release: (() => void)[] = [];
test.use({
  prepare: async ({}, use) => {
    release = [];
    upstream = await startUpstream((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' }).flushHeaders();
      release.push(() => response.end('came'));
    });
    const bundles = { first: sanitised('first'), second: sanitised('second'), form: FORM };
    await use((folders) => writeSite(folders, bundles, upstream.url));
    await upstream.close();
  },
});

test('sanitises HTML data in two plugins', async ({ browser, demo }) => {
  // Not the fixture's person, because Chromium reports each handler that the sanitiser removes.
  const { page, context } = await newPerson(browser, demo);
  await signIn(page, 'viewer');
  for (const id of ['first', 'second']) {
    const place = page.getByTestId(`html-${id}`);
    await expect(place.locator('b')).toHaveText('hi');
    const html = await place.evaluate((element) => element.innerHTML);
    expect(html).not.toMatch(/onerror|<script|<iframe|javascript:|<style/i);
    await place.getByText('link').click();
  }
  expect(await page.evaluate(() => (globalThis as { pwned?: number }).pwned)).toBeUndefined();
  const refused = await page.evaluate(() => {
    const text = '<b>x</b>' as never;
    const ways: Record<string, () => void> = {
      innerHTML: () => (document.createElement('div').innerHTML = text),
      DOMParser: () => new DOMParser().parseFromString(text, 'text/html'),
      srcdoc: () => (document.createElement('iframe').srcdoc = text),
    };
    return Object.keys(ways).filter((name) => {
      try {
        ways[name]?.();
        return false;
      } catch {
        return true;
      }
    });
  });
  expect(refused).toEqual(['innerHTML', 'DOMParser', 'srcdoc']);
  await context.close();
});

test('supports form actions and isolates a suspending component', async ({ browser, demo }) => {
  const { page, context, violations } = await newPerson(browser, demo);
  await signIn(page, 'viewer');
  const count = page.getByTestId('count');
  for (const expected of ['2', '4']) {
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(count).toHaveText(expected);
  }
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await expect.poll(() => upstream.seen.filter(({ path }) => path === '/api/x/later').length).toBe(1);
  await expect(page.getByTestId('html-first')).toBeVisible();
  for (const go of release.splice(0)) go();
  await expect(page.getByTestId('later')).toBeVisible();
  await expect(count).toHaveText('4');
  // Only the sanitised HTML's handlers are reported.
  expect(violations.filter((text) => !/inline event handler/.test(text))).toEqual([]);
  await context.close();
});

test('restores a draft for the same person and for nobody else', async ({ browser, demo }) => {
  const { page, context } = await newPerson(browser, demo);
  const note = page.getByRole('textbox', { name: 'Note' });
  const enter = async (user: string) => {
    await page.getByLabel('User', { exact: true }).fill(user);
    await page.getByLabel('Password', { exact: true }).fill(user);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  };
  await signIn(page, 'viewer');
  await note.fill('an hour of typing');
  await demo.bff.kill9(); // ends every session
  await demo.bff.restart();
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
  await enter('viewer');
  await expect(note).toHaveValue('an hour of typing');
  await demo.bff.kill9();
  await demo.bff.restart();
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
  await enter('operator');
  await expect(note).toHaveValue('');
  expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain('typing');
  await context.close();
});
