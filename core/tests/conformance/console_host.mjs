// A console as a child process: lines in, lines out, in order.
import { spawn } from 'node:child_process';

/** The answers to `lines` (texts or bytes, without line feeds), one each. Rejects when one is missing. */
export function askConsole([command, ...args], lines) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const chunks = [];
    child.on('error', reject);
    child.stdin.on('error', () => {});
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.on('close', (code, signal) => {
      const answers = Buffer.concat(chunks).toString('utf8').split('\n');
      answers.pop();
      if (answers.length === lines.length && code === 0) resolve(answers);
      else {
        const end = signal ?? `exit ${code}`;
        reject(new Error(`${command} ${args.join(' ')}: ${answers.length} of ${lines.length} answers, ${end}`));
      }
    });
    for (const line of lines) {
      child.stdin.write(line);
      child.stdin.write('\n');
    }
    child.stdin.end();
  });
}
