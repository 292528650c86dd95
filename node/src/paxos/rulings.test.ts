/** Which configuration rules which slot, against an oracle that applies the rule slot by slot. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Rulings } from './rulings.ts';
import { A, B, C, configuration, D, E } from './testing/members.ts';

const THREE = configuration([A, B, C], 4);
const FOUR = configuration([A, B, C, D], 4);
const OTHERS = configuration([C, D, E], 4);

test('the first configuration rules from the next slot, a later one from its slot + alpha', () => {
  const rulings = new Rulings([]);
  assert.equal(rulings.known, false);
  assert.equal(rulings.latest, undefined);
  rulings.learn(1, THREE);
  rulings.learn(10, FOUR);
  assert.deepEqual(
    rulings.all.map(({ from }) => from),
    [2, 14],
  );
  assert.equal(rulings.at(13), THREE);
  assert.equal(rulings.at(14), FOUR);
  assert.equal(rulings.lastRuledWith(5), 13);
  assert.equal(rulings.lastRuledWith(14), Number.POSITIVE_INFINITY);
  assert.equal(rulings.latest, FOUR);
  assert.equal(rulings.alpha, 4);
});

test('at() agrees with an oracle that remembers every configuration entry', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 2, max: 60 }), { maxLength: 8 }),
      fc.integer({ min: 2, max: 70 }),
      (unsorted, slot) => {
        const entries = [1, ...unsorted.toSorted((a, b) => a - b)].map((at, index) => ({
          at,
          value: configuration([A, B, C + index], 4),
        }));
        const rulings = new Rulings([]);
        for (const { at, value } of entries) rulings.learn(at, value);
        const inForce = entries.filter(({ at }, index) => (index === 0 ? at + 1 : at + 4) <= slot);
        assert.equal(rulings.at(slot), inForce.at(-1)?.value);
      },
    ),
  );
});

test('learning the same entry twice changes nothing', () => {
  const rulings = new Rulings([]);
  for (let time = 0; time < 2; time += 1) {
    rulings.learn(1, THREE);
    rulings.learn(10, FOUR);
  }
  assert.equal(rulings.all.length, 2);
});

test('alpha is fixed by the first configuration', () => {
  const rulings = new Rulings([{ from: 2, configuration: THREE }]);
  assert.throws(() => rulings.learn(9, configuration([A, B, C], 8)), /AlphaFixed/);
});

test('a quorum from a slot on is one of every configuration that rules a slot from there on', () => {
  const rulings = new Rulings([
    { from: 2, configuration: THREE },
    { from: 14, configuration: OTHERS },
  ]);
  assert.equal(rulings.isQuorumFrom(13, new Set([A, B])), false);
  assert.equal(rulings.isQuorumFrom(13, new Set([D, E])), false);
  assert.equal(rulings.isQuorumFrom(13, new Set([A, C, D])), true);
  assert.equal(rulings.isQuorumFrom(14, new Set([D, E])), true);
  assert.equal(new Rulings([]).isQuorumFrom(2, new Set([A, B, C])), false);
});

test('members from a slot on are each named once, with their newest record', () => {
  const rulings = new Rulings([
    { from: 2, configuration: configuration([A, B, C], 4, [D]) },
    { from: 14, configuration: FOUR },
  ]);
  assert.deepEqual(
    rulings.membersFrom(5).map(({ id, voter }) => [id, voter]),
    [
      [A, true],
      [B, true],
      [C, true],
      [D, true],
    ],
  );
  assert.equal(rulings.isVoterFrom(5, D), true);
  assert.equal(rulings.isVoterFrom(5, E), false);
  assert.deepEqual(rulings.otherVotersFrom(5, B), [A, C, D]);
  assert.deepEqual(new Rulings([]).membersFrom(2), []);
});

test('a snapshot carries what rules the slots from alpha below its own to alpha above, and nothing that later entries say', () => {
  const rulings = new Rulings([]);
  assert.deepEqual(rulings.through(0), []);
  rulings.learn(1, THREE);
  rulings.learn(10, FOUR);
  rulings.learn(20, OTHERS);
  const from = (slot: number): number[] => rulings.through(slot).map((ruling) => ruling.from);
  assert.deepEqual(from(9), [2]);
  assert.deepEqual(from(10), [2, 14]);
  assert.deepEqual(from(13), [2, 14]);
  // Until slot 13, the last one that the old members rule, is settled by slot 17, they have a say.
  assert.deepEqual(from(16), [2, 14]);
  assert.deepEqual(from(17), [14]);
  assert.deepEqual(from(19), [14]);
  assert.deepEqual(from(20), [14, 24]);
  assert.deepEqual(from(26), [14, 24]);
  assert.deepEqual(from(27), [24]);
  // Whoever takes it over needs the same quorums, from the first slot that is not settled.
  const restored = new Rulings(rulings.through(16));
  for (const slot of [13, 14, 15, 16, 17, 18, 19, 20]) assert.equal(restored.at(slot), rulings.at(slot));
});

test('what rules nothing any more is forgotten, what rules the next slot is kept', () => {
  const rulings = new Rulings([
    { from: 2, configuration: THREE },
    { from: 14, configuration: FOUR },
  ]);
  rulings.forgetThrough(12);
  assert.equal(rulings.all.length, 2);
  rulings.forgetThrough(13);
  assert.deepEqual(
    rulings.all.map(({ from }) => from),
    [14],
  );
  rulings.forgetThrough(1_000);
  assert.equal(rulings.at(1_001), FOUR);
});
