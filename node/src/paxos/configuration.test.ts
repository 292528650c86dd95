/** Quorum arithmetic against oracles that count in the most obvious way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Configuration, isQuorum, quorumMark } from './configuration.ts';
import { A, B, C, configuration, D, member } from './testing/members.ts';

const RUNS = 20_000;

/** Up to nine members, some of them learners, under ids that are not in order. */
const someConfiguration: fc.Arbitrary<Configuration> = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.boolean()), {
    maxLength: 9,
    selector: ([id]) => id,
  })
  .map((members) => ({
    version: 2,
    alpha: 8,
    members: members.map(([id, voter]) => member(id, voter)),
    removed: [],
  }));

const someIds = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 30 });

/** All subsets of the voters, the slow way: a majority is one that its complement can't outnumber. */
function isQuorumByCounting(configured: Configuration, granted: readonly number[]): boolean {
  const voters = configured.members.filter(({ voter }) => voter).map(({ id }) => id);
  const yes = voters.filter((id) => granted.includes(id));
  const no = voters.filter((id) => !granted.includes(id));
  return yes.length > no.length;
}

test('isQuorum() agrees with counting the voters for and against', () => {
  fc.assert(
    fc.property(someConfiguration, someIds, (configured, granted) => {
      assert.equal(isQuorum(configured, new Set(granted)), isQuorumByCounting(configured, granted));
    }),
    { numRuns: RUNS },
  );
});

test('any two quorums of a configuration share a voter', () => {
  const someChoice = fc.array(fc.boolean(), { minLength: 9, maxLength: 9 });
  fc.assert(
    fc.property(someConfiguration, someChoice, someChoice, (configured, one, other) => {
      const ids = configured.members.map(({ id }) => id);
      const [ones, others] = [one, other].map((choice) => new Set(ids.filter((_, index) => choice[index])));
      assert(ones !== undefined && others !== undefined);
      if (!isQuorum(configured, ones) || !isQuorum(configured, others)) return;
      const shared = configured.members.filter(({ id, voter }) => voter && ones.has(id) && others.has(id));
      assert.ok(shared.length > 0);
    }),
    { numRuns: RUNS },
  );
});

test('quorumMark() agrees with trying every mark from above', () => {
  fc.assert(
    fc.property(
      someConfiguration,
      fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 31, maxLength: 31 }),
      (configured, marks) => {
        let expected = 0;
        for (let mark = 12; mark > 0 && expected === 0; mark -= 1) {
          const reached = configured.members.filter(({ id }) => (marks[id] ?? 0) >= mark).map(({ id }) => id);
          if (isQuorumByCounting(configured, reached)) expected = mark;
        }
        assert.equal(
          quorumMark(configured, (id) => marks[id] ?? 0),
          expected,
        );
      },
    ),
    { numRuns: RUNS },
  );
});

test('isQuorum() needs two of three, three of four and of five, and one of one', () => {
  assert.equal(isQuorum(configuration([A]), new Set([A])), true);
  assert.equal(isQuorum(configuration([A, B, C]), new Set([A])), false);
  assert.equal(isQuorum(configuration([A, B, C]), new Set([A, C])), true);
  assert.equal(isQuorum(configuration([A, B, C, D]), new Set([A, C])), false);
  assert.equal(isQuorum(configuration([A, B, C, D, 5]), new Set([A, C, D])), true);
});

test('nobody is a quorum of nobody, and learners and strangers count for nothing', () => {
  assert.equal(isQuorum(configuration([]), new Set([A])), false);
  assert.equal(
    quorumMark(configuration([]), () => 9),
    0,
  );
  assert.equal(isQuorum(configuration([A, B, C], 8, [D]), new Set([A, D, 77])), false);
  assert.equal(
    quorumMark(configuration([A, B, C], 8, [D, 5]), (id) => (id >= D ? 9 : id)),
    2,
  );
});
