import type { PluginRequestInit, PluginStreamEvent } from './plugin/types.js';
import type { RareParts } from './plugin_rare.js';

/**
 * `sdk.api.stream`: one call whose response is an event stream, yielded event by event. It ends with the response;
 * leaving the loop ends the call. Unlike `sse.subscribe` it does not reconnect: asking a model twice costs twice.
 */
export async function* streamCall(
  { context, fetch, StreamError, isEventStream }: RareParts,
  input: string | URL | Request,
  init: PluginRequestInit = {},
): AsyncGenerator<PluginStreamEvent, void, void> {
  const headers = new Headers(init.headers ?? (input as Partial<Request>).headers);
  if (!headers.has('accept')) headers.set('accept', 'text/event-stream');
  const response = await fetch(input, { ...init, headers });
  const reader = response.body?.getReader();
  if (response.status === 204 || reader === undefined) return;
  const parser = context.core.createEventStreamParser();
  // A suspended loop does not notice that the plugin was unloaded.
  const free = (): void => parser.free();
  context.signal.addEventListener('abort', free);
  try {
    const type = response.headers.get('content-type') ?? '';
    if (!isEventStream(type)) {
      throw new StreamError(
        'SDK_STREAM_FAILED',
        `the response is not an event stream (content type: ${type || 'none'})`,
      );
    }
    for (;;) {
      const { done, value } = await reader.read();
      context.assertOpen();
      if (done) return;
      for (const event of parser.feed(value)) {
        // The loop's body may have taken a long time with the previous event.
        context.assertOpen();
        yield event;
      }
      if (parser.failed) {
        throw new StreamError('EVENT_TOO_LARGE', 'an event of the stream is larger than MAX_EVENT_BYTES');
      }
    }
  } finally {
    context.signal.removeEventListener('abort', free);
    free();
    await reader.cancel().catch(() => {});
  }
}
