// Two tabs, two people: a call of one is never made, counted or answered as the other. And calls whose connection
// broke: repeated if that is safe, otherwise a network error.
import { type BrowserContext, test as base, expect, type Page } from '@playwright/test';
import type { Host } from 'portcullis';
import type { PluginSdk } from 'portcullis/plugin';
import { BARE_BUNDLE, bareSite } from '../lib/bare_page.mjs';
import { cuttingFront } from '../lib/cutting_front.mjs';
import { recorder, SETTINGS, startLab } from '../lib/lab.mjs';

declare const host: Host;
declare const sdks: Record<string, PluginSdk>;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'];
const PLUGIN = {
  id: 'p',
  version: '1.0.0',
  engine: { experience: '>=1.0.0' },
  bundle: { file: '/app/plugins/p/1.0.0/index.esm.js' },
  contributions: { routes: [{ path: '/p', component: 'Page', resource: 'plugin.route', action: 'view' }] },
  permissions: {
    api: [
      ...METHODS.filter((method) => method !== 'HEAD').map((method) => ({ method, path: '/api/x/*' })),
      { method: 'POST', path: '/api/plugins/telemetry' },
    ],
    sse: ['/events/x'],
  },
};

async function startBare(stamps: 'required' | 'optional') {
  // Without events, this tab does not learn what another tab did until it calls.
  const site = bareSite({ events: false });
  const upstream = await recorder();
  const lab = await startLab({
    files: {
      'settings.yaml': { ...SETTINGS, spa: { root: site.root }, stamps },
      'plugins.yaml': { tenants: { localhost: [PLUGIN] } },
      'routes.yaml': {
        upstreams: { u: { url: upstream.url } },
        routes: [
          { path: '/api/x/*', upstream: 'u', methods: METHODS },
          { path: '/api/host/*', upstream: 'u', methods: METHODS, plugin: 'optional' },
        ],
      },
    },
    bundles: { 'p/1.0.0/index.esm.js': BARE_BUNDLE },
  });
  const front = await cuttingFront(lab.port);
  return {
    upstream,
    lab,
    front,
    origin: `http://localhost:${lab.port}`,
    stop: async () => {
      await front.close();
      await lab.stop();
      await upstream.close();
      site.remove();
    },
  };
}

type Bare = Awaited<ReturnType<typeof startBare>>;

const test = base.extend<{ stamps: 'required' | 'optional'; bare: Bare }>({
  stamps: ['required', { option: true }],
  bare: async ({ stamps }, use) => {
    const bare = await startBare(stamps);
    await use(bare);
    await bare.stop();
  },
});

async function login(page: Page, user: string): Promise<void> {
  const status = await page.evaluate(async (name) => {
    const headers = { 'Content-Type': 'application/json' };
    const body = JSON.stringify({ user: name, password: name });
    return (await fetch('/auth/login', { method: 'POST', headers, body })).status;
  }, user);
  expect(status).toBe(200);
}

