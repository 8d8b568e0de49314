import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { loadCore } from 'portcullis/core';
import { type CodeBlock, documents, shownCommands } from '../../scripts/lib/markdown.mjs';

// Checks the examples in the documents: TypeScript compiles against the package, statements with a trailing value
// (`f(); // 'x'`) return it, manifests are valid, and commands print the output shown below them. Examples that need
// the server are tested in e2e/server/examples.test.mjs.

const PACKAGE = fileURLToPath(new URL('../', import.meta.url));
const ROOT = join(PACKAGE, '..');
// Within the package, so that it resolves its own name.
const OUT = join(PACKAGE, 'build/examples');
const BIN = join(PACKAGE, 'bin/portcullis.mjs');

const CHECKED_HERE = new Set(['ts', 'tsx', 'js', 'jsx', 'json', 'sh']);
/** YAML is checked by the server's tests; the other kinds are not executable. */
const OTHERS = new Set(['yaml', 'html', 'http', 'nginx', 'text', '']);

const docs = documents();
const all = docs.flatMap(({ blocks }) => blocks);
const place = ({ file, line }: CodeBlock): string => `${file}:${line}`;
const folderOf = (file: string): string => join(OUT, file.replaceAll('/', '-').replace(/\.md$/, ''));

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** One file per block, with the line numbers of the document. */
function writeCode(): Map<string, CodeBlock> {
  const files = new Map<string, CodeBlock>();
  for (const block of all.filter(({ lang }) => /^[tj]sx?$/.test(lang))) {
    const name = block.name ?? `line-${block.line}.${block.lang}`;
    const path = join(folderOf(block.file), name);
    assert.ok(!files.has(path), `${place(block)}: ${name} is shown twice`);
    files.set(path, block);
    write(path, '\n'.repeat(block.line - 1) + claims(block.code));
  }
  return files;
}

const LITERAL = /^(\s*)((?!const |let |var |return |import |export )[^/\s].*);\s+\/\/ (['"[{\d-].*|true|false|null)$/;

/** Converts `f(); // 'x'` to an assertion if the comment is a value and not a sentence. */
function claims(code: string): string {
  let found = 0;
  const text = code.replace(new RegExp(LITERAL, 'gm'), (line, indent: string, statement: string, value: string) => {
    try {
      new Function(`return (${value});`);
    } catch {
      return line;
    }
    found += 1;
    return `${indent}claim(${statement}, ${value});`;
  });
  return found === 0 ? code : `${text}import { deepEqual as claim } from 'node:assert/strict';\n`;
}

test('finds a test for every kind of code block', () => {
  for (const block of all) {
    assert.ok(CHECKED_HERE.has(block.lang) || OTHERS.has(block.lang), `${place(block)}: no test checks ${block.lang}`);
  }
  assert.ok(all.length > 20, 'the documents were found');
});

test('compiles the TypeScript of the documents and checks its output', async () => {
  rmSync(OUT, { recursive: true, force: true });
  const files = writeCode();
  write(
    join(OUT, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions: { rootDir: '.', outDir: 'out', declaration: false, allowJs: true, checkJs: true },
      exclude: ['out'],
      include: ['.'],
    }),
  );
  const require = createRequire(import.meta.url);
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', OUT, '--pretty', 'false'], {
    cwd: OUT,
    encoding: 'utf8',
  });
  assert.equal(status, 0, `an example does not compile; the line is the document's:\n${stdout}`);
  // Runs the examples that need neither a page nor a server.
  let ran = 0;
  for (const [path, { code }] of files) {
    const imports = [...code.matchAll(/from '([^']+)'/g)].map(([, name]) => name);
    if (imports.length === 0 || !imports.every((name) => name === 'portcullis/core')) continue;
    const compiled = join(OUT, 'out', path.slice(OUT.length)).replace(/\.tsx?$/, '.js');
    await import(pathToFileURL(compiled).href);
    ran += 1;
  }
  assert.ok(ran > 0, 'an example was run');
});

test('validates the manifests of the documents', async () => {
  const core = await loadCore();
  let manifests = 0;
  for (const block of all.filter(({ lang, after }) => lang === 'json' && after?.lang !== 'sh')) {
    const value = JSON.parse(block.code) as Record<string, unknown>;
    if (!('engine' in value)) continue;
    const compiled = core.compile(block.code);
    assert.deepEqual(compiled.problems, [], place(block));
    if (compiled.ok) compiled.policy.free();
    manifests += 1;
  }
  assert.ok(manifests > 0, 'a manifest was found');
});

test('prints what the documents show below their commands', () => {
  let ran = 0;
  for (const { file, blocks } of docs) {
    const folder = folderOf(file);
    for (const { lang, name, code } of blocks)
      if (name !== null && /^js(on)?$/.test(lang)) write(join(folder, name), code);
    for (const { command, output, place } of shownCommands(blocks)) {
      if (!command.includes('npx portcullis')) continue;
      mkdirSync(folder, { recursive: true });
      const script = `npx() { shift; "${process.execPath}" "${BIN}" "$@"; }\n${command}`;
      const { stdout, stderr } = spawnSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8' });
      assert.equal(stdout + stderr, output, `${place}: ${command}`);
      ran += 1;
    }
  }
  assert.ok(ran > 0, 'a command was run');
});

test('provides every command that the documents name', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
  const help = spawnSync(process.execPath, [BIN, '--help'], { encoding: 'utf8' }).stdout;
  const texts = docs.map(({ file }) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));
  for (const { file, text } of texts) {
    for (const [, name = ''] of text.matchAll(/npm run (?:-s )?([a-z:]+)(?! -w| -s -w|[\w:]| -- \S+ -w)/g)) {
      assert.ok(name in scripts, `${file}: there is no npm run ${name}`);
    }
    for (const [, name = ''] of text.matchAll(/npx portcullis ([a-z]+)/g)) {
      assert.ok(help.includes(`portcullis ${name}`), `${file}: there is no portcullis ${name}`);
    }
    // A linked file must exist beside the document.
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)) {
      assert.ok(existsSync(join(ROOT, dirname(file), target)), `${file}: broken link to ${target}`);
    }
  }
});
