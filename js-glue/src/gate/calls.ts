// Calls and their responses in the form in which they cross between the page and the gate.
import { eachHeader, primitives } from '../primitives.js';
import {
  headOf,
  type PackedBody,
  packBody,
  packError,
  type ResponseHead,
  responseOf,
  unpackBody,
  unpackError,
} from './crossing.js';
import { messagePort } from './port.js';
import { Moved, type OpenCall } from './rpc.js';

/** A response body of at most this many bytes crosses as a whole, in the message of its head. */
const WHOLE_BYTES = 65_536;

/** A call as it was written, read once, in a form that can be copied. */
export interface PackedCall {
  readonly address: string;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: PackedBody;
  readonly cache?: RequestCache;
  /** Further fetch options that the caller may set. */
  readonly more: Readonly<Record<string, unknown>>;
}

/** What is packed: a call with its options. */
export interface WrittenCall {
  readonly address: string | URL;
  readonly method: string;
  readonly headers?: HeadersInit | undefined;
  readonly body?: BodyInit | null | undefined;
  readonly cache?: RequestCache | undefined;
  readonly more: Readonly<Record<string, unknown>>;
}

export function packCall({ address, method, headers, body: written, cache, more }: WrittenCall): PackedCall {
  const { body, type } = packBody(written);
  const list: [string, string][] = [];
  let typed = type === undefined;
  // Not the list's own iterator: a replaced one would see what other plugins send.
  eachHeader(new primitives.Headers(headers), (value, name) => {
    typed ||= name === 'content-type';
    list.push([name, value]);
  });
  if (!typed && type !== undefined) list.push(['content-type', type]);
  return {
    address: String(address),
    method,
    headers: list,
    ...(body !== undefined && { body }),
    ...(cache !== undefined && { cache }),
    more,
  };
}

/** The call that was packed. Its headers are a list, as fetch takes them. */
export function unpackCall({ body, headers, ...call }: PackedCall): Omit<PackedCall, 'body' | 'headers'> & {
  readonly headers: [string, string][];
  readonly body: BodyInit | null | undefined;
} {
  return { ...call, headers: headers as [string, string][], body: unpackBody(body) };
}

interface PackedResponse {
  readonly head: ResponseHead;
  /** A port delivers the body chunk by chunk, each when it is asked for. */
  readonly body: ArrayBuffer | ReadableStream<Uint8Array> | MessagePort | null;
}

let transfers: boolean | null = null;

/** Whether streams can be moved between realms (not in Safari). */
function streamsTransfer(): boolean {
  if (transfers === null) {
    try {
      const stream = new ReadableStream();
      structuredClone(stream, { transfer: [stream as unknown as Transferable] });
      transfers = true;
    } catch {
      transfers = false;
    }
  }
  return transfers;
}

/** Packs a response: a small body as a whole, another one as a stream that moves, or as a port. */
export async function packResponse(response: Response, copies: boolean): Promise<Moved> {
  const head = headOf(response);
  const { body } = response;
  if (body === null) return new Moved({ head, body } satisfies PackedResponse);
  const size = Number(response.headers.get('content-length') ?? Number.NaN);
  if (size <= WHOLE_BYTES && !response.headers.has('content-encoding')) {
    const whole = await response.arrayBuffer();
    return new Moved({ head, body: whole } satisfies PackedResponse, copies ? [whole] : []);
  }
  if (!copies) return new Moved({ head, body } satisfies PackedResponse, [], true);
  const moved = streamsTransfer() ? body : portOf(body);
  return new Moved({ head, body: moved } satisfies PackedResponse, [moved as unknown as Transferable], true);
}

/** A port that delivers a chunk for each message, null at the end. A message 'cancel' cancels the stream. */
function portOf(stream: ReadableStream<Uint8Array>): MessagePort {
  const { port1, port2 } = new MessageChannel();
  const reader = stream.getReader();
  port1.onmessage = ({ data }) => {
    if (data === 'cancel') {
      reader.cancel().catch(() => {});
      port1.close();
      return;
    }
    reader.read().then(
      ({ done, value }) => port1.postMessage({ chunk: done ? null : value }),
      (error: unknown) => port1.postMessage({ error: packError(error) }),
    );
  };
  return port2;
}

/** The chunks of a body that is there as a whole. */
function whole(body: ArrayBuffer): Source {
  let left: Uint8Array | null = new Uint8Array(body);
  return {
    next: () => {
      const chunk = left;
      left = null;
      return Promise.resolve(chunk);
    },
    cancel: () => {},
  };
}

interface Source {
  /** The next chunk; null at the end. */
  next(): Promise<Uint8Array | null>;
  cancel(): void;
}

function readerOf(stream: ReadableStream<Uint8Array>): Source {
  const reader = stream.getReader();
  return {
    next: async () => {
      const { done, value } = await reader.read();
      return done ? null : value;
    },
    cancel: () => void reader.cancel().catch(() => {}),
  };
}

function receiverOf(raw: MessagePort): Source {
  const port = messagePort(raw);
  let waiting: { resolve: (chunk: Uint8Array | null) => void; reject: (error: unknown) => void } | null = null;
  port.listen((message) => {
    const { chunk = null, error } = message as { chunk?: Uint8Array | null; error?: unknown };
    if (error !== undefined) waiting?.reject(unpackError(error));
    else waiting?.resolve(chunk);
  });
  return {
    next: () =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        port.post('pull');
      }),
    cancel: () => port.post('cancel'),
  };
}

function sourceOf(body: ArrayBuffer | ReadableStream<Uint8Array> | MessagePort): Source {
  if (body instanceof ArrayBuffer) return whole(body);
  return body instanceof ReadableStream ? readerOf(body) : receiverOf(body);
}

/**
 * The response that was packed. While its body is read, `signal` ends it: reading then rejects with the signal's
 * reason.
 */
export function unpackResponse(packed: unknown, call: OpenCall, signal: AbortSignal | null): Response {
  const { head, body } = packed as PackedResponse;
  if (body === null || (body instanceof ArrayBuffer && signal === null)) return responseOf(head, body);
  const source = sourceOf(body);
  let stop = (): void => {};
  const end = (): void => {
    signal?.removeEventListener('abort', stop);
    call.end();
  };
  const stream = new ReadableStream(
    {
      type: 'bytes',
      start(controller: ReadableByteStreamController) {
        stop = () => {
          call.abort();
          source.cancel();
          controller.error(signal?.reason);
        };
        signal?.addEventListener('abort', stop, { once: true });
      },
      async pull(controller: ReadableByteStreamController) {
        try {
          const chunk = await source.next();
          if (chunk === null) {
            end();
            controller.close();
            controller.byobRequest?.respond(0);
          } else if (chunk.length > 0) controller.enqueue(chunk as Uint8Array<ArrayBuffer>);
        } catch (error) {
          end();
          throw signal?.aborted ? signal.reason : error;
        }
      },
      cancel() {
        end();
        call.abort();
        source.cancel();
      },
    },
    { highWaterMark: 0 },
  );
  return responseOf(head, stream, signal);
}
