import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { SlotIndex } from './slot-index.ts';

interface Added {
  readonly slot: number;
  readonly segment: number;
  readonly offset: number;
  readonly bytes: number;
}

/** Runs of slots, mostly upwards, with jumps back; records from tiny to longer than a stretch. */
const runs = fc.array(
  fc.record({
    from: fc.integer({ min: 1, max: 60 }),
    count: fc.integer({ min: 1, max: 12 }),
    bytes: fc.constantFrom(40, 9_000, 30_000, 70_000),
    nextSegment: fc.boolean(),
  }),
  { maxLength: 30 },
);

test('SlotIndex newest() finds, going back, every stretch that an entry of the slot lies in, unless it was forgotten', () => {
  fc.assert(
    fc.property(runs, fc.nat(30), (given, forgotten) => {
      const index = new SlotIndex();
      const all: Added[] = [];
      let segment = 1;
      let offset = 64;
      for (const { from, count, bytes, nextSegment } of given) {
        if (nextSegment) [segment, offset] = [segment + 1, 64];
        for (let slot = from; slot < from + count; slot += 1) {
          index.add(slot, segment, offset, bytes);
          all.push({ slot, segment, offset, bytes });
          offset += bytes;
        }
        if (segment > 2 * forgotten) index.forgetThrough(forgotten);
      }
      index.forgetThrough(forgotten);
      for (let slot = 0; slot <= 75; slot += 1) {
        const found: number[] = [];
        for (let at = index.newest(slot); at >= 0; at = index.newest(slot, at)) found.push(at);
        assert.deepEqual(
          found,
          found.toSorted((a, b) => b - a),
        );
        const holding = all.filter((added) => added.slot === slot && added.segment > forgotten);
        for (const added of holding) assert.ok(found.some((at) => holds(index, at, added)));
        for (const at of found) {
          const stretch = index.stretch(at);
          assert.ok(stretch !== undefined && stretch.lowest <= slot && slot <= stretch.highest);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test('SlotIndex keeps one stretch for many small entries', () => {
  const index = new SlotIndex();
  for (let slot = 1; slot <= 1_000; slot += 1) index.add(slot, 1, slot * 64, 64);
  assert.equal(index.newest(1), 0);
  assert.equal(index.newest(1_000), 0);
  assert.equal(index.newest(1_001), -1);
  assert.equal(index.stretch(1), undefined);
});

function holds(index: SlotIndex, position: number, added: Added): boolean {
  const stretch = index.stretch(position);
  return (
    stretch !== undefined &&
    stretch.segment === added.segment &&
    stretch.offset <= added.offset &&
    added.offset + added.bytes <= stretch.end
  );
}
