// Code that few calls need, in a chunk of its own that is loaded on first use. Its dependencies are passed in: an
// import would make bundlers split the main chunk.
import type { PluginApi } from './plugin/types.js';
import type { PluginClient } from './plugin_client.js';

/** The dependencies that this chunk receives. */
export interface RareParts {
  readonly client: PluginClient;
  /** `sdk.api.fetch`. */
  readonly fetch: PluginApi['fetch'];
}

export { explainBundleFailure } from './bundle_failure.js';
export { download } from './plugin_download.js';
export { readRequest, wholeBody } from './plugin_request.js';
