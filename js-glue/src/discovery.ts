import { NetworkError } from './errors.js';
import type { Transport } from './transport.js';
import { httpError, parseJson } from './wire.js';

/** What the server lists, in its order, not judged yet. */
export interface Discovery {
  readonly manifests: readonly unknown[];
  /** Whether it is the very list that was given the last time. */
  readonly unchanged: boolean;
}

/**
 * Fetches the tenant's manifests, for one session; a list that did not change is not sent again (ETag,
 * 304).
 */
export class ManifestDiscovery {
  readonly #transport: Transport;
  #etag: string | null = null;
  #manifests: readonly unknown[] = [];

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async fetch(signal: AbortSignal): Promise<Discovery> {
    const etag = this.#etag;
    const response = await this.#transport.send({
      target: '/api/plugins/manifests',
      // no-store: the browser's cache would answer our own If-None-Match with a 200.
      cache: 'no-store',
      headers: etag === null ? undefined : { 'if-none-match': etag },
      signal,
    });
    if (response.status === 304) return { manifests: this.#manifests, unchanged: true };
    if (!response.ok) throw await httpError(response);
    const list = parseJson(await response.text());
    if (!Array.isArray(list)) throw new NetworkError('the server did not answer with a list of manifests');
    this.#etag = response.headers.get('etag');
    this.#manifests = list;
    return { manifests: list, unchanged: false };
  }
}
