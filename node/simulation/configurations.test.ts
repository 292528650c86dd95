/** What the checkers make of the configurations that were chosen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configuration } from '../src/paxos/testing/members.ts';
import { Configurations } from './configurations.ts';

const ALPHA = 4;
const THREE = configuration([1, 2, 3], ALPHA);

function noted(): Configurations {
  const configurations = new Configurations();
  configurations.note(1, THREE);
  return configurations;
}

test('the first configuration rules from the next slot, a later one from its slot + alpha', () => {
  const configurations = noted();
  const four = configuration([1, 2, 3, 4], ALPHA);
  configurations.note(10, four);
  assert.equal(configurations.at(1), undefined);
  assert.equal(configurations.at(13), THREE);
  assert.equal(configurations.at(14), four);
  assert.deepEqual(configurations.from(13), [THREE, four]);
  assert.deepEqual(configurations.from(14), [four]);
});

test('two changes at a time, two voters at once, and another alpha are refused', () => {
  const two = noted();
  two.note(10, configuration([1, 2, 3, 4], ALPHA));
  assert.throws(() => two.note(14, configuration([1, 2, 3, 4, 5], ALPHA)), /^Violation: OneChange: slot 14/);
  assert.throws(() => noted().note(10, configuration([1], ALPHA, [], [2, 3])), /OneChange: .* 2 voters/);
  assert.throws(() => noted().note(10, configuration([1, 2, 3], 5)), /AlphaFixed/);
});

test('who leaves is remembered, and never comes back', () => {
  assert.throws(() => noted().note(10, configuration([1, 2], ALPHA)), /IdsAreUsedOnce: .* forgets/);
  const removed = noted();
  removed.note(10, configuration([1, 2], ALPHA, [], [3]));
  assert.throws(() => removed.note(20, configuration([1, 2], ALPHA, [3])), /IdsAreUsedOnce: .* back/);
});
