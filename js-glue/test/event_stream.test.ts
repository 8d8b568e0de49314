import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bindCore } from '../dist/core/bindings.js';
import { Core, LIMITS, loadCore, type StreamEvent } from '../dist/core/index.js';
import translated from '../dist/core/portcullis-js.mjs';

/** What wasm/fast_event_stream.cpp reads at once. */
const CHUNK = 65536;
/** The WebAssembly module and its JavaScript translation. */
const CORES: Readonly<Record<string, Core>> = {
  WebAssembly: await loadCore(),
  'the translation to JavaScript': new Core(await bindCore(translated)),
};

const encoder = new TextEncoder();
const bytesOf = (...parts: (string | readonly number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? encoder.encode(part) : Uint8Array.from(part))));

/** A literal implementation of the HTML standard: decodes everything, splits it into lines, and interprets them. */
function reference(stream: Uint8Array): StreamEvent[] {
  const events: StreamEvent[] = [];
  let [type, data, idBuffer, lastEventId] = ['', '', '', ''];
  for (const line of new TextDecoder()
    .decode(stream)
    .split(/\r\n|\r|\n/)
    .slice(0, -1)) {
    if (line === '') {
      lastEventId = idBuffer;
      if (data !== '') events.push({ type: type || 'message', data: data.slice(0, -1), lastEventId });
      [type, data] = ['', ''];
      continue;
    }
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) as RegExpExecArray;
    if (field === 'event') type = value;
    if (field === 'data') data += `${value}\n`;
    if (field === 'id' && !value.includes('\0')) idBuffer = value;
  }
  return events;
}

function parse(core: Core, chunks: Iterable<Uint8Array>): StreamEvent[] {
  const parser = core.createEventStreamParser();
  const events = [...chunks].flatMap((chunk) => parser.feed(chunk));
  assert.equal(parser.failed, false);
  parser.free();
  return events;
}

function* cut(stream: Uint8Array, size: () => number): Generator<Uint8Array> {
  for (let at = 0; at < stream.length; ) {
    const next = at + size();
    yield stream.subarray(at, next);
    at = next;
  }
}

