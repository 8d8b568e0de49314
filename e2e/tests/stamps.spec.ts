// The demo says `stamps: required`: calls of the page's host are accepted, calls of other code are refused.
import type { Response } from '@playwright/test';
import { expect, signIn, test } from './fixtures.ts';

interface Probed {
  __boot?: { atBundle: number; token: string | null };
}

test('stamps every call of the page, so that none is refused', async ({ person: { page } }) => {
  await signIn(page, 'viewer');
  await expect(page.getByTestId('hello-widget')).toBeVisible();
  const refused: string[] = [];
  const unstamped: string[] = [];
  page.on('response', (response) => {
    if (response.headers()['x-stamp-violation'] !== undefined) refused.push(response.url());
  });
  page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url());
    const exempt = pathname.endsWith('/page-key') || (pathname.endsWith('/bundle') && searchParams.has('v'));
    if (!/^\/(api|access|events)\//.test(pathname) || exempt) return;
    if (request.headers()['x-plugin-stamp'] === undefined) unstamped.push(pathname);
  });
  await page.goto('/hello');
  await expect(page.getByTestId('echo')).toContainText('viewer');
  await page.getByRole('link', { name: 'Live', exact: true }).click();
  await expect(page.getByTestId('connection').first()).toHaveText(/live/);
  expect(refused).toEqual([]);
  expect(unstamped).toEqual([]);
});

test('removes the boot token before a plugin runs, and gives no script another', async ({ person: { page } }) => {
  await page.addInitScript(() => {
    // A plugin's import follows its preload, so the document at that moment is all that a plugin can find.
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) {
        for (const node of addedNodes) {
          if (node instanceof HTMLLinkElement && node.rel === 'modulepreload' && node.href.includes('/bundle')) {
            const found = document.querySelectorAll('meta[name="portcullis-boot"]').length;
            (window as Probed).__boot = {
              atBundle: found,
              token: document.documentElement.outerHTML.match(/boot/)?.[0] ?? null,
            };
          }
        }
      }
    }).observe(document, { childList: true, subtree: true });
  });
  const tokenOf = (answer: Response | null): Promise<string | undefined> =>
    (answer as Response).text().then((text) => /<meta name="portcullis-boot" content="([^"]*)">/.exec(text)?.[1]);
  expect(await tokenOf(await page.goto('/'))).toBe('');
  await signIn(page, 'viewer');
  expect(await tokenOf(await page.goto('/'))).toMatch(/^[\w-]+$/);
  await expect(page.getByTestId('hello-widget')).toBeVisible();
  expect(await page.evaluate(() => (window as Probed).__boot)).toEqual({ atBundle: 0, token: null });
  const fetched = await page.evaluate(async () => {
    const texts: string[] = [];
    for (const cache of ['default', 'no-store', 'reload', 'force-cache'] as const) {
      texts.push(await (await fetch('/', { cache })).text());
    }
    texts.push(
      await (await fetch('/', { cache: 'only-if-cached', mode: 'same-origin' }).catch(() => new Response(''))).text(),
    );
    const forged = { 'Sec-Fetch-Dest': 'document', 'Sec-Fetch-Mode': 'navigate' };
    texts.push(await (await fetch('/', { headers: forged })).text());
    return texts;
  });
  for (const text of fetched) expect(text).not.toContain('portcullis-boot');
});

test("refuses page code that calls without the SDK, under any plugin's name", async ({ person: { page } }) => {
  await signIn(page, 'viewer');
  await expect(page.getByTestId('hello-widget')).toBeVisible();
  const codes = await page.evaluate(async () => {
    const ask = async (headers: Record<string, string>, path = '/api/sales/summary') =>
      (await (await fetch(path, { headers })).json()).code;
    return [
      await ask({ 'X-Plugin-Id': 'sales-analytics' }),
      await ask({ 'X-Plugin-Id': 'sales-analytics', 'X-Plugin-Stamp': `v1.${'A'.repeat(22)}.1.${'A'.repeat(43)}` }),
      await ask({}, '/api/lab/echo'),
      await ask({}, '/api/plugins/manifests'),
    ];
  });
  expect(codes).toEqual(['STAMP_REQUIRED', 'STAMP_INVALID', 'STAMP_REQUIRED', 'STAMP_REQUIRED']);
});

test('keeps responses to stamped calls unreadable from the cache', async ({ person: { page } }) => {
  await signIn(page, 'viewer', '/hello');
  await expect(page.getByTestId('echo')).toContainText('viewer');
  const read = await page.evaluate(async () => {
    const seen: string[] = [];
    for (const [path, id] of [
      ['/api/plugins/manifests', ''],
      ['/api/configs/ui', ''],
      ['/api/plugins/secure-echo', 'hello'],
    ] as const) {
      for (const cache of ['force-cache', 'only-if-cached'] as const) {
        const init: RequestInit = { cache, mode: 'same-origin', headers: id === '' ? {} : { 'X-Plugin-Id': id } };
        const response = await fetch(path, init).catch(() => null);
        if (response?.ok) seen.push(`${cache} ${path}`);
      }
    }
    return seen;
  });
  expect(read).toEqual([]);
});

