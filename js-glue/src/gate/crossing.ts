// Errors, requests and responses in the form in which they cross between two realms.
import {
  CoreError,
  DeniedError,
  HttpError,
  isPortcullisError,
  NetworkError,
  PluginError,
  type PortcullisError,
  SessionError,
  StreamError,
  TargetError,
} from '../errors.js';

/** A response without its body. */
export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly url: string;
}

interface PackedError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly pluginId?: string;
  readonly decision?: unknown;
  readonly problem?: unknown;
  readonly head?: ResponseHead;
  readonly cause?: PackedError;
}

export const headOf = (response: Response): ResponseHead => ({
  status: response.status,
  statusText: response.statusText,
  headers: [...response.headers],
  url: response.url,
});

/** The error in a form that can be copied. A cause is kept, four levels deep. */
export function packError(error: unknown, depth = 0): PackedError {
  if (!(error instanceof Error) && !isPortcullisError(error)) return { name: 'Error', message: String(error) };
  const { name, message, cause } = error;
  const fields = error as {
    readonly pluginId?: string;
    readonly decision?: unknown;
    readonly problem?: unknown;
    readonly response?: Response;
  };
  return {
    name,
    message,
    ...(isPortcullisError(error) && {
      code: error.code,
      ...(fields.pluginId !== undefined && { pluginId: fields.pluginId }),
      ...(fields.decision !== undefined && { decision: fields.decision }),
      ...(fields.problem !== undefined && { problem: fields.problem }),
      ...(fields.response !== undefined && { head: headOf(fields.response) }),
    }),
    ...(cause !== undefined && depth < 4 && { cause: packError(cause, depth + 1) }),
  };
}

/** The error that was packed, as an instance of its class. */
export function unpackError(packed: unknown): Error {
  const { name, message, code, pluginId = '', decision, problem, head, cause } = (packed ?? {}) as PackedError;
  const options = cause === undefined ? {} : { cause: unpackError(cause) };
  switch (name) {
    case 'DeniedError':
      return new DeniedError(pluginId, decision as DeniedError['decision']);
    case 'HttpError':
      return new HttpError(responseOf(head as ResponseHead, null), problem as HttpError['problem']);
    case 'NetworkError':
      // The platform's DOMException has this name, too.
      if (code !== undefined) return new NetworkError(message, options);
      break;
    case 'TargetError':
      return new TargetError(message, options);
    case 'PluginError':
      return new PluginError(code as PluginError['code'], pluginId, message, options);
    case 'SessionError':
      return new SessionError(code as SessionError['code'], message, options);
    case 'StreamError':
      return new StreamError(code as StreamError['code'], message, options);
    case 'CoreError':
      return new CoreError(code as PortcullisError['code'], message, options);
    case 'TypeError':
      return new TypeError(message, options);
    case 'AbortError':
    case 'TimeoutError':
    case 'DataCloneError':
      return new DOMException(message, name);
  }
  return Object.assign(new Error(message, options), { name });
}

// Not there under server-side rendering; then no response comes either.
const { Response: Native = class {} as typeof Response } = globalThis;
const NULL_BODY = [101, 103, 204, 205, 304];

/**
 * A response that came from the other realm. It has the address and type of the original, which a response made by a
 * script has not, and what reads its body rejects with the signal's reason after an abort, as with the platform's
 * fetch; Chromium would reject with "Failed to fetch".
 */
class CalledResponse extends Native {
  readonly #head: ResponseHead;
  readonly #signal: AbortSignal | null;

  constructor(head: ResponseHead, body: BodyInit | null, signal: AbortSignal | null) {
    const { status, statusText } = head;
    const headers = head.headers as [string, string][];
    super(NULL_BODY.includes(status) ? null : body, { status, statusText, headers });
    this.#head = head;
    this.#signal = signal;
  }

  override get url(): string {
    return this.#head.url;
  }

  override get type(): ResponseType {
    return 'basic';
  }

  override clone(): Response {
    return new CalledResponse(this.#head, super.clone().body, this.#signal);
  }

  override text(): Promise<string> {
    return this.#read(super.text());
  }

  override json(): Promise<unknown> {
    return this.#read(super.json());
  }

  override blob(): Promise<Blob> {
    return this.#read(super.blob());
  }

  override bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#read(super.bytes());
  }

  override arrayBuffer(): Promise<ArrayBuffer> {
    return this.#read(super.arrayBuffer());
  }

  override formData(): Promise<FormData> {
    return this.#read(super.formData());
  }

  async #read<T>(reading: Promise<T>): Promise<T> {
    try {
      return await reading;
    } catch (error) {
      throw this.#signal?.aborted ? this.#signal.reason : error;
    }
  }
}

/** A response of this realm with that head. `signal`: ends the reading of its body. */
export function responseOf(head: ResponseHead, body: BodyInit | null, signal: AbortSignal | null = null): Response {
  return new CalledResponse(head, body, signal);
}

/** The body of a call, in a form that can be copied. */
export type PackedBody = string | Blob | ArrayBuffer | ArrayBufferView | PackedForm | null | undefined;

interface PackedForm {
  /** Names and values; a file with its own name, which some engines do not copy. */
  readonly form: readonly (readonly [name: string, value: FormDataEntryValue, file?: string])[];
}

/** Packs a body; `type` is the content type that fetch would have set for it, if it cannot set it any more. */
export function packBody(body: BodyInit | null | undefined): { readonly body: PackedBody; readonly type?: string } {
  if (body instanceof URLSearchParams) {
    return { body: String(body), type: 'application/x-www-form-urlencoded;charset=UTF-8' };
  }
  if (body instanceof FormData) {
    const form = [...body].map(([name, value]) =>
      typeof value === 'string' ? [name, value] : [name, value, value.name],
    );
    return { body: { form: form as unknown as PackedForm['form'] } };
  }
  if (body instanceof ReadableStream) throw new TypeError('a stream is read before it is sent');
  if (body === null || body === undefined || typeof body === 'string' || body instanceof Blob) return { body };
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return { body };
  // As fetch does with any other value.
  return { body: String(body) };
}

export function unpackBody(body: PackedBody): BodyInit | null | undefined {
  if (typeof body !== 'object' || body === null || !('form' in body)) return body as BodyInit | null | undefined;
  const form = new FormData();
  for (const [name, value, file] of body.form) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value, file);
  }
  return form;
}