/** A deterministic random generator: mulberry32. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const FIELDS = ['data: ', 'data:', 'data', 'event: ', 'event:', 'id: ', 'id', ':', 'retry: 1', 'other: ', 'message'];
const ENDS = ['\n', '\n', '\n\n', '\r', '\r\n', '\r\n\r\n', '\r\r'];
const TEXTS = [
  ...['', 'a', 'message', 'seven b', 'eight by', 'a text of more than sixteen bytes', '\0', '\uFEFF', ': '],
  ...['\u00e9', 'na\u00efve caf\u00e9', '\u20ac', '\u4e2d\u6587\u4e2d\u6587', '\u{1f600}', 'x\u{1f600}y\u{10ffff}'],
];
const BROKEN = [
  [0xff],
  [0xc3],
  [0xe2, 0x82],
  [0xf0, 0x9f, 0x98],
  [0xed, 0xa0, 0x80],
  [0xc0, 0x80],
  [0xf5, 0x80],
  [0x80],
];

function randomStream(random: (below: number) => number, lines: number): Uint8Array {
  const one = <Item>(list: readonly Item[]): Item => list[random(list.length)] as Item;
  const parts: (string | readonly number[])[] = random(4) === 0 ? ['\uFEFF'] : [];
  for (let line = 0; line < lines; line += 1) {
    parts.push(one(FIELDS));
    for (let left = random(4); left > 0; left -= 1) parts.push(random(8) === 0 ? one(BROKEN) : one(TEXTS));
    parts.push(one(ENDS));
  }
  return bytesOf(...parts);
}

for (const [built, core] of Object.entries(CORES)) {
  test(`${built}: parses streams as the standard says, wherever they are split`, () => {
    const random = randomOf(1);
    for (let round = 0; round < 150; round += 1) {
      const stream = randomStream(random, 1 + random(30));
      const expected = reference(stream);
      assert.deepEqual(parse(core, [stream]), expected, `round ${round}`);
      assert.deepEqual(
        parse(
          core,
          cut(stream, () => 1),
        ),
        expected,
        `round ${round}, bytes`,
      );
      assert.deepEqual(
        parse(
          core,
          cut(stream, () => random(40)),
        ),
        expected,
        `round ${round}, cut`,
      );
    }
  });

  test(`${built}: parses a long stream in one chunk and in many`, () => {
    const random = randomOf(2);
    const stream = randomStream(random, 12_000);
    assert.ok(stream.length > 2 * CHUNK);
    const expected = reference(stream);
    assert.ok(expected.length > 1_000);
    assert.deepEqual(parse(core, [stream]), expected);
    assert.deepEqual(
      parse(
        core,
        cut(stream, () => 1 + random(3 * CHUNK)),
      ),
      expected,
    );
    assert.deepEqual(
      parse(
        core,
        cut(stream, () => 1 + random(500)),
      ),
      expected,
    );
  });

  test(`${built}: joins a character that is split between chunks`, () => {
    for (const character of ['\u00e9', '\u20ac', '\u{1f600}', [0xe2, 0x82], [0xf0, 0x9f, 0x98], '\r\n']) {
      for (let before = 0; before < 6; before += 1) {
        const start = `event: caf\u00e9\ndata: ${'x'.repeat(CHUNK - 20 - before)}`;
        const stream = bytesOf(start, character, 'z\n\ndata: next \u20ac\n\ndata: last\n\n');
        assert.deepEqual(parse(core, [stream]), reference(stream), `${character}, ${before}`);
      }
    }
  });

  test(`${built}: returns as many events as a chunk can hold, and more in one call`, () => {
    // The first byte ends a pending event; every further event has at least six bytes.
    const most = 1 + Math.floor((CHUNK - 1) / 6);
    const event = { type: 'message', data: '', lastEventId: '' };
    const parser = core.createEventStreamParser();
    assert.deepEqual(parser.feed(bytesOf('data\n')), []);
    for (const start of ['\n', 'a\n\n']) {
      // The second chunk continues the "dat" at the end of the first.
      const full = bytesOf(start, 'data\n\n'.repeat(most)).subarray(0, CHUNK);
      assert.deepEqual(parser.feed(full), Array(most).fill(event));
    }
    parser.free();
    const stream = bytesOf(
      ...Array.from({ length: 50_000 }, (_, at) => `id:${at}\ndata:${at % 7 ? at : '\u20ac'}\n\n`),
    );
    assert.deepEqual(parse(core, [stream]), reference(stream));
  });

  test(`${built}: accepts an event at the limit and fails the stream one byte above it`, () => {
    const max = LIMITS.MAX_EVENT_BYTES;
    const half = max / 2;
    // A line counts with its field name, data with its line end; an invalid UTF-8 byte counts as the three bytes of
    // U+FFFD.
    const fitting: (readonly [string | readonly number[], string])[] = [
      [`data:${'x'.repeat(max - 5)}`, 'one line'],
      [`data:${'\u20ac'.repeat((max - 7) / 3)}ab`, 'of three bytes each'],
      [`data:${'\u{1f600}'.repeat((max - 8) / 4)}abc`, 'of four bytes each'],
    ];
    for (const [line, what] of fitting) {
      const parser = core.createEventStreamParser();
      const stream = bytesOf('data: before\n\n', line, '\n\n');
      assert.deepEqual(parser.feed(stream), reference(stream), what);
      assert.equal(parser.failed, false, what);
      assert.equal(parser.feed(bytesOf('data: still\n\n', line, 'x\n\ndata: gone\n\n')).length, 1, what);
      assert.equal(parser.failed, true, what);
      assert.deepEqual(parser.feed(bytesOf('\n\ndata: gone\n\n')), []);
      parser.resetForReconnect();
      assert.deepEqual(parser.feed(stream), reference(stream), what);
      parser.free();
    }
    const lines = (more: string): Uint8Array =>
      bytesOf(
        'event:t\ndata:',
        'x'.repeat(half - 1),
        '\ndata:',
        Array(Math.floor((half - 2) / 3)).fill(0xff),
        `${more}\n\n`,
      );
    assert.equal((half - 2) % 3, 0);
    assert.deepEqual(parse(core, [lines('')]), reference(lines('')));
    const parser = core.createEventStreamParser();
    assert.deepEqual([parser.feed(lines('x')), parser.failed], [[], true]);
    parser.free();
  });

  test(`${built}: shares a growing memory between parsers`, () => {
    const first = core.createEventStreamParser();
    const event = (data: string) => ({ type: 'message', data, lastEventId: '' });
    const data = `one \u20ac${'x'.repeat(40)}`;
    assert.deepEqual(first.feed(bytesOf(`data: ${data}\n\ndata: tw`)), [event(data)]);
    const others = Array.from({ length: 12 }, () => core.createEventStreamParser());
    const large = 'y'.repeat(LIMITS.MAX_EVENT_BYTES - 8);
    for (const other of others) assert.deepEqual(other.feed(bytesOf(`data:${large}`)), []);
    assert.deepEqual(first.feed(bytesOf(`o\n\ndata: ${data}\n\n`)), [event('two'), event(data)]);
    for (const other of others) assert.deepEqual(other.feed(bytesOf('z\n\n')), [event(`${large}z`)]);
    for (const parser of [first, ...others]) parser.free();
  });
}
