import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  answering,
  CLUSTER,
  FRESH,
  healthy,
  idOf,
  latchExample,
  memberExample,
  newborn,
  saidLost,
  OTHER_CLUSTER,
  STRANGER_ID,
  volumeExample,
  withMembers,
  withPods,
} from '../../testing/observed-example.ts';
import { NO_STATUS } from '../../testing/world.ts';
import { decide } from './decide.ts';
import type { Observed, RecordedMember } from './observed.ts';
import { findQuorum } from './quorum.ts';
import { compareBallots, mayLeave, viewOf } from './view.ts';

const OLD = { revision: 'old' };
const CANDIDATE = { role: 'candidate', leader: undefined } as const;
const orders = { removedReplicas: [STRANGER_ID], retiredClusters: [], recovery: undefined };
const pausedSpec = { replicas: 3, paused: true, rolls: true };
const settled = (observed: Observed): Observed => ({ ...observed, status: decide(observed).status });
const silent = answering(healthy(), { 0: undefined, 1: undefined, 2: undefined });
const reasons = (observed: Observed): string[] => decide(observed).events.map(({ reason }) => reason);

const kindOf = (observed: Observed): string => findQuorum(observed, CLUSTER, undefined).kind;
const recorded = (members: readonly Partial<RecordedMember>[]): Observed => ({
  ...silent,
  status: {
    ...healthy().status,
    members: members.map((member, ordinal) => ({
      id: idOf(ordinal),
      pod: `demo-${ordinal}`,
      role: 'Voter' as const,
      ready: true,
      lag: 0,
      version: undefined,
      ...member,
    })),
  },
});
suite('decide()', () => {
  test('looks again soon after it did something, later while it waits, and latest when all is well', () => {
    const pauses: [string, Observed, number][] = [
      ['something was done', withPods(healthy(), { 2: OLD }), 500],
      ['a label was set', withPods(healthy(), { 0: { labelledLeader: false } }), 500],
      ['something is waited for', answering(withPods(healthy(), { 1: OLD }), { 2: { ready: false } }), 2_000],
      ['no leader is known', silent, 2_000],
      ['all is well', healthy(), 4_000],
    ];
    for (const [what, observed, pauseMs] of pauses)
      assert.equal(decide(observed).requeueAfterMs, pauseMs, what);
  });

  test('keeps the orders as they are while it keeps its hands off', () => {
    const removed = answering(healthy(), { 0: { removed: ['a'.repeat(12)] } });
    assert.deepEqual(decide({ ...removed, spec: pausedSpec, orders }).orders, orders);
    assert.deepEqual(decide({ ...removed, spec: pausedSpec }).orders.removedReplicas, ['a'.repeat(12)]);
    assert.deepEqual(decide({ ...removed, orders }).orders.removedReplicas, ['a'.repeat(12)]);
  });

  test('does nothing beside an intent', () => {
    const request = 'demo=demo-0';
    const lost = answering(withPods(healthy(), { 0: { labelledLeader: true } }), {
      0: CANDIDATE,
      1: { ...FRESH, id: STRANGER_ID },
      2: { ...FRESH, id: 'e'.repeat(12) },
    });
    assert.deepEqual(
      decide({ ...saidLost(lost), recover: request }).actions.map(({ kind }) => kind),
      ['recordRecovery'],
    );
  });

  test('does nothing else while a recovery is under way, though a rule wants something done', () => {
    const recovery = latchExample({ startedMs: 0 });
    const rolling = withPods(
      { ...healthy(), reports: new Map() },
      { 2: { ...OLD, running: false, ready: false } },
    );
    const under = { ...rolling, status: { ...rolling.status, recovery } };
    assert.deepEqual(decide(under).actions, []);
    assert.deepEqual(
      decide({ ...under, status: { ...under.status, recovery: { ...recovery, done: true } } }).actions.map(
        ({ kind }) => kind,
      ),
      ['deletePod'],
    );
  });

  test('does what it can while something else waits, and tells only of that', () => {
    const refused = { ...withPods(healthy(), { 2: OLD }), recover: 'nonsense' };
    assert.deepEqual(
      decide(refused).actions.map(({ kind }) => kind),
      ['deletePod'],
    );
    const both = withPods(answering(healthy(), { 1: { ...FRESH, id: STRANGER_ID } }), { 1: OLD });
    assert.deepEqual(reasons(settled(both)), ['VolumeLost']);
  });

  test('tells of what waits once, and again only when that is news', () => {
    const refused = { ...healthy(), recover: 'nonsense' };
    assert.ok(reasons(refused).includes('RecoveryRefused'));
    assert.deepEqual(reasons(settled(refused)), []);
  });

  test('tells when a quorum is there again, and nothing of a cluster that was never founded', () => {
    assert.deepEqual(reasons(healthy()), ['QuorumFollowsLeader']);
    assert.deepEqual(reasons(settled(healthy())), []);
    assert.deepEqual(reasons(answering(newborn(), { 2: undefined })), []);
    assert.deepEqual(reasons({ ...healthy(), deleting: true }), []);
  });
});

