// Constant load: clients that send one request after the other until they are stopped, and record failures.
import assert from 'node:assert/strict';
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';

/** Sends one request on the agent's connections: { status, headers, body }. Rejects if the response is incomplete. */
export function ask({ tls = false, body, ...options }) {
  return new Promise((resolve, reject) => {
    const request = (tls ? secure : plain)(options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const length = response.headers['content-length'];
        const bodiless = options.method === 'HEAD' || response.statusCode === 304 || length === undefined;
        const whole = response.complete && (bodiless || Number(length) === bytes.length);
        if (!whole) return reject(new Error(`half an answer: ${bytes.length} of ${length} bytes`));
        resolve({ status: response.statusCode, headers: response.headers, bytes, text: bytes.toString() });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/**
 * `clients`: functions that are called repeatedly until stop(). An exception is a failure, and ends that client if
 * `once` is true. `at(n)` resolves when n more calls have been answered.
 */
export function startLoad(clients) {
  let stopped = false;
  let answered = 0;
  const failures = [];
  const waiting = [];
  const loops = clients.map(async (client) => {
    while (!stopped) {
      try {
        if ((await client()) === 'done') return;
        answered += 1;
      } catch (error) {
        failures.push(error);
        if (failures.length > 50) stopped = true;
      }
      for (const wait of waiting) if (answered >= wait.until || stopped) wait.resolve();
    }
  });
  return {
    failures,
    answered: () => answered,
    more: (n) => new Promise((resolve) => waiting.push({ until: answered + n, resolve })),
    /** Stops the clients; fails with the first failures if there were any. */
    stop: async () => {
      stopped = true;
      await Promise.all(loops);
      for (const wait of waiting) wait.resolve();
      const told = failures.slice(0, 5).map((error) => error.message);
      assert.deepEqual(told, [], `${failures.length} of ${answered + failures.length} failed`);
      return answered;
    },
    /** Resolves when every client has finished. */
    done: () => Promise.all(loops),
  };
}

/** Waits until `condition` returns something; polls every `every` ms. */
export async function until(condition, what, { timeoutMs = 10_000, every = 10 } = {}) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}
