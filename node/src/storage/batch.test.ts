import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decodeRecord, encodeRecord, entryRecord } from '../codec/record.ts';
import { Batch } from './batch.ts';
import { SECTOR_BYTES, zeroSectors } from './sectors.ts';

const value = fc.tuple(fc.integer({ min: 0, max: 2_000 }), fc.constantFrom(0, 7), fc.boolean());

test('Batch counts the sectors that it fills with zeros, and no others', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200 }), fc.array(value), (place, values) => {
      const batch = new Batch(3, place * 8);
      for (const [position, [length, fill, ended]] of values.entries()) {
        const bytes = new Uint8Array(length).fill(fill);
        if (ended && length > 0) bytes[length - 1] = 1;
        const ballot = { round: 1, replica: 1 };
        batch.add(entryRecord({ slot: position + 1, ballot, value: { kind: 'commands', bytes } }));
      }
      batch.seal(9);
      const image = new Uint8Array(batch.end);
      image.set(Buffer.concat(batch.chunks), batch.writeStart);
      const record = decodeRecord(image, batch.writeStart);
      assert.equal(record.kind, 'batch');
      assert.deepEqual(record, {
        kind: 'batch',
        batch: {
          sequence: 9,
          segment: 3,
          offset: batch.writeStart,
          bytes: batch.end - batch.writeStart,
          zeroSectors: zeroSectors(image, batch.writeStart, batch.end),
        },
      });
    }),
  );
});

test('Batch puts its record into one sector, wherever the log ends', () => {
  for (let end = 0; end < 2 * SECTOR_BYTES; end += 8) {
    const batch = new Batch(1, end);
    batch.seal(1);
    const [record] = batch.chunks;
    const last = batch.writeStart + (record?.length ?? 0) - 1;
    assert.ok(batch.writeStart >= end);
    assert.equal(Math.floor(batch.writeStart / SECTOR_BYTES), Math.floor(last / SECTOR_BYTES));
  }
});

test('Batch begins a segment with the header, in the sector of the batch record', () => {
  const header = encodeRecord({ kind: 'header', formatVersion: 1, replica: 5, segment: 2 });
  const batch = new Batch(2, 0, header);
  batch.seal(4);
  assert.equal(batch.writeStart, 0);
  assert.equal(batch.chunks[0], header);
  assert.ok(batch.end <= SECTOR_BYTES);
});
