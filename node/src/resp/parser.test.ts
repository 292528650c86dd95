import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { argumentsMax, bulkBytesMax, lineBytesMax, requestBytesMax } from './limits.ts';
import { RequestParser } from './parser.ts';
import { request } from './testing/raw-client.ts';

/** Every request in these chunks as words, and the error at the end if there is one. */
function parseAll(chunks: readonly Buffer[]): { requests: string[][]; error: string } {
  const parser = new RequestParser();
  const requests: string[][] = [];
  for (const chunk of chunks) {
    parser.feed(chunk);
    for (;;) {
      const parsed = parser.next();
      if (parsed === 'error') return { requests, error: parser.error };
      if (parsed === 'more') break;
      requests.push([parser.name, ...parser.args]);
    }
  }
  return { requests, error: '' };
}

function parseText(text: string): { requests: string[][]; error: string } {
  return parseAll([Buffer.from(text, 'latin1')]);
}

function splitAt(bytes: Buffer, positions: readonly number[]): Buffer[] {
  const ends = [...new Set(positions.map((position) => position % (bytes.length + 1)))];
  ends.push(bytes.length);
  ends.sort((a, b) => a - b);
  let start = 0;
  return ends.map((end) => {
    // A copy, as every read of a socket is: the parser must not depend on neighbouring memory.
    const part = Buffer.from(bytes.subarray(start, end));
    start = end;
    return part;
  });
}

const bytesAsText = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const words = fc.array(bytesAsText, { minLength: 1, maxLength: 6 });

test('requests of any bytes are parsed as they were sent, wherever the stream is split', () => {
  fc.assert(
    fc.property(
      fc.array(words, { maxLength: 8 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      (sent, positions) => {
        const bytes = Buffer.from(sent.map((each) => request(...each)).join(''), 'latin1');
        assert.deepEqual(parseAll(splitAt(bytes, positions)), { requests: sent, error: '' });
      },
    ),
  );
});

test('a stream split after every byte parses the same', () => {
  const sent = [['SET', 'key', 'a\r\nb'], ['get', ''], ['PING']];
  const bytes = Buffer.from(`${sent.map((each) => request(...each)).join('')}ping  x\r\n\r\n*0\r\necho y\n`);
  const chunks = Array.from(bytes, (byte) => Buffer.from([byte]));
  assert.deepEqual(parseAll(chunks), { requests: [...sent, ['ping', 'x'], ['echo', 'y']], error: '' });
});

test('garbage ends in nothing or in a protocol error, the same for every split', () => {
  const pieces = fc.oneof(
    fc.constantFrom(
      '*',
      '$',
      '\r\n',
      '-1',
      '3',
      '*1\r\n$4\r\nPING\r\n',
      '"',
      "'",
      '\\x',
      ' ',
      '99999999999999999999',
    ),
    bytesAsText,
  );
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 20 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      (text, positions) => {
        const bytes = Buffer.from(text.join(''), 'latin1');
        assert.deepEqual(parseAll(splitAt(bytes, positions)), parseAll([bytes]));
      },
    ),
  );
});

test('a large bulk is collected from its chunks', () => {
  const value = 'v'.repeat(bulkBytesMax);
  const bytes = Buffer.from(request('SET', 'k', value) + request('PING'), 'latin1');
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 65_536) chunks.push(Buffer.from(bytes.subarray(at, at + 65_536)));
  const { requests } = parseAll(chunks);
  assert.equal(requests[0]?.[2], value);
  assert.deepEqual(requests[1], ['PING']);
});

test('a request may be pulled later than the next chunk comes', () => {
  const parser = new RequestParser();
  parser.feed(Buffer.from('PING\r\nECHO'));
  parser.feed(Buffer.from(' a\r\n*1\r\n$4\r\nQ'));
  parser.feed(Buffer.from('UIT\r\n'));
  const names: string[] = [];
  while (parser.next() === 'request') names.push(parser.name);
  assert.deepEqual(names, ['PING', 'ECHO', 'QUIT']);
});

test('bytes counts a request as it is on the wire', () => {
  const parser = new RequestParser();
  const text = request('SET', 'key', 'value');
  parser.feed(Buffer.from(text + text));
  for (let i = 0; i < 2; i += 1) {
    assert.equal(parser.next(), 'request');
    assert.equal(parser.bytes, text.length);
  }
});

const REFUSED: readonly (readonly [string, string])[] = [
  ['*x\r\n', 'invalid multibulk length'],
  ['*01\r\n', 'invalid multibulk length'],
  ['*+1\r\n', 'invalid multibulk length'],
  ['*\r\n', 'invalid multibulk length'],
  [`*${argumentsMax + 1}\r\n`, 'invalid multibulk length'],
  ['*99999999999999999999\r\n', 'invalid multibulk length'],
  [`*${'1'.repeat(lineBytesMax + 1)}`, 'too big mbulk count string'],
  ['*1\r\n:4\r\n', "expected '$', got ':'"],
  ['*1\r\n$-1\r\n', 'invalid bulk length'],
  ['*1\r\n$\r\n', 'invalid bulk length'],
  ['*1\r\n$4x\r\n', 'invalid bulk length'],
  [`*1\r\n$${bulkBytesMax + 1}\r\n`, 'invalid bulk length'],
  [`*1\r\n$${'1'.repeat(lineBytesMax + 1)}`, 'too big bulk count string'],
  ['p'.repeat(lineBytesMax + 1), 'too big inline request'],
  ['SET a "b\r\n', 'unbalanced quotes in request'],
  ['SET a "b"c\r\n', 'unbalanced quotes in request'],
  ["SET a 'b\r\n", 'unbalanced quotes in request'],
];

for (const [text, error] of REFUSED) {
  test(`${JSON.stringify(text.slice(0, 30))} is refused: ${error}`, () => {
    assert.deepEqual(parseText(`PING\r\n${text}`), { requests: [['PING']], error });
  });
}

test('a request over its limit is refused at the header that passes it, before its bytes come', () => {
  const value = 'v'.repeat(bulkBytesMax);
  const text = `*4\r\n$3\r\nSET\r\n$${value.length}\r\n${value}\r\n$${value.length}\r\n`;
  assert.equal(parseText(text).error, `too big request, over ${requestBytesMax} bytes`);
});

test('counts below one are skipped, as Redis does', () => {
  assert.deepEqual(parseText('*0\r\n*-5\r\nPING\r\n').requests, [['PING']]);
});

const INLINE: readonly (readonly [string, readonly string[]])[] = [
  ['set  a\tb', ['set', 'a', 'b']],
  [String.raw`set "a b" 'c d'`, ['set', 'a b', 'c d']],
  [String.raw`set "\x00\xfF\n\r\t\b\a\"\\\q\x0g"`, ['set', '\0\xff\n\r\t\b\x07"\\qx0g']],
  [String.raw`set 'a\'b\n'`, ['set', String.raw`a'b\n`]],
  ['""', ['']],
  ['set pre"quoted"', ['set', 'prequoted']],
  ['   ', []],
];

for (const [line, parsed] of INLINE) {
  test(`inline ${JSON.stringify(line)} is ${JSON.stringify(parsed)}`, () => {
    const requests = parsed.length === 0 ? [] : [[...parsed]];
    assert.deepEqual(parseText(`${line}\r\n`), { requests, error: '' });
  });
}