/** A page of this person, with the plugin loaded. */
async function open(context: BrowserContext, origin: string, user: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${origin}/`);
  await login(page, user);
  await page.goto(`${origin}/`);
  await page.waitForFunction(() => host?.getSnapshot().status === 'ready');
  await page.evaluate(async () => {
    await host.load('p');
  });
  return page;
}

/** Another tab of the same browser signs in another person; it runs no host. */
async function signInElsewhere(context: BrowserContext, origin: string, user: string): Promise<void> {
  const page = await context.newPage();
  await page.goto(`${origin}/main.js`);
  await login(page, user);
  await page.close();
}

interface Asked {
  readonly who: 'host' | 'plugin';
  readonly method: string;
}

/** A call's outcome: its status, or the error's code. */
const call = (page: Page, asked: Asked, name = 'call'): Promise<string> =>
  page.evaluate(
    async ([{ who, method }, last]) => {
      const init = method === 'GET' || method === 'HEAD' ? { method } : { method, body: '{"by":"the first"}' };
      const sent = who === 'host' ? host.fetch(`/api/host/${last}`, init) : sdks.p?.api.fetch(`/api/x/${last}`, init);
      return (sent as Promise<Response>).then(
        (response) => String(response.status),
        (error) => String(error.code),
      );
    },
    [asked, name] as const,
  );

const ALL = (['host', 'plugin'] as const).flatMap((who) => METHODS.map((method) => ({ who, method })));

for (const stamps of ['required', 'optional'] as const) {
  test.describe(`stamps ${stamps}`, () => {
    test.use({ stamps });

    for (const asked of ALL) {
      test(`never sends a ${asked.method} of the ${asked.who} as the person who signed in meanwhile`, async ({
        context,
        bare: { origin, upstream },
      }) => {
        const page = await open(context, origin, 'viewer');
        expect(await call(page, asked)).toBe('200');
        await signInElsewhere(context, origin, 'operator');
        upstream.seen.length = 0;
        expect(await call(page, asked)).toBe('SDK_SESSION_CHANGED');
        expect(upstream.seen).toEqual([]);
        // The page follows by itself.
        await page.waitForFunction(() => host.getSnapshot().session?.user === 'operator');
      });
    }

    test("never sends one person's telemetry in another person's session", async ({
      context,
      bare: { origin, lab },
    }) => {
      const page = await open(context, origin, 'viewer');
      const counted = (): string[] =>
        lab.bff.log.split('\n').filter((line: string) => line.includes('"/api/plugins/telemetry"'));
      const batch = async (): Promise<number> => {
        const answered = page.waitForResponse(/\/api\/plugins\/telemetry$/);
        // A full batch, so that it is sent at once.
        await page.evaluate(() => {
          for (let at = 0; at < 100; at += 1) sdks.p?.telemetry.track('seen', { by: 'the first' });
        });
        return (await answered).status();
      };
      expect(await batch()).toBeLessThan(300);
      await signInElsewhere(context, origin, 'operator');
      expect(await batch()).toBe(403);
      await page.waitForFunction(() => host.getSnapshot().session?.user === 'operator');
      await expect.poll(() => counted().length).toBe(2);
      expect(counted().map((line) => JSON.parse(line).code ?? null)).toEqual([null, 'CSRF_TOKEN']);
    });

    test('continues for the same person who signed in again', async ({ context, bare: { origin, upstream } }) => {
      test.skip(stamps === 'required', 'the page key went with its session: the page loads itself anew');
      const page = await open(context, origin, 'viewer');
      await signInElsewhere(context, origin, 'viewer');
      upstream.seen.length = 0;
      for (const asked of [ALL[0], ALL[2], ALL[5], ALL[7]] as Asked[]) expect(await call(page, asked)).toBe('200');
      expect(upstream.seen.map(({ method }: { method: string }) => method)).toEqual(['GET', 'POST', 'GET', 'POST']);
    });
  });
}

for (const asked of ALL) {
  const safe = asked.method === 'GET' || asked.method === 'HEAD';
  const what = safe ? 'repeats once with a new stamp' : 'reports a network error without repeating';
  test(`${what} after the kept connection of a ${asked.method} of the ${asked.who} was cut`, async ({
    context,
    bare: { front, upstream },
  }) => {
    const page = await open(context, front.url, 'viewer');
    const target = `/api/${asked.who === 'host' ? 'host' : 'x'}/cut`;
    expect(await call(page, { ...asked, method: 'GET' }, 'warm')).toBe('200');
    upstream.seen.length = 0;
    front.cut(target);
    const codes: (string | undefined)[] = [];
    page.on('response', (response) => {
      if (response.url().endsWith('/cut')) codes.push(response.headers()['x-stamp-violation']);
    });
    expect(await call(page, asked, 'cut')).toBe(safe ? '200' : 'SDK_NETWORK_ERROR');
    expect(front.made()).toBe(1);
    // The browser's own repetition was refused.
    expect(codes).toEqual(safe ? ['1', undefined] : ['1']);
    expect(upstream.seen.length).toBe(safe ? 2 : 1);
    // Nothing else is lost by it.
    expect(await call(page, asked, 'after')).toBe('200');
  });
}
