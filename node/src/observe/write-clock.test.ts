import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WriteClock } from './write-clock.ts';

test('a write that does not end is seen while it lasts, and one that has ended is not', () => {
  let nowMs = 100;
  const clock = new WriteClock(() => nowMs);
  assert.equal(clock.underWayMs, 0);
  clock.begin();
  nowMs = 12_100;
  assert.equal(clock.underWayMs, 12_000);
  nowMs = 12_200;
  assert.equal(clock.end(), 12_100);
  nowMs = 90_000;
  assert.equal(clock.underWayMs, 0);
});
