import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  answering,
  CLUSTER,
  FRESH,
  healthy,
  newborn,
  NOW_MS,
  OTHER_CLUSTER,
  podExample,
  saidLost,
  STRANGER_ID,
  volumeExample,
  withPods,
} from '../../testing/observed-example.ts';
import { decide } from './decide.ts';
import type { Condition } from './decision.ts';
import type { Observed, ObservedVolume, RecordedStatus } from './observed.ts';

const condition = (observed: Observed, type: string): Condition => {
  const found = decide(observed).status.conditions.find((each) => each.type === type);
  assert.ok(found);
  return found;
};
const said = (observed: Observed, type: string): string => {
  const { status, reason } = condition(observed, type);
  return `${status} ${reason}`;
};
const DOWN = { running: false, ready: false, waitingReason: 'CrashLoopBackOff' };
const CANDIDATE = { role: 'candidate', leader: undefined } as const;
/** Two of three are gone for good: one lost its volume, one does not run. */
const lost = withPods(
  answering(healthy(), { 0: CANDIDATE, 1: { ...FRESH, id: STRANGER_ID }, 2: undefined }),
  { 2: DOWN },
);
const recorded = (observed: Observed, changes: Partial<RecordedStatus>): Observed => ({
  ...observed,
  status: { ...observed.status, ...changes },
});

suite('QuorumAvailable', () => {
  test('leads to where it is told what to do, and so does its event', () => {
    const observed = { ...lost, documentation: 'https://example.com/docs' };
    const link = /see https:\/\/example\.com\/docs\/kubernetes\.md#when-the-quorum-is-lost$/;
    assert.match(condition(observed, 'QuorumAvailable').message, link);
    assert.match(decide(observed).events[0]?.message ?? '', link);
  });

  const cases: [string, Observed, string][] = [
    ['is true while a quorum follows a leader', healthy(), 'True QuorumFollowsLeader'],
    [
      'is true when two of three follow one that does not answer here',
      answering(healthy(), { 0: undefined }),
      'True QuorumFollowsLeader',
    ],
    ['is false before a cluster is founded', newborn(), 'False NotFounded'],
    ['is false when the voters that are left are no quorum', lost, 'False QuorumLost'],
    [
      'is unknown when too few answer, though their pods run',
      answering(healthy(), { 0: undefined, 1: undefined, 2: CANDIDATE }),
      'Unknown NoAnswer',
    ],
    [
      'is unknown while an election may be under way',
      answering(healthy(), { 0: CANDIDATE, 1: CANDIDATE, 2: CANDIDATE }),
      'Unknown Electing',
    ],
  ];
  for (const [name, observed, wanted] of cases)
    test(name, () => assert.equal(said(observed, 'QuorumAvailable'), wanted));

  test('is not lost while the founders have not heard of it', () => {
    const founding = answering(healthy(), { 0: CANDIDATE, 1: FRESH, 2: FRESH });
    assert.equal(said(founding, 'QuorumAvailable'), 'Unknown Electing');
  });

  test('is false when an election does not end', () => {
    const electing = {
      type: 'QuorumAvailable',
      status: 'Unknown',
      reason: 'Electing',
      message: '',
      observedGeneration: 1,
      sinceMs: NOW_MS - 5_000,
    } as const;
    const observed = answering(healthy(), { 0: CANDIDATE, 1: CANDIDATE, 2: CANDIDATE });
    assert.equal(said(recorded(observed, { conditions: [electing] }), 'QuorumAvailable'), 'False NoLeader');
  });

  test('counts the voters that were known last when nobody answers', () => {
    const silent = withPods({ ...healthy(), reports: new Map() }, { 1: DOWN, 2: DOWN });
    assert.equal(said(silent, 'QuorumAvailable'), 'False QuorumLost');
  });

  test('a loss is told once, with where to read on, and nothing is done about it', () => {
    const { events, actions, status } = decide(lost);
    assert.deepEqual(actions, []);
    assert.deepEqual(
      events.map(({ reason }) => reason),
      ['QuorumLost'],
    );
    assert.match(
      events[0]?.message ?? '',
      /demo-1 has lost its volume; demo-2 does not run \(CrashLoopBackOff\).*docs\/kubernetes\.md#/,
    );
    assert.deepEqual(decide({ ...lost, status }).events, []);
  });
});

suite('conditions', () => {
  test('each is there at the first look, speaks of this spec, and nobody knows what nobody said', () => {
    const { conditions } = decide({
      ...healthy(),
      generation: 7,
      reports: new Map(),
      statefulSet: undefined,
    }).status;
    assert.equal(conditions.length, 12);
    assert.ok(conditions.every(({ observedGeneration }) => observedGeneration === 7));
    const unknown = conditions.filter(({ status }) => status === 'Unknown').map(({ type }) => type);
    assert.deepEqual(unknown, [
      'Available',
      'Progressing',
      'Degraded',
      'QuorumAvailable',
      'MembersReady',
      'MembersUpdated',
    ]);
  });

  test('a status that says the same is the same, a second later too', () => {
    const { status } = decide(healthy());
    assert.deepEqual(decide({ ...healthy(), status, nowMs: NOW_MS + 1_000 }).status, status);
  });

  test('names a pod that fails, and what its exit code means', () => {
    const failing = withPods(answering(healthy(), { 2: undefined }), { 2: { ...DOWN, exitCode: 3 } });
    assert.equal(said(failing, 'Degraded'), 'True VoterMissing');
    assert.match(
      condition(failing, 'Degraded').message,
      /demo-2: CrashLoopBackOff, its directory is damaged or in use/,
    );
  });

  test('StorageReady says what is wrong with a volume, and nothing is finished before it is right', () => {
    const cases: [Partial<ObservedVolume> | undefined, string][] = [
      [undefined, 'False VolumeMissing'],
      [{ deleting: true }, 'False VolumeDeleting'],
      [{ bound: false }, 'False VolumePending'],
      [{ tooSmall: { grows: true, message: 'it has 1Gi of 2Gi' } }, 'False VolumeResizing'],
      [{ tooSmall: { grows: false, message: 'its claim asks for 1Gi' } }, 'False VolumeTooSmall'],
      [{}, 'True AllVolumesBound'],
    ];
    for (const [changes, wanted] of cases) {
      const first = changes === undefined ? [] : [volumeExample(0, changes)];
      const observed = { ...healthy(), volumes: [...first, volumeExample(1), volumeExample(2)] };
      assert.equal(said(observed, 'StorageReady'), wanted);
      const progress = wanted.startsWith('True') ? 'False AsAskedFor' : wanted.replace('False', 'True');
      assert.equal(said(observed, 'Progressing'), progress);
    }
  });

  test('no leader is named that nobody confirms', () => {
    const observed = recorded(answering(healthy(), { 1: undefined, 2: undefined }), { leader: 'demo-0' });
    assert.equal(decide(observed).status.leader, undefined);
  });
});

