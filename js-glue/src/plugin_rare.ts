// Code that few calls need, in a chunk of its own that is loaded on first use. Its dependencies are passed in: an
// import // would make bundlers split the main chunk.
import type { StreamError } from './errors.js';
import type { PluginApi } from './plugin/types.js';
import type { PluginContext } from './plugin_context.js';
import type { isEventStream } from './wire.js';

/** The dependencies that this chunk receives. */
export interface RareParts {
  readonly context: PluginContext;
  /** `sdk.api.fetch`. */
  readonly fetch: PluginApi['fetch'];
  readonly StreamError: typeof StreamError;
  readonly isEventStream: typeof isEventStream;
}

export { explainBundleFailure } from './bundle_failure.js';
export { download } from './plugin_download.js';
export { readRequest, wholeBody } from './plugin_request.js';
export { streamCall } from './plugin_stream.js';
export { reportViolation } from './violation_report.js';
