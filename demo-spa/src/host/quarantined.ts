import type { Host } from 'portcullis';

const EVENTS = '/api/plugins/events';
const WAIT_MS = 4_000;

/**
 * Returns the ids of the quarantined plugins. The manifests do not contain them, so a page opened later does not know
 * them; the first event of the host event stream lists them.
 */
export async function fetchQuarantined(host: Host, signal: AbortSignal): Promise<readonly string[]> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), WAIT_MS);
  const onAbort = (): void => stop.abort();
  signal.addEventListener('abort', onAbort);
  try {
    const response = await host.fetch(EVENTS, { signal: stop.signal });
    if (!response.ok || response.body === null) return [];
    return await firstHello(response.body);
  } finally {
    stop.abort();
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

async function firstHello(body: ReadableStream<Uint8Array>): Promise<readonly string[]> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return [];
    text += decoder.decode(value, { stream: true });
    const data = helloIn(text.replaceAll('\r\n', '\n'));
    if (data === null) continue;
    const { quarantined } = JSON.parse(data) as { quarantined?: unknown };
    return Array.isArray(quarantined) ? quarantined.map(String) : [];
  }
}

/** Returns the data of the first complete `hello` event. The server writes each field on one line. */
function helloIn(text: string): string | null {
  const whole = text.split('\n\n').slice(0, -1);
  const hello = whole.map((block) => block.split('\n')).find((lines) => lines.includes('event: hello'));
  return hello?.find((line) => line.startsWith('data: '))?.slice('data: '.length) ?? null;
}
