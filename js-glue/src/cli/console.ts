import { once } from 'node:events';
import { loadCore } from '../core/index.js';
import { LIMITS } from '../generated/spec.js';
import { LineSplitter } from './lines.js';

/**
 * Answers each input line with one output line, byte for byte as the server's console does. Lines stay bytes, so that
 * the core reports a line that is not UTF-8.
 */
export async function runConsole(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Promise<number> {
  const core = await loadCore();
  const lines = new LineSplitter(LIMITS.MAX_CONSOLE_LINE_BYTES + 1);
  const answer = async (line: Uint8Array): Promise<void> => {
    // Waits for a slow reader, so that answers do not pile up in memory.
    if (!output.write(`${core.console(line)}\n`)) await once(output, 'drain');
  };
  // A reader that closes the pipe (head -1) is not an error.
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
