import { NetworkError } from './errors.js';
import type { Transport } from './transport.js';
import { httpError, parseJson } from './wire.js';

/** The manifests that the server lists, in its order, before validation. */
export interface Discovery {
  readonly manifests: readonly unknown[];
  /** True if the list is the same as the last one (304). */
  readonly unchanged: boolean;
}

/** Fetches the tenant's manifests for one session. An unchanged list is not transferred again (ETag, 304). */
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
      // no-store: otherwise the browser's cache would answer our If-None-Match with a 200.
      cache: 'no-store',
      headers: etag === null ? undefined : { 'if-none-match': etag },
      signal,
    });
    if (response.status === 304) return { manifests: this.#manifests, unchanged: true };
    if (!response.ok) throw await httpError(response);
    const list = parseJson(await response.text());
    if (!Array.isArray(list)) throw new NetworkError('the response is not a list of manifests');
    this.#etag = response.headers.get('etag');
    this.#manifests = list;
    return { manifests: list, unchanged: false };
  }
}