test('hides stamps from a patched Promise, Headers, fetch and Object.prototype', async ({ person: { page } }) => {
  await signIn(page, 'viewer', '/hello');
  await expect(page.getByTestId('echo')).toContainText('viewer');
  await page.evaluate(() => {
    const seen: string[] = [];
    const look = (value: unknown): void => {
      try {
        const text =
          value instanceof Headers
            ? JSON.stringify([...new Map(nativeEntries.call(value))])
            : String(JSON.stringify(value));
        if (/v1\.[\w-]{22}\./.test(text) || (value instanceof ArrayBuffer && value.byteLength === 32)) seen.push(text);
      } catch {}
    };
    const nativeEntries = Headers.prototype.entries;
    (window as { __leaks?: string[] }).__leaks = seen;
    // What the page has locked cannot be patched; everything else is.
    const attempt = (patch: () => void): void => {
      try {
        patch();
      } catch {}
    };
    const { then } = Promise.prototype;
    attempt(() => {
      // biome-ignore lint/suspicious/noThenProperty: it is what a hostile plugin does
      Promise.prototype.then = function (done, failed) {
        return then.call(
          this,
          typeof done === 'function'
            ? (value: unknown) => {
                look(value);
                return (done as (value: unknown) => unknown)(value);
              }
            : done,
          failed,
        ) as never;
      } as typeof then;
    });
    // What `await` reads before it uses a promise directly.
    class Spy<T> extends Promise<T> {}
    attempt(() => Object.defineProperty(Promise.prototype, 'constructor', { value: Spy }));
    for (const name of ['body', 'signal', 'cache', 'window', 'x-plugin-stamp', 'toJSON', 'priority', 'duplex']) {
      attempt(() =>
        Object.defineProperty(Object.prototype, name, {
          configurable: true,
          get() {
            look(this);
            if (typeof this === 'object' && this !== null && 'headers' in this)
              look((this as { headers: unknown }).headers);
            return undefined;
          },
          set(value: unknown) {
            look(value);
            Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true });
          },
        }),
      );
    }
    for (const name of ['set', 'append', 'get', 'entries', 'forEach'] as const) {
      const native = Headers.prototype[name] as (...args: unknown[]) => unknown;
      Object.defineProperty(Headers.prototype, name, {
        value(...args: unknown[]) {
          look(args);
          return native.apply(this, args);
        },
      });
    }
    const iterate = Headers.prototype[Symbol.iterator];
    Headers.prototype[Symbol.iterator] = function () {
      look(this);
      return iterate.call(this);
    };
    const nativeFetch = window.fetch;
    window.fetch = (input, init) => {
      look(init);
      return nativeFetch(input, init);
    };
    const { sign } = SubtleCrypto.prototype;
    SubtleCrypto.prototype.sign = function (...args: Parameters<typeof sign>) {
      seen.push('sign');
      return sign.apply(this, args);
    };
  });
  const answered = page.waitForResponse((response) => response.url().endsWith('/api/plugins/secure-echo'));
  await page.getByRole('button', { name: 'Ask again' }).click();
  const response = await answered;
  expect(response.status()).toBe(200);
  expect(response.request().headers()['x-plugin-stamp']).toMatch(/^v1\./);
  expect(await page.evaluate(() => (window as { __leaks?: string[] }).__leaks)).toEqual([]);
});

test('reloads the page once at each sign-in', async ({ person: { page } }) => {
  await page.goto('/');
  const loads: string[] = [];
  page.on('framenavigated', (frame) => loads.push(frame.url()));
  for (const times of [1, 2, 3]) {
    await page.getByLabel('User', { exact: true }).fill('viewer');
    await page.getByLabel('Password', { exact: true }).fill('viewer');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(page.getByTestId('hello-widget')).toBeVisible();
    await expect(page.getByText('can no longer prove its identity')).toHaveCount(0);
    expect(loads).toHaveLength(times);
    await page.getByRole('button', { name: /Account/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
  }
});

test('reloads a signed-out tab once when somebody signs in in another tab', async ({ person: { context, page } }) => {
  await page.goto('/');
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
  const loads: string[] = [];
  page.on('framenavigated', (frame) => loads.push(frame.url()));
  await signIn(await context.newPage(), 'viewer');
  await page.bringToFront();
  await expect(page.getByTestId('hello-widget')).toBeVisible();
  expect(loads).toHaveLength(1);
});

test('reloads the page at the next sign-in after a server restart', async ({ demo, person }) => {
  const { page } = person;
  await signIn(page, 'viewer');
  await expect(page.getByTestId('hello-widget')).toBeVisible();
  await demo.bff.restart();
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
  await page.getByLabel('User', { exact: true }).fill('viewer');
  await page.getByLabel('Password', { exact: true }).fill('viewer');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByTestId('hello-widget')).toBeVisible();
});

test('releases the page key when the page is left', async ({ demo, person: { page } }) => {
  await signIn(page, 'viewer');
  await expect(page.getByTestId('hello-widget')).toBeVisible();
  await page.goto('about:blank');
  // Only the server sees what a page sends when it is left.
  const said = /"path":"\/api\/plugins\/page-key\/state"[^\n]*"status":204/;
  await expect.poll(() => said.test(demo.bff.log)).toBe(true);
});
