import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { BadAnswer } from './failures.ts';
import { textLines } from './text-lines.ts';

async function linesIn(chunks: Iterable<Buffer>): Promise<string[]> {
  return await Array.fromAsync(textLines(asyncly(chunks)));
}

async function* asyncly(chunks: Iterable<Buffer>): AsyncGenerator<Buffer> {
  yield* chunks;
}

suite('textLines()', () => {
  test('gives the same lines however the bytes are cut, in the middle of a character, too', async () => {
    const line = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((each) => each.trim() !== '' && !each.includes('\n'));
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 7 }), async (lines, size) => {
        const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(''));
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.subarray(index * size, (index + 1) * size),
        );
        assert.deepEqual(await linesIn(chunks), lines);
      }),
    );
  });

  test('drops half a line at the end, and refuses one longer than any object', async () => {
    assert.deepEqual(await linesIn([Buffer.from('one\n\ntw')]), ['one']);
    const mebibyte = Buffer.alloc(1024 * 1024, 'x');
    await assert.rejects(linesIn(Array.from({ length: 17 }, () => mebibyte)), BadAnswer);
  });
});
