import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { jsonPositions, positionOf } from '../dist/cli/json_positions.js';
import { LineSplitter } from '../dist/cli/lines.js';

const BIN = fileURLToPath(new URL('../bin/portcullis.mjs', import.meta.url));

function run(
  args: readonly string[],
  input: string | Buffer = '',
): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [BIN, ...args]);
    let out = '';
    let err = '';
    child.stdout.on('data', (data) => {
      out += data;
    });
    child.stderr.on('data', (data) => {
      err += data;
    });
    child.on('close', (code) => resolve({ code, out, err }));
    child.stdin.end(input);
  });
}

test('console: answers each line with one line, including an unterminated last line', async () => {
  const lines = Buffer.concat([
    Buffer.from('{"op":"path.canonicalize","target":"/a/../b?q"}\r\n\nnot json\n'),
    Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d, 0x0a]),
    Buffer.from('{"op":"semver.valid","version":"1.2.3"}'),
  ]);
  const { code, out, err } = await run(['console'], lines);
  assert.deepEqual(out.split('\n'), [
    '{"ok":true,"path":"/b","query":"q"}',
    '{"error":"CONSOLE_BAD_JSON"}',
    '{"error":"CONSOLE_BAD_JSON"}',
    '{"error":"CONSOLE_BAD_JSON"}',
    '{"result":"1.2.3"}',
    '',
  ]);
  assert.deepEqual([code, err], [0, '']);
});

test('console: flushes each answer before it reads the next line', async () => {
  const child = spawn(process.execPath, [BIN, 'console']);
  for (const version of ['1.0.0', '2.0.0', '3.0.0']) {
    const answer = new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(String(data))));
    child.stdin.write(`{"op":"semver.valid","version":"${version}"}\n`);
    assert.equal(await answer, `{"result":"${version}"}\n`);
  }
  child.stdin.end();
  assert.equal(await new Promise((resolve) => child.on('close', resolve)), 0);
});

async function files(context: TestContext, contents: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-cli-'));
  context.after(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(contents)) await writeFile(join(folder, name), text);
  return (name: string) => join(folder, name);
}

test('validate: reads files of Windows editors and reports UTF-16', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-cli-'));
  context.after(() => rm(folder, { recursive: true }));
  const text = '{\n  "id": "hello",\n  "version": "1.0.0",\n  "engine": { "experience": ">=1.0.0" }\n}\n';
  const put = async (name: string, content: string | Buffer): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, content);
    return file;
  };
  const crlf = text.replaceAll('\n', '\r\n');
  assert.equal((await run(['validate', await put('bom.json', `\ufeff${text}`)])).code, 0);
  assert.equal((await run(['validate', await put('crlf.json', `\ufeff${crlf}`)])).code, 0);
  const wrong = await put('wrong.json', `\ufeff${crlf.replace('"1.0.0"', '"1"')}`);
  assert.match((await run(['validate', wrong])).out, /wrong\.json:3:14: error SEMVER_INVALID_VERSION/);
  for (const [name, bytes] of [
    ['le.json', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['bare.json', Buffer.from(text, 'utf16le')],
    ['be.json', Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  ] as const) {
    const { code, out } = await run(['validate', await put(name, bytes)]);
    assert.equal(code, 1);
    assert.match(out, new RegExp(`${name}:1:1: error JSON_SYNTAX: The file is UTF-16`));
  }
  const latin = await run([
    'validate',
    await put('latin.json', Buffer.from(text.replace('hello', 'h\u00e9'), 'latin1')),
  ]);
  assert.match(latin.out, /latin\.json:1:1: error JSON_SYNTAX: The file is not valid UTF-8/);
});

test('validate: prints every problem with its position, and fails only on errors', async (context) => {
  const at = await files(context, {
    'good.json': '{"id":"a","version":"1.0.0","engine":{"experience":"*"}}',
    'warn.json': '{"id":"a","version":"1.0.0","engine":{"experience":"*"},\n  "extra": 1}',
    'bad.json':
      '{\n  "id": "a",\n  "version": "1",\n  "permissions": {"api": [\n    {"method": "GET", "path": "/auth/x"}]}\n}',
    'list.json': '[{"id":"a","version":"1.0.0","engine":{"experience":"*"}},\n {"id":"B"}]',
    'broken.json': '{"id": "a",\n  oops}',
    'twice.json': '{"id":"a","id":"b","version":"1.0.0","engine":{"experience":"*"}}',
  });
  const good = await run(['validate', at('good.json'), at('warn.json')]);
  assert.equal(good.code, 0);
  assert.match(good.out, /good\.json: ok\n/);
  assert.match(good.out, /warn\.json:2:12: warning MANIFEST_UNKNOWN_KEY \/extra: /);
  const bad = await run(['validate', at('bad.json')]);
  assert.equal(bad.code, 1);
  assert.match(bad.out, /bad\.json:3:14: error SEMVER_INVALID_VERSION \/version: /);
  assert.match(bad.out, /bad\.json:5:31: error TEMPLATE_RESERVED \/permissions\/api\/0\/path: /);
  assert.match(bad.out, /MANIFEST_REQUIRED \/engine/);
  assert.match((await run(['validate', at('list.json')])).out, /list\.json:2:8: error MANIFEST_BAD_ID \/1\/id: /);
  assert.match((await run(['validate', at('broken.json')])).out, /broken\.json:2:\d+: error JSON_SYNTAX: /);
  assert.match((await run(['validate', at('twice.json')])).out, /JSON_DUPLICATE_KEY/);
  assert.equal((await run(['validate', at('absent.json')])).code, 2);
});

test('prints help and version, and rejects unknown commands', async () => {
  assert.match((await run(['--help'])).out, /portcullis console/);
  assert.match((await run(['--version'])).out, /^\d+\.\d+\.\d+\n$/);
  assert.equal((await run(['frobnicate'])).code, 2);
  assert.equal((await run([])).code, 2);
  assert.equal((await run(['--frobnicate'])).code, 2);
});

test('splits lines wherever the chunks end, and truncates long ones', () => {
  const text = Buffer.from('one\ntwo\n\nlonger than the cap\nlast');
  for (let size = 1; size <= text.length; size += 1) {
    const splitter = new LineSplitter(10);
    const lines: string[] = [];
    for (let at = 0; at < text.length; at += size) {
      for (const line of splitter.push(text.subarray(at, at + size))) lines.push(Buffer.from(line).toString());
    }
    const last = splitter.end();
    if (last !== null) lines.push(Buffer.from(last).toString());
    assert.deepEqual(lines, ['one', 'two', '', 'longer tha', 'last'], `chunks of ${size}`);
  }
});

test('maps a JSON pointer to its line', () => {
  const positions = jsonPositions('{\n  "a/b": [1, {"~": "\\"}{"}],\n  "c": {}\n}');
  assert.deepEqual(positions.get('/a~1b/1/~0'), { line: 2, column: 20 });
  assert.deepEqual(positions.get('/c'), { line: 3, column: 8 });
  assert.deepEqual(positionOf(positions, '/c/absent'), { line: 3, column: 8 });
  assert.deepEqual(positionOf(positions, '/x'), { line: 1, column: 1 });
});
