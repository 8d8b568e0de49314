import { createHmac, randomBytes } from 'node:crypto';
import { createHost, type HostEnvironment, type HostOptions } from '../../dist/index.js';
import { stampMessage } from '../../dist/stamp_text.js';
import { CHANNEL } from './browser.js';
import { FakePage } from './page.js';
import { json, manifest, ORIGIN } from './server.js';

/** A call as it left the page. */
export interface Sent {
  readonly method: string;
  readonly target: string;
  readonly stamp: string | null;
  readonly plugin: string | null;
  readonly body: string;
  readonly keepalive: boolean;
}

interface PageLife {
  readonly hide: (sleeps: boolean) => void;
  readonly wake: () => void;
}

/**
 * A page with a boot token and a server that issues keys and records calls. An empty `token`: the document was requested
 * without a session; null: the server issues none.
 */
export function stampedBench(
  more: HostOptions = {},
  token: string | null = 'boot-token',
  own: Partial<HostEnvironment> = {},
) {
  const page = new FakePage();
  page.server.manifests = [manifest('hello')];
  page.bundles.set('hello', { widgets: { Widget: () => null } });
  const sent: Sent[] = [];
  const keys = new Map<string, Buffer>();
  let removed = 0;
  let next = 0;
  let asleep = false;
  /** Replaces the response to the next call to this target. Status 0: the call does not reach the server. */
  const refusals: { target: RegExp; status: number; code: string; by: 'server' | 'upstream' }[] = [];
  const refuse = (target: RegExp, code: string, status = 403, by: 'server' | 'upstream' = 'server') =>
    refusals.push({ target, status, code, by });
  const holds: { target: RegExp; until: Promise<void> }[] = [];
  /** Delays the response to the next call to this target until the returned function is called. */
  const hold = (target: RegExp): (() => void) => {
    let go = (): void => {};
    const until = new Promise<void>((resolve) => {
      go = resolve;
    });
    holds.push({ target, until });
    return () => go();
  };
  const pageLife: { now: PageLife | null } = { now: null };

  const fetch: typeof globalThis.fetch = async (input, init = {}) => {
    const target = String(input).slice(ORIGIN.length);
    const headers = new Headers({ ...(init.headers as Record<string, string>) });
    sent.push({
      method: init.method ?? 'GET',
      target,
      stamp: headers.get('x-plugin-stamp'),
      plugin: headers.get('x-plugin-id'),
      body: String(init.body ?? ''),
      keepalive: init.keepalive === true,
    });
    const held = holds.findIndex((one) => one.target.test(target));
    if (held >= 0) await holds.splice(held, 1)[0]?.until;
    const at = refusals.findIndex((one) => one.target.test(target));
    const [refusal] = at < 0 ? [] : refusals.splice(at, 1);
    if (refusal !== undefined) {
      const { status, code, by } = refusal;
      if (status === 0) throw new TypeError('no network');
      const verdict: Record<string, string> =
        by === 'server' && code.startsWith('STAMP_') ? { 'x-stamp-violation': '1' } : {};
      return new Response(init.method === 'HEAD' ? null : JSON.stringify({ code }), {
        status,
        headers: { 'content-type': 'application/problem+json', ...verdict },
      });
    }
    if (/^\/api\/plugins\/page-key(\/renew)?$/.test(target)) {
      next += 1;
      const id = `key-${next}`;
      keys.set(id, randomBytes(32));
      const key = keys.get(id)?.toString('base64url');
      const channel = Buffer.from(CHANNEL).toString('base64url');
      return Response.json({ key_id: id, key, window: 1024, channel });
    }
    if (target === '/api/plugins/page-key/state') {
      const { change } = JSON.parse(String(init.body)) as { change: string };
      asleep = change === 'suspend';
      return new Response(null, { status: 204 });
    }
    // A suspended page sends nothing.
    if (asleep && headers.has('x-plugin-stamp'))
      return json({ code: 'STAMP_INVALID' }, 403, { 'x-stamp-violation': '1' });
    if (target.startsWith('/api/sales/')) return Response.json({ ok: true });
    return page.server.fetch(input, init);
  };
  const meta = { content: token ?? '', remove: () => (removed += 1) };
  Object.assign(page.document, { querySelector: () => (token === null || removed > 0 ? null : meta) });
  const environment = {
    ...page.environment,
    fetch,
    onPageLife: (now: PageLife) => {
      pageLife.now = now;
      return () => {
        pageLife.now = null;
      };
    },
    ...own,
  };
  const host = createHost({ environment, events: false, ...more });
  const verify = ({ stamp, plugin, method, target }: Sent): boolean => {
    const [version, id = '', counter = '', mac] = (stamp ?? '').split('.');
    const key = keys.get(id);
    if (key === undefined || version !== 'v1') return false;
    const text = stampMessage(id, plugin ?? '@host', method, target, Number(counter));
    return createHmac('sha256', key).update(text).digest('base64url') === mac;
  };
  const of = (target: RegExp) => sent.filter((one) => target.test(one.target));
  return { page, host, sent, of, verify, refuse, hold, pageLife, removed: () => removed, keys, environment };
}
