import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { podDisruptionBudget, unavailableMax } from './pod-disruption-budget.ts';
import { specOf, wantedExample } from './testing/wanted-example.ts';

test('podDisruptionBudget() lets as many pods go as the quorum can do without, and any that serves nobody', () => {
  const spec = specOf(podDisruptionBudget(wantedExample({ replicas: 5 })));
  assert.equal(spec.maxUnavailable, 2);
  assert.equal(spec.unhealthyPodEvictionPolicy, 'AlwaysAllow');
  assert.equal(podDisruptionBudget(wantedExample({ podDisruptionBudget: { enabled: false } })), undefined);
});

test('unavailableMax() counts the votes that there are while a cluster grows and shrinks', () => {
  const cases: [replicas: number, voters: number, max: number][] = [
    [1, 0, 1],
    [1, 1, 1],
    [3, 0, 1],
    [3, 1, 0],
    [3, 2, 0],
    [3, 3, 1],
    [5, 3, 1],
    [5, 4, 1],
    [5, 5, 2],
    [3, 5, 1],
    [1, 2, 0],
    [1, 3, 0],
    [7, 7, 3],
  ];
  for (const [replicas, voters, max] of cases) {
    assert.equal(unavailableMax(replicas, voters), max, `${voters} of ${replicas}`);
  }
});

test('unavailableMax() leaves a quorum of the voters, but for a cluster of one', () => {
  fc.assert(
    fc.property(fc.constantFrom(1, 3, 5, 7), fc.integer({ min: 1, max: 8 }), (replicas, voters) => {
      if (replicas === 1 && voters === 1) return;
      const quorum = Math.floor(voters / 2) + 1;
      assert.ok(voters - unavailableMax(replicas, voters) >= quorum);
    }),
  );
});

test('podDisruptionBudget() lets fewer pods go while voters have lost their disks', () => {
  const maxima = [0, 1, 2, 3].map(
    (lostVoterCount) =>
      specOf(podDisruptionBudget(wantedExample({ replicas: 5 }, { lostVoterCount }))).maxUnavailable,
  );
  assert.deepEqual(maxima, [2, 1, 0, 0]);
});