suite('findQuorum()', () => {
  const DOWN = { running: false, ready: false, waitingReason: 'CrashLoopBackOff' };

  test('counts the voters of the newest configuration that anybody tells', () => {
    const grown = [0, 1, 2, 3, 4].map((ordinal) => memberExample(ordinal));
    const observed = answering(withPods(healthy(5), { 3: DOWN, 4: DOWN }), {
      0: { ...CANDIDATE, chosen: 200, members: grown },
      1: { ...CANDIDATE, chosen: 100, members: grown.slice(0, 3) },
      2: CANDIDATE,
      3: undefined,
      4: undefined,
    });
    const five = findQuorum(observed, CLUSTER, undefined);
    assert.equal(five.kind, 'leaderless');
    const old = answering(observed, { 0: { chosen: 50 }, 1: { chosen: 60 }, 2: undefined });
    assert.equal(kindOf(withPods(old, { 2: DOWN })), 'leaderless');
    assert.equal(
      kindOf(withPods(answering(observed, { 1: undefined, 2: undefined }), { 1: DOWN, 2: DOWN })),
      'lost',
    );
  });

  test('counts no learner, told or recorded', () => {
    const members = [
      memberExample(0),
      memberExample(1, { voter: false }),
      memberExample(2, { voter: false }),
    ];
    const told = answering(withMembers(healthy(), members), {
      0: { ...CANDIDATE, members },
      1: undefined,
      2: undefined,
    });
    assert.equal(kindOf(withPods(told, { 1: DOWN, 2: DOWN })), 'leaderless');
    assert.equal(
      kindOf(withPods(recorded([{}, { role: 'Learner' }, { role: 'Learner' }]), { 1: DOWN, 2: DOWN })),
      'unknown',
    );
  });

  test('does not say that nobody leads while somebody is followed who can not be asked', () => {
    const hidden = answering(healthy(), {
      // Frozen since it led, while the others have elected another one.
      0: { role: 'leader', leader: idOf(0) },
      1: undefined,
      2: { leader: idOf(1) },
    });
    assert.equal(kindOf(hidden), 'unknown');
    assert.equal(kindOf(answering(hidden, { 0: CANDIDATE, 2: CANDIDATE })), 'leaderless');
  });

  test('takes nobody for lost whom it can not ask', () => {
    const elsewhere = recorded([{}, { pod: undefined }, { pod: undefined }]);
    const finding = findQuorum(withPods(elsewhere, { 0: DOWN }), CLUSTER, undefined);
    assert.deepEqual(finding, { kind: 'unknown', silent: [`replica ${idOf(1)}`, `replica ${idOf(2)}`] });
  });

  test('knows from the volumes who there was, when nothing was recorded', () => {
    const marked = { ...silent, status: { ...NO_STATUS, clusterId: CLUSTER }, pods: [] };
    assert.equal(kindOf(marked), 'lost');
    const foreign = marked.volumes.map((volume) => ({ ...volume, clusterId: OTHER_CLUSTER }));
    assert.equal(kindOf({ ...marked, volumes: foreign }), 'unknown');
    const bare = [volumeExample(0, { replicaId: undefined })];
    assert.equal(kindOf({ ...marked, volumes: bare }), 'unknown');
  });

  test('believes of who answers without members nothing about who they are', () => {
    const joined = answering(recorded([{}, {}, {}]), { 0: { ...CANDIDATE, members: [], chosen: 900 } });
    assert.equal(kindOf(withPods(joined, { 1: DOWN, 2: DOWN })), 'lost');
  });

  test('names pods that do not exist, and those that merely do not answer', () => {
    const one = { ...recorded([{}, {}, {}]), pods: healthy().pods.slice(0, 1) };
    const finding = findQuorum(one, CLUSTER, undefined);
    assert.deepEqual(finding.kind === 'lost' && finding.gone, [
      'demo-1 does not exist',
      'demo-2 does not exist',
    ]);
    const quiet = findQuorum(recorded([{}, {}, {}]), CLUSTER, undefined);
    assert.deepEqual(quiet, { kind: 'unknown', silent: ['demo-0', 'demo-1', 'demo-2'] });
  });
});

suite('a view', () => {
  test('is of the highest ballot, by rounds as numbers and then by replicas', () => {
    assert.ok(compareBallots('10.a', '9.b') > 0);
    assert.ok(compareBallots('9.a', '9.b') < 0);
    assert.ok(compareBallots('9.b', '9.a') > 0);
    assert.equal(compareBallots('9.a', '9.a'), 0);
    const two = answering(healthy(), {
      1: { role: 'leader', leader: idOf(1), ballot: `10.${idOf(1)}`, promised: `10.${idOf(1)}`, members: [] },
    });
    assert.equal(viewOf(two, CLUSTER), undefined);
  });

  test('is confirmed by voters, not by learners', () => {
    const members = [memberExample(0), memberExample(1), memberExample(2, { voter: false })];
    assert.equal(viewOf(answering(withMembers(healthy(), members), { 1: undefined }), CLUSTER), undefined);
    assert.notEqual(viewOf(answering(withMembers(healthy(), members), { 2: undefined }), CLUSTER), undefined);
  });

  test('is not of a leader that is no member of its own', () => {
    const others = [memberExample(1), memberExample(2)];
    assert.equal(viewOf(withMembers(healthy(), others), CLUSTER), undefined);
  });

  test('is of no cluster before one is known', () => {
    const strangers = answering(healthy(), {
      0: { cluster: undefined },
      1: { cluster: undefined },
      2: { cluster: undefined },
    });
    assert.equal(viewOf(strangers, undefined), undefined);
  });

  test('lets nobody leave a cluster of one', () => {
    const view = viewOf(healthy(1), CLUSTER);
    assert.ok(view);
    assert.equal(mayLeave(view, idOf(0)), false);
  });
});
