// Runs other programs: prints a heading, keeps their output, and shows it if they fail.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const buildDir = join(root, 'build');

// Shares compiler output between checkouts of the same source.
process.env.CCACHE_BASEDIR ??= root;
process.env.CCACHE_NOHASHDIR ??= '1';

const plain = process.env.CI || !process.stderr.isTTY;

export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Exits with a message and without a stack trace, for problems that the user can fix. */
export function fail(text, code = 1) {
  say(`\n${plain ? '' : '\x1b[31m'}error: ${text}${plain ? '' : '\x1b[0m'}`);
  process.exit(code);
}

/** Runs one step: prints its name and duration. Its output goes to build/logs and is shown if it fails. */
export async function step(name, command, args, options = {}) {
  const logs = join(buildDir, 'logs');
  mkdirSync(logs, { recursive: true });
  const log = join(logs, `${name.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase()}.log`);
  const started = Date.now();
  process.stderr.write(plain ? `[ .. ] ${name}\n` : `[ .. ] ${name}`);
  const fd = openSync(log, 'w');
  const status = await new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', fd, fd],
      ...options,
      env: { ...process.env, ...options.env },
    });
    child.on('error', (error) => resolve(error));
    child.on('close', (code, signal) => resolve(signal ?? code));
  });
  closeSync(fd);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const head = plain ? '' : '\r\x1b[K';
  if (status === 0) {
    say(`${head}[ ok ] ${name} (${seconds} s)`);
    return seconds;
  }
  say(`${head}[FAIL] ${name} (${seconds} s)`);
  const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
  process.stderr.write(text.length > 40000 ? `... (whole log: ${log})\n${text.slice(-40000)}` : text);
  fail(`${name} failed (${status instanceof Error ? status.message : `exit ${status}`})`);
}

/** Runs a step whose output is meant to be read while it comes. */
export async function show(name, command, args, options = {}) {
  say(`\n== ${name}`);
  const started = Date.now();
  const status = await new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      ...options,
      env: { ...process.env, ...options.env },
    });
    child.on('error', (error) => resolve(error));
    child.on('close', (code, signal) => resolve(signal ?? code));
  });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (status !== 0) fail(`${name} failed (${status instanceof Error ? status.message : `exit ${status}`})`);
  say(`== ${name}: ok (${seconds} s)`);
}

/** The output of a short command, or null when it cannot be run or fails. */
export function capture(command, args) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : null;
}
