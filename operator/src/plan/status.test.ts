import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  answering,
  CLUSTER,
  healthy,
  idOf,
  latchExample,
  memberExample,
  OTHER_CLUSTER,
  withMembers,
  withPods,
} from '../../testing/observed-example.ts';
import { decide } from './decide.ts';
import type { Observed, RecordedMember } from './observed.ts';

const statusOf = (observed: Observed) => decide(observed).status;
const memberOf = (observed: Observed, ordinal: number): RecordedMember | undefined =>
  statusOf(observed).members.find(({ id }) => id === idOf(ordinal));
const recovery = latchExample({ fromCluster: OTHER_CLUSTER, toCluster: CLUSTER, done: true });

const before = statusOf(healthy());
const leaderless = (observed: Observed): Observed => ({
  ...answering(observed, { 0: { role: 'candidate', leader: undefined }, 2: undefined }),
  status: before,
});
const readyOnes = (observed: Observed): (string | undefined)[] =>
  statusOf(leaderless(observed))
    .members.filter(({ ready }) => ready)
    .map(({ pod }) => pod);
const recovered = (recover: string | undefined): string | undefined =>
  statusOf({ ...healthy(), recover, status: { ...healthy().status, recovery } }).recovery?.request;
suite('statusOf() tells', () => {
  test('how many pods there are, are ready, and are made of the newest template', () => {
    const observed = withPods(healthy(), {
      0: { ready: false },
      1: { revision: 'old' },
      2: { revision: 'old' },
    });
    const { replicas, readyReplicas, updatedReplicas } = statusOf(observed);
    assert.deepEqual(
      { replicas, readyReplicas, updatedReplicas },
      { replicas: 3, readyReplicas: 2, updatedReplicas: 1 },
    );
  });

  test('that no pod is new before the newest template is known', () => {
    const set = { ...healthy().statefulSet!, current: false };
    assert.equal(statusOf({ ...healthy(), statefulSet: set }).updatedReplicas, 0);
  });

  test('the members by their places, and last those that are no pods of this cluster', () => {
    const elsewhere = memberExample(0, { id: idOf(3), host: 'db.example.com' });
    const shuffled = [elsewhere, memberExample(2), memberExample(0), memberExample(1)];
    assert.deepEqual(
      statusOf(withMembers(healthy(), shuffled)).members.map(({ pod }) => pod),
      ['demo-0', 'demo-1', 'demo-2', undefined],
    );
  });

  test('two of one place by their ids', () => {
    const twins = [
      memberExample(1, { id: 'f'.repeat(12) }),
      memberExample(1),
      memberExample(0),
      memberExample(2),
    ];
    assert.deepEqual(
      statusOf(withMembers(healthy(), twins)).members.map(({ id }) => id),
      [idOf(0), idOf(1), 'f'.repeat(12), idOf(2)],
    );
  });

  test('that a member is ready when it says so itself and the kubelet does', () => {
    assert.equal(memberOf(healthy(), 1)?.ready, true);
    assert.equal(memberOf(answering(healthy(), { 1: { ready: false } }), 1)?.ready, false);
    assert.equal(memberOf(withPods(healthy(), { 1: { ready: false } }), 1)?.ready, false);
  });

  test('a lag in powers of two, and none below a thousand slots', () => {
    const lags: [number | undefined, number | undefined][] = [
      [undefined, undefined],
      [0, 0],
      [1_023, 0],
      [1_024, 1_024],
      [5_000, 4_096],
    ];
    for (const [lagSlots, told] of lags) {
      const members = [memberExample(0), memberExample(1), memberExample(2, { lagSlots })];
      assert.equal(memberOf(withMembers(healthy(), members), 2)?.lag, told);
    }
  });

  suite('without a leader, the members that were known last:', () => {
    test('none of them leads, and no lag is known', () => {
      const { members, leader } = statusOf(leaderless(healthy()));
      assert.equal(leader, undefined);
      assert.deepEqual(
        members.map(({ pod, role, lag }) => [pod, role, lag]),
        [0, 1, 2].map((ordinal) => [`demo-${ordinal}`, 'Voter', undefined]),
      );
    });

    test('those that answer are ready when they and the kubelet say so', () => {
      assert.deepEqual(readyOnes(healthy()), ['demo-0', 'demo-1']);
      assert.deepEqual(readyOnes(withPods(healthy(), { 1: { ready: false } })), ['demo-0']);
      assert.deepEqual(readyOnes(answering(healthy(), { 1: { ready: false } })), ['demo-0']);
      assert.deepEqual(readyOnes(answering(healthy(), { 1: { id: 'f'.repeat(12) } })), ['demo-0']);
      assert.deepEqual(readyOnes(answering(healthy(), { 1: { cluster: OTHER_CLUSTER } })), ['demo-0']);
    });
  });

  test('nothing new of a cluster that is being deleted', () => {
    const observed = { ...healthy(), deleting: true };
    assert.equal(statusOf(observed), observed.status);
  });

  test('once its annotation is gone, a recovery may be asked for in the same words again', () => {
    assert.equal(recovered('demo=demo-0'), 'demo=demo-0');
    assert.equal(recovered(undefined), '');
  });
});