/** Somebody has set the annotation. */
const ordered = (recover: string, observed = lost): Observed => ({ ...saidLost(observed), recover });

suite('decide() recovers a lost quorum', () => {
  const refusals: [string, Observed, RegExp][] = [
    ['without the name of the cluster', ordered('demo-0'), /must repeat the cluster's name/],
    ['with the name of another', ordered('other=demo-0'), /must repeat the cluster's name/],
    ['with what is no pod', ordered('demo=demo-x'), /"demo-x" is no pod of demo/],
    ['while a quorum is there', ordered('demo=demo-0', healthy()), /not known to be lost/],
    [
      'while it may be there',
      ordered('demo=demo-2', answering(healthy(), { 0: undefined, 1: undefined, 2: CANDIDATE })),
      /not known to be lost/,
    ],
    ['with a pod that has no volume of it', ordered('demo=demo-0,demo-4'), /demo-4 has no volume/],
    ['without one that answers', ordered('demo=demo-2'), /demo-0 answers, too/],
  ];
  for (const [name, observed, message] of refusals) {
    test(`not ${name}`, () => {
      const { actions, events } = decide(observed);
      assert.ok(actions.every(({ kind }) => kind !== 'recordRecovery' && kind !== 'deletePod'));
      assert.match(events.find(({ reason }) => reason === 'RecoveryRefused')?.message ?? '', message);
      assert.equal(said(observed, 'Degraded').startsWith('True'), true);
    });
  }

  const begun = decide(ordered('demo=demo-0,demo-2'));
  const latched = recorded(ordered('demo=demo-0,demo-2'), begun.status);

  test('by an intent first', () => {
    assert.deepEqual(
      begun.actions.map(({ kind }) => kind),
      ['recordRecovery'],
    );
    const { startedMs: _, ...latch } = begun.status.recovery ?? { startedMs: 0 };
    assert.deepEqual(latch, {
      request: 'demo=demo-0,demo-2',
      fromCluster: CLUSTER,
      toCluster: OTHER_CLUSTER,
      seedPod: 'demo-0',
      survivors: ['demo-0', 'demo-2'],
      done: false,
    });
    assert.equal(begun.status.clusterId, CLUSTER);
  });

  test('then all pods are made anew, to read their orders', () => {
    const { actions, orders } = decide(latched);
    assert.deepEqual(
      actions.map((action) => action.kind === 'deletePod' && action.pod.name),
      ['demo-0', 'demo-1', 'demo-2'],
    );
    assert.deepEqual(orders.recovery, {
      fromCluster: CLUSTER,
      toCluster: OTHER_CLUSTER,
      seedPod: 'demo-0',
      survivors: ['demo-0', 'demo-2'],
    });
    assert.deepEqual(orders.retiredClusters, []);
  });

  test('those that are new are waited for', () => {
    const renewed = {
      ...latched,
      reports: new Map(),
      pods: [0, 1, 2].map((ordinal) => podExample(ordinal, { createdMs: NOW_MS, ...DOWN })),
    };
    assert.deepEqual(decide(renewed).actions, []);
    assert.equal(said(renewed, 'Progressing'), 'True Recovering');
  });

  test('when the seed answers as the first of the new cluster, that one counts, and the old one is no more', () => {
    const recovered = answering(
      { ...latched, reports: new Map() },
      { 0: { id: STRANGER_ID, cluster: OTHER_CLUSTER } },
    );
    const { status } = decide(recovered);
    assert.equal(status.clusterId, OTHER_CLUSTER);
    assert.equal(status.recovery?.done, true);
    assert.deepEqual(status.bootstrap, latched.status.bootstrap);
    const after = decide({ ...recovered, status });
    assert.deepEqual(after.orders.retiredClusters, [CLUSTER]);
    assert.ok(after.actions.every(({ kind }) => kind !== 'recordRecovery'));
  });

  test('one annotation is obeyed once', () => {
    const done = {
      ...begun.status,
      clusterId: OTHER_CLUSTER,
      recovery: { ...begun.status.recovery!, done: true },
    };
    const again = recorded(
      ordered(
        'demo=demo-0,demo-2',
        withPods(answering(lost, { 0: { ...CANDIDATE, cluster: OTHER_CLUSTER } }), {}),
      ),
      done,
    );
    const volumes = [0, 1, 2].map((ordinal) => volumeExample(ordinal, { clusterId: OTHER_CLUSTER }));
    assert.ok(decide({ ...again, volumes }).actions.every(({ kind }) => kind !== 'recordRecovery'));
  });
});
