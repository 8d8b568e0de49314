// The size cost of compiling some files of the core at another level than -Oz: each of them is compiled with -Oz
// once, and the module linked with it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { emscriptenEnv } from '../scripts/lib/toolchains.mjs';

const build = fileURLToPath(new URL('../build/wasm/', import.meta.url));
const env = { ...process.env, ...emscriptenEnv };
const run = (command) => execFileSync('bash', ['-c', command], { cwd: build, env, stdio: ['ignore', 'pipe', 'pipe'] });
const commandsOf = (target) =>
  String(run(`ninja -t commands ${target}`))
    .trim()
    .split('\n');
const LEVEL = / (-O2|-Os) -finline-functions(?= )/;

/** @returns {Promise<{file: string, level: string, brotli: number}[]>} `brotli`: additional bytes compared with -Oz */
export async function measureLevels() {
  const folder = join(build, 'levels');
  mkdirSync(folder, { recursive: true });
  const commands = commandsOf('portcullis_module');
  const link = commands
    .at(-1)
    .replace(/^: && /, '')
    .replace(/ && :$/, '');
  const sizeWith = (object, replacement) => {
    const out = join(folder, 'module.mjs');
    // Objects that are given come before those of the same name in the archive.
    run(link.replace(/-o \S+/, `-o ${out}`).replace(object ?? '\0', replacement ?? ''));
    return brotliCompressSync(readFileSync(join(folder, 'module.wasm'))).length;
  };
  const now = sizeWith();
  const rows = [];
  for (const command of commands) {
    const level = LEVEL.exec(command)?.[1];
    const source = / -c (\S+)$/.exec(command)?.[1];
    if (level === undefined || source === undefined) continue;
    const file = source.replace(/^.*\/(core|wasm)\//, '$1/');
    const smaller = join(folder, 'smaller.o');
    const object = / -o (\S+)/.exec(command)[1];
    run(
      command
        .replace(LEVEL, ' -finline-functions')
        .replace(/ -MF \S+/, '')
        .replace(` -o ${object}`, ` -o ${smaller}`)
        .replace(/ -MD -MT \S+/, ''),
    );
    rows.push({
      file,
      level,
      brotli:
        now - (file.startsWith('wasm/') ? sizeWith(object, smaller) : sizeInArchive(link, object, smaller, folder)),
    });
  }
  return rows.sort((a, b) => b.brotli - a.brotli);
}

/** The same for a file of the core's archive: a copy of the archive with that member replaced. */
function sizeInArchive(link, object, smaller, folder) {
  const member = object.split('/').at(-1);
  const archive = join(folder, 'libcore.a');
  const out = join(folder, 'module.mjs');
  run(
    `cp core/libportcullis_core.a ${archive} && cp ${smaller} ${join(folder, member)} && emar r ${archive} ${join(folder, member)}`,
  );
  run(link.replace(/-o \S+/, `-o ${out}`).replace('core/libportcullis_core.a', archive));
  return brotliCompressSync(readFileSync(join(folder, 'module.wasm'))).length;
}
