import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { IndexHtmlTransformResult, ProxyOptions, ResolvedConfig } from 'vite';

/** The address that `server.proxy` forwards the page's calls to; null if it does not. */
export function bffOf(config: ResolvedConfig): string | null {
  const to: string | ProxyOptions | undefined = config.server.proxy?.['/api'];
  const target = typeof to === 'object' ? to.target : to;
  return target === undefined ? null : String(target);
}

/** The browser's request for a document. */
export interface Navigation {
  /** The tenant is the host name that the page is opened under. */
  readonly host: string;
  /** The token belongs to the session of this cookie. */
  readonly cookie: string | undefined;
}

/** Requests the BFF's document as a browser's navigation does; empty if there is none. */
function documentOf(bff: string, { host, cookie }: Navigation): Promise<string> {
  return new Promise((resolve) => {
    const headers = {
      host,
      'sec-fetch-dest': 'document',
      'sec-fetch-mode': 'navigate',
      ...(cookie === undefined ? {} : { cookie }),
    };
    const ask = bff.startsWith('https:') ? secureRequest : request;
    const outgoing = ask(new URL('/', bff), { headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (more: string) => {
        text += more;
      });
      answer.on('end', () => resolve(text));
      answer.on('error', () => resolve(''));
    });
    outgoing.on('error', () => resolve(''));
    outgoing.end();
  });
}

/**
 * The boot token for the dev server, which serves the document in place of the BFF: the page needs it to stamp its
 * calls. No tag if the BFF is not running or serves no page; a tag without a token if nobody is signed in.
 */
export async function bootToken(bff: string, navigation: Navigation): Promise<IndexHtmlTransformResult> {
  const document = await documentOf(bff, navigation);
  const [, content] = /<meta name="portcullis-boot" content="([\w-]*)">/.exec(document) ?? [];
  if (content === undefined) return [];
  return [{ tag: 'meta', attrs: { name: 'portcullis-boot', content }, injectTo: 'head-prepend' }];
}
