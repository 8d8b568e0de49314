/** Whether this page hears the server's events. A tab that hears them through another tab is `open`. */
export type EventsState = 'open' | 'lost';

const EVENTS = '/api/plugins/events';
// Taken before any plugin runs: one that replaces window.fetch does not get to hear the host's calls.
const nativeFetch = globalThis.fetch.bind(globalThis);

/** A stream that is back within this time was never worth a word. */
const GRACE_MS = 2_000;

let state: EventsState = 'open';
let open = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function set(next: EventsState): void {
  clearTimeout(timer);
  if (state === next) return;
  state = next;
  for (const listener of listeners) listener();
}

/** A stream ended, or did not come about. Another one that is open still hears everything. */
function lost(): void {
  clearTimeout(timer);
  if (open === 0) timer = setTimeout(() => set('lost'), GRACE_MS);
}

export const eventsStore = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  getSnapshot: (): EventsState => state,
};

function targetOf(input: RequestInfo | URL): string {
  const url = input instanceof Request ? input.url : String(input);
  return new URL(url, location.href).pathname;
}

/** Passes the bytes on, and notices when they end without the page having wished so. */
function watched(response: Response, signal: AbortSignal | null | undefined): Response {
  if (!response.ok || response.body === null) {
    lost();
    return response;
  }
  open += 1;
  set('open');
  let over = false;
  const end = (): void => {
    if (over) return;
    over = true;
    open -= 1;
    if (signal?.aborted !== true) lost();
  };
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        end();
        controller.close();
      } catch (error) {
        end();
        controller.error(error);
      }
    },
    cancel(reason) {
      end();
      return reader.cancel(reason);
    },
  });
  return new Response(body, { status: response.status, headers: response.headers });
}

/** `fetch`, with an eye on the host's event stream; every other call goes through untouched. */
export const watchingFetch: typeof fetch = async (input, init) => {
  if (targetOf(input) !== EVENTS) return nativeFetch(input, init);
  try {
    return watched(await nativeFetch(input, init), init?.signal);
  } catch (error) {
    if (init?.signal?.aborted !== true) lost();
    throw error;
  }
};
