import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ExpiryHeap } from './expiry-heap.ts';
import { KeyRecord } from './key-record.ts';

test('ExpiryHeap has the record due first on top, whatever is placed, moved and removed', () => {
  const change = fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 12 }));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
      const heap = new ExpiryHeap();
      const records = Array.from(
        { length: 31 },
        (_, index) => new KeyRecord(`k${index}`, '', 1, 1, 1, 0, index),
      );
      for (const [index, deadline] of changes) {
        const record = records[index] as KeyRecord;
        record.expiresAtMs = deadline;
        if (deadline === 0) heap.remove(record);
        else heap.place(record);
        const placed = records.filter((each) => each.expiresAtMs !== 0);
        placed.sort((left, right) => left.expiresAtMs - right.expiresAtMs || (left.key < right.key ? -1 : 1));
        assert.equal(heap.first, placed[0]);
        assert.equal(heap.size, placed.length);
      }
    }),
  );
});
