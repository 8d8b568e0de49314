import { createHmac } from 'node:crypto';
import { type IncomingHttpHeaders, request } from 'node:http';
import { HOST_CALLER, type PageChange, pageMessage, stampMessage } from '../stamp_text.js';

/** Options of `openScriptPage`. */
export interface ScriptPageOptions {
  /** The password; default: the user's name. */
  readonly password?: string;
  /** The tenant's host name; default: the host of `url`. */
  readonly tenant?: string;
}

/** A call of a script, as a browser's page would make it. */
export interface ScriptCall {
  readonly method?: string;
  /** The canonical request target: path and query. */
  readonly target: string;
  /** The plugin that calls; default: the host itself. */
  readonly plugin?: string;
}

/** The response to a script's call. */
export interface ScriptAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  json(): unknown;
}

/**
 * A page without a browser: a session with a page key of its own, for scripts that call a server whose tenants
 * require stamps (`stamps: required`), or any other server.
 */
export interface ScriptPage {
  /** The session's cookie, as the `Cookie` header takes it. */
  readonly cookie: string;
  /** The session's CSRF token. */
  readonly csrfToken: string;
  /** The page key's id; null if the tenant's stamps are off. */
  readonly keyId: string | null;
  /** The value of `X-Plugin-Stamp` for one such call. Empty if stamps are off. */
  stamp(call: ScriptCall): string;
  /** Every header that such a call needs, including `Host`, which `fetch` does not send. */
  headers(call: ScriptCall): Record<string, string>;
  /** Returns the same page with a new key; the old key becomes invalid. */
  renew(): Promise<ScriptPage>;
  /** Reports a change of the page's life, as a browser's page does when it is left or enters the back/forward cache. */
  change(change: 'release' | 'suspend' | 'resume', step: number): Promise<ScriptAnswer>;
  /** Makes the call with a JSON body. Resolves with error statuses. */
  send(
    call: ScriptCall & { readonly body?: unknown; readonly headers?: Record<string, string> },
  ): Promise<ScriptAnswer>;
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

function exchange(
  url: URL,
  method: string,
  target: string,
  headers: Record<string, string>,
  body: string | undefined,
): Promise<ScriptAnswer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
    const { port } = url;
    // A tenant's host name may not resolve here: the lab runs on this machine.
    const host = url.hostname === 'localhost' || url.hostname.endsWith('.localhost') ? '127.0.0.1' : url.hostname;
    const outgoing = request({ host, port, method, path: target, headers: { ...headers, ...length } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const { statusCode: status = 0 } = answer;
        resolve({ status, headers: answer.headers, text, json: () => JSON.parse(text) as unknown });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/**
 * Signs in through the lab login over plain HTTP and gets a page key as a browser's page does: it requests the
 * document as a navigation and exchanges its boot token. `url` is where the server listens. Rejects with the status
 * if the server refuses one of these requests.
 */
export async function openScriptPage(
  url: string,
  user: string,
  { password = user, tenant }: ScriptPageOptions = {},
): Promise<ScriptPage> {
  const base = new URL(url);
  const host = tenant === undefined ? base.host : `${tenant}:${base.port}`;
  const origin = `${base.protocol}//${host}`;
  const ask = async (what: string, ...rest: [string, string, Record<string, string>, string?]) => {
    const [method, target, headers, body] = rest;
    const answer = await exchange(base, method, target, { Host: host, ...headers }, body);
    if (answer.status !== 200)
      throw new Error(`portcullis: ${what} failed with status ${answer.status} ${answer.text}`);
    return answer;
  };
  const login = await ask('the login', 'POST', '/auth/login', JSON_TYPE, JSON.stringify({ user, password }));
  const cookie = login.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  const csrfToken = (login.json() as { csrf_token: string }).csrf_token;
  const session = { Cookie: cookie, Origin: origin, 'X-CSRF-Token': csrfToken };

  // If no page is served, or stamps are off, nothing is stamped.
  const navigation = { Host: host, Cookie: cookie, 'Sec-Fetch-Dest': 'document', 'Sec-Fetch-Mode': 'navigate' };
  const document = await exchange(base, 'GET', '/', navigation, undefined);
  const boot = /<meta name="portcullis-boot" content="([\w-]+)">/.exec(document.text)?.[1];
  let key: Key | null = null;
  if (boot !== undefined) {
    const headers = { ...session, ...JSON_TYPE };
    const exchanged = await ask(
      'the exchange of the boot token',
      'POST',
      '/api/plugins/page-key',
      headers,
      JSON.stringify({ boot }),
    );
    key = exchanged.json() as Key;
  }
  return pageOf({ base, host, origin, cookie, csrfToken }, key);
}

interface Key {
  readonly key_id: string;
  readonly key: string;
}

interface Place {
  readonly base: URL;
  readonly host: string;
  readonly origin: string;
  readonly cookie: string;
  readonly csrfToken: string;
}

function pageOf(place: Place, key: Key | null): ScriptPage {
  const { base, host, origin, cookie, csrfToken } = place;
  const secret = Buffer.from(key?.key ?? '', 'base64url');
  const keyId = key?.key_id ?? '';
  const macOf = (text: string): string => createHmac('sha256', secret).update(text).digest('base64url');
  let counter = 0;

  const stamp = ({ method = 'GET', target, plugin }: ScriptCall): string => {
    if (key === null) return '';
    counter += 1;
    return `v1.${keyId}.${counter}.${macOf(stampMessage(keyId, plugin ?? HOST_CALLER, method, target, counter))}`;
  };
  const headersOf = (call: ScriptCall): Record<string, string> => {
    const { method = 'GET', plugin } = call;
    const unsafe = !['GET', 'HEAD', 'OPTIONS'].includes(method);
    const value = stamp(call);
    return {
      Host: host,
      Cookie: cookie,
      ...(unsafe ? { Origin: origin, 'X-CSRF-Token': csrfToken } : {}),
      ...(plugin === undefined ? {} : { 'X-Plugin-Id': plugin }),
      ...(value === '' ? {} : { 'X-Plugin-Stamp': value }),
    };
  };
  const send: ScriptPage['send'] = ({ body, headers = {}, ...call }) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const type = text === undefined ? {} : JSON_TYPE;
    return exchange(base, call.method ?? 'GET', call.target, { ...headersOf(call), ...type, ...headers }, text);
  };
  return {
    cookie,
    csrfToken,
    keyId: key?.key_id ?? null,
    stamp,
    headers: headersOf,
    send,
    async renew() {
      const answer = await send({ method: 'POST', target: '/api/plugins/page-key/renew' });
      if (answer.status !== 200)
        throw new Error(`portcullis: the renewal failed with status ${answer.status} ${answer.text}`);
      return pageOf(place, answer.json() as Key);
    },
    change(change: PageChange, step) {
      const body = { key_id: keyId, change, step, mac: macOf(pageMessage(keyId, change, step)) };
      return send({ method: 'POST', target: '/api/plugins/page-key/state', body });
    },
  };
}
