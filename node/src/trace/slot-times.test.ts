import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlotTimes } from './slot-times.ts';

test('SlotTimes at() tells when each stage passed a slot, and nothing of what it has not passed', () => {
  const times = new SlotTimes();
  times.note({ accepted: 3, durable: 1, chosen: 0 }, 10);
  times.note({ accepted: 3, durable: 3, chosen: 2 }, 20);
  assert.deepEqual([times.at('accepted', 3), times.at('durable', 1), times.at('durable', 3)], [10, 10, 20]);
  assert.deepEqual(
    [times.at('chosen', 2), times.at('chosen', 3), times.at('accepted', 4)],
    [20, undefined, undefined],
  );
});

test('SlotTimes at() tells the later time of a slot that a new ballot passes again, and none in between', () => {
  const times = new SlotTimes();
  times.note({ accepted: 5, durable: 5, chosen: 3 }, 10);
  times.note({ accepted: 5, durable: 3, chosen: 3 }, 20);
  assert.equal(times.at('durable', 5), undefined);
  times.note({ accepted: 5, durable: 5, chosen: 5 }, 30);
  assert.equal(times.at('durable', 5), 30);
  assert.equal(times.at('durable', 3), 10);
});

test('SlotTimes keeps the latest slots only, however far a mark jumps', () => {
  const times = new SlotTimes();
  const far = 2 ** 40;
  times.note({ accepted: 7, durable: 7, chosen: 7 }, 10);
  times.note({ accepted: far, durable: far, chosen: far }, 20);
  assert.deepEqual([times.at('chosen', far), times.at('chosen', far - 4_095)], [20, 20]);
  assert.deepEqual([times.at('chosen', far - 4_096), times.at('chosen', 7)], [undefined, undefined]);
});
