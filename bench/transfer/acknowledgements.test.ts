import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Acknowledgements } from './acknowledgements.ts';

function noted(...times: readonly number[]): Acknowledgements {
  const acknowledgements = new Acknowledgements();
  for (const time of times) acknowledgements.note(time);
  return acknowledgements;
}

test('the longest gap is found, also one that only begins or ends between the two times', () => {
  assert.equal(noted(0, 10, 11, 40, 41, 60).longestGapMs(11, 42), 29);
  assert.equal(noted(0, 30, 31, 32, 33).longestGapMs(20, 32), 30);
  assert.equal(noted(0, 1, 2, 3, 90).longestGapMs(1, 4), 87);
});

test('a gap outside does not count', () => {
  assert.equal(noted(0, 100, 101, 103, 200).longestGapMs(100.5, 102), 2);
});

test('a gap that nobody saw the beginning or the end of has no length', () => {
  assert.equal(noted().longestGapMs(0, 1), Number.POSITIVE_INFINITY);
  assert.equal(noted(5, 6, 7).longestGapMs(4, 6), Number.POSITIVE_INFINITY);
  assert.equal(noted(5, 6, 7).longestGapMs(5, 8), Number.POSITIVE_INFINITY);
});
