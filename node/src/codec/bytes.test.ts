/** Integers as bytes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readUint16, readUint32, readUint48, writeUint16, writeUint32, writeUint48 } from './bytes.ts';
import { uint32, uint48 } from './codec.arbitrary.ts';

test('integers come back as they were written, in the order that Node.js writes them, and touch nothing else', () => {
  fc.assert(
    fc.property(uint48, uint32, fc.integer({ min: 0, max: 65_535 }), (six, four, two) => {
      const ours = Buffer.alloc(16, 0xee);
      writeUint48(ours, 1, six);
      writeUint32(ours, 8, four);
      writeUint16(ours, 13, two);
      const theirs = Buffer.alloc(16, 0xee);
      theirs.writeUIntLE(six, 1, 6);
      theirs.writeUInt32LE(four, 8);
      theirs.writeUInt16LE(two, 13);
      assert.deepEqual(ours, theirs);
      assert.deepEqual([readUint48(ours, 1), readUint32(ours, 8), readUint16(ours, 13)], [six, four, two]);
    }),
    { numRuns: 1_000 },
  );
});
