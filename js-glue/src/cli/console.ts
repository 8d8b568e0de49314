import { once } from 'node:events';
import { loadCore } from '../core/index.js';
import { LIMITS } from '../generated/spec.js';
import { LineSplitter } from './lines.js';

/**
 * Answers each line with one line, as the server's console does, byte for byte. Lines stay bytes: a
 * line that is not UTF-8 is the core's to judge.
 */
export async function runConsole(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Promise<number> {
  const core = await loadCore();
  const lines = new LineSplitter(LIMITS.MAX_CONSOLE_LINE_BYTES + 1);
  const answer = async (line: Uint8Array): Promise<void> => {
    // Waits when the reader is slow, so that answers do not pile up.
    if (!output.write(`${core.console(line)}\n`)) await once(output, 'drain');
  };
  // A reader that goes away (head -1) is no failure.
  output.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
  for await (const chunk of input as AsyncIterable<Uint8Array>) {
    for (const line of lines.push(chunk)) await answer(line);
  }
  const last = lines.end();
  if (last !== null) await answer(last);
  return 0;
}
