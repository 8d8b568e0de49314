// What few calls need: a chunk of its own, loaded when it is first used, and no part of what a page loads. What it
// needs of the rest is handed in: an import would make bundlers cut the rest into pieces.
import type { StreamError } from './errors.js';
import type { PluginApi } from './plugin/types.js';
import type { PluginContext } from './plugin_context.js';
import type { isEventStream } from './wire.js';

/** What this chunk is handed. */
export interface RareParts {
  readonly context: PluginContext;
  /** `sdk.api.fetch`. */
  readonly fetch: PluginApi['fetch'];
  readonly StreamError: typeof StreamError;
  readonly isEventStream: typeof isEventStream;
}

export { whyNoBundle } from './bundle_why.js';
export { download } from './plugin_download.js';
export { readRequest, wholeBody } from './plugin_request.js';
export { streamCall } from './plugin_stream.js';
export { tellViolation } from './violation_report.js';
