import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  answering,
  CLUSTER,
  FRESH,
  healthy,
  idOf,
  memberExample,
  NOW_MS,
  podExample,
  reportExample,
  STRANGER_ID,
  volumeExample,
  withMembers,
  withPods,
} from '../../testing/observed-example.ts';
import type { Action } from './decision.ts';
import { decide } from './decide.ts';
import type { Observed } from './observed.ts';
import { viewOf } from './view.ts';

const actions = (observed: Observed): readonly Action[] => decide(observed).actions;
const reason = (observed: Observed): string | undefined =>
  decide(observed).status.conditions.find(({ type }) => type === 'Progressing')?.reason;
const deletes = (observed: Observed): string[] =>
  actions(observed).flatMap((action) =>
    action.kind === 'deletePod' ? [`${action.pod.name} ${action.why}`] : [],
  );
const OLD = { revision: 'old' };
const BROKEN = { ready: false, running: false, waitingReason: 'ImagePullBackOff' };
const three = [0, 1, 2].map((ordinal) => memberExample(ordinal));
/** Spec and members differ. */
const asked = (replicas: number, observed: Observed): Observed => ({
  ...observed,
  spec: { ...observed.spec, replicas },
});
/** The pod's replica is another one than the member of that place. */
const displaced = answering(healthy(), { 1: { ...FRESH, id: STRANGER_ID } });
const stranger = memberExample(1, { id: STRANGER_ID, voter: false });

test('a healthy cluster is let be', () => {
  assert.deepEqual(actions(healthy()), []);
  assert.equal(reason(healthy()), 'AsAskedFor');
});

suite('viewOf() believes a leader', () => {
  const cases: [string, Observed, boolean][] = [
    ['that all confirm', healthy(), true],
    ['that a quorum confirms', answering(healthy(), { 2: undefined }), true],
    ['not without a quorum of answers', answering(healthy(), { 1: undefined, 2: undefined }), false],
    [
      'not when a quorum follows another one',
      answering(healthy(), { 1: { leader: idOf(2) }, 2: { leader: idOf(2) } }),
      false,
    ],
    [
      'not when those who follow it have promised a higher ballot',
      answering(healthy(), { 1: { promised: `8.${idOf(2)}` }, 2: { promised: `8.${idOf(2)}` } }),
      false,
    ],
    ['and not one of another cluster', answering(healthy(), { 0: { cluster: 'e'.repeat(32) } }), false],
  ];
  for (const [name, observed, believed] of cases) {
    test(name, () => assert.equal(viewOf(observed, CLUSTER) !== undefined, believed));
  }
});

suite('decide() rolls pods', () => {
  const outdated = withPods(healthy(), { 0: OLD, 1: OLD, 2: OLD });
  const cases: [string, Observed, string[]][] = [
    ['a follower first, from the top', outdated, ['demo-2 Outdated']],
    [
      'one that is broken before all others',
      withPods(
        answering(withMembers(outdated, [three[0]!, memberExample(1, { connected: false }), three[2]!]), {
          1: undefined,
        }),
        { 1: { ...OLD, ...BROKEN } },
      ),
      ['demo-1 Broken'],
    ],
    [
      'none of those that merely do not answer the operator',
      answering(outdated, { 1: undefined, 2: undefined }),
      [],
    ],
    [
      'none while one that was made anew is not back',
      answering(withPods(healthy(), { 0: OLD, 1: OLD }), { 2: { ready: false } }),
      [],
    ],
    [
      'none while the Service leaves out one that was made anew',
      withPods(healthy(), { 0: OLD, 1: OLD, 2: { ready: false } }),
      [],
    ],
    [
      'one that the Service leaves out before the others',
      withPods(outdated, { 1: { ...OLD, ready: false } }),
      ['demo-1 Outdated'],
    ],
    ['none while a voter is being deleted', withPods(outdated, { 2: { ...OLD, deleting: true } }), []],
    [
      'none that the quorum needs',
      withPods(withMembers(healthy(), [three[0]!, three[1]!, memberExample(2, { lagSlots: 65 })]), {
        1: OLD,
        2: OLD,
        0: OLD,
      }),
      ['demo-2 Outdated'],
    ],
    ['none when somebody else does it', { ...outdated, spec: { ...outdated.spec, rolls: false } }, []],
    [
      'none before the newest template is known',
      { ...outdated, statefulSet: { ...outdated.statefulSet!, current: false } },
      [],
    ],
    ['the only one there is, for that was asked for', withPods(healthy(1), { 0: OLD }), ['demo-0 Outdated']],
    [
      'the leader, when it could not hand over',
      { ...withPods(healthy(), { 0: OLD }), transferFailures: 3 },
      ['demo-0 Outdated'],
    ],
  ];
  for (const [name, observed, wanted] of cases) test(name, () => assert.deepEqual(deletes(observed), wanted));

  test('the leader last, after it has handed over', () => {
    assert.deepEqual(actions(withPods(healthy(), { 0: OLD })), [
      { kind: 'transfer', leaderPod: 'demo-0', to: idOf(1) },
    ]);
  });

  test('says that the roll of a single replica is an outage', () => {
    assert.deepEqual(
      decide(withPods(healthy(1), { 0: OLD }))
        .events.map((event) => event.reason)
        .slice(0, 1),
      ['RollIsOutage'],
    );
  });

  const leaderless = (sinceMs: number): Observed => {
    const candidates = answering(withPods(healthy(), { 0: OLD, 1: OLD, 2: OLD }), {
      0: { role: 'candidate', leader: undefined },
      1: { leader: undefined },
      2: { leader: undefined },
    });
    const condition = {
      type: 'QuorumAvailable',
      status: 'False',
      reason: 'NoLeader',
      message: '',
      observedGeneration: 1,
      sinceMs,
    } as const;
    return { ...candidates, status: { ...candidates.status, conditions: [condition] } };
  };
  test('without a leader none that answers, until that has lasted', () => {
    assert.deepEqual(deletes(leaderless(NOW_MS - 29_000)), []);
    assert.deepEqual(deletes(leaderless(NOW_MS - 30_000)), ['demo-2 Outdated']);
  });
});

const learning = (lagSlots: number): Observed =>
  withMembers(healthy(), [three[0]!, three[1]!, memberExample(2, { voter: false, lagSlots })]);
const led = (ordinal: number) =>
  ordinal === 2 ? { role: 'leader' as const } : { role: 'follower' as const };

const silentOf = (observed: Observed): Observed => answering(observed, { 0: { changeUnderWay: undefined } });

suite('decide() lets members come and go', () => {
  test('a fresh pod joins as a learner', () => {
    const grown = { ...asked(3, healthy(2)), pods: [0, 1, 2].map((ordinal) => podExample(ordinal)) };
    const observed = answering(grown, { 2: { ...FRESH, id: STRANGER_ID } });
    assert.deepEqual(actions(observed), [
      { kind: 'addLearner', leaderPod: 'demo-0', id: STRANGER_ID, pod: 'demo-2' },
    ]);
  });

  test('one whose id was removed does not', () => {
    const grown = { ...asked(3, healthy(2)), pods: [0, 1, 2].map((ordinal) => podExample(ordinal)) };
    const observed = answering(grown, { 2: { ...FRESH, id: STRANGER_ID }, 0: { removed: [STRANGER_ID] } });
    assert.deepEqual(
      actions(observed).map(({ kind }) => kind),
      ['deletePod'],
    );
    assert.deepEqual(decide(observed).orders.removedReplicas, [STRANGER_ID]);
  });

  test('a learner gets its vote when it has caught up, and not before', () => {
    assert.deepEqual(actions(learning(65)), []);
    assert.equal(reason(learning(65)), 'CatchingUp');
    assert.deepEqual(actions(learning(64)), [{ kind: 'promote', leaderPod: 'demo-0', id: idOf(2) }]);
  });

  test('the top ordinal leaves first', () => {
    assert.deepEqual(actions(asked(1, healthy())), [
      { kind: 'removeMember', leaderPod: 'demo-0', id: idOf(2) },
    ]);
    assert.equal(decide(asked(1, healthy())).podCount, 3);
  });

  test('nobody leaves while the others are no quorum without it', () => {
    const observed = withMembers(asked(1, healthy()), [
      three[0]!,
      memberExample(1, { lagSlots: 65 }),
      three[2]!,
    ]);
    assert.deepEqual(actions(observed), [{ kind: 'removeMember', leaderPod: 'demo-0', id: idOf(1) }]);
    const worse = withMembers(asked(1, healthy(2)), [three[0]!, memberExample(1, { lagSlots: 65 })]);
    assert.deepEqual(
      actions(worse).map(({ kind }) => kind),
      ['removeMember'],
    );
    const zero = withMembers(asked(1, healthy()), [memberExample(0, { lagSlots: 65 }), three[1]!, three[2]!]);
    assert.deepEqual(actions(zero), []);
  });

  test('a leader that is to leave hands over to one that stays', () => {
    const observed = asked(1, {
      ...healthy(),
      reports: new Map(
        [0, 1, 2].map((ordinal) => [
          `demo-${ordinal}`,
          reportExample(ordinal, three, {
            ...led(ordinal),
            changeUnderWay: ordinal === 2 ? false : undefined,
            leader: idOf(2),
            ballot: `8.${idOf(2)}`,
            promised: `8.${idOf(2)}`,
            members: three,
          }),
        ]),
      ),
    });
    assert.deepEqual(
      actions(observed).filter(({ kind }) => kind !== 'labelLeader'),
      [{ kind: 'transfer', leaderPod: 'demo-2', to: idOf(0) }],
    );
  });

  test('pods go only when their volumes are marked, since the volumes may go with them', () => {
    const left = withMembers(asked(1, healthy()), [three[0]!]);
    const { podCount, actions: marks } = decide(answering(left, { 1: undefined, 2: undefined }));
    assert.equal(podCount, 3);
    assert.deepEqual(
      marks.map((action) => action.kind === 'annotateVolume' && action.removedReplicaId),
      [idOf(1), idOf(2)],
    );
    const volumes = [
      volumeExample(0),
      ...[1, 2].map((ordinal) =>
        volumeExample(ordinal, { replicaId: undefined, removedReplicaId: idOf(ordinal) }),
      ),
    ];
    assert.equal(decide(answering({ ...left, volumes }, { 1: undefined, 2: undefined })).podCount, 1);
  });

  test('no pod goes while no leader says who the members are', () => {
    const observed = answering(asked(1, healthy()), { 0: undefined, 1: undefined });
    assert.equal(decide(observed).podCount, 3);
  });

  test('nobody else comes, goes or is set aside, and nobody is restarted, until the last change is complete', () => {
    const busy: [string, Observed][] = [
      ['a surplus', asked(1, healthy())],
      ['a learner', learning(0)],
      ['a lost volume', displaced],
      ['a directory of one that was removed', answering(healthy(), { 0: { removed: [idOf(2)] } })],
      ['an outdated pod', withPods(healthy(), { 2: OLD })],
    ];
    for (const [what, observed] of busy) {
      assert.notDeepEqual(actions(observed), [], what);
      const changing = answering(observed, { 0: { changeUnderWay: true } });
      assert.deepEqual(actions(changing), [], what);
      assert.equal(reason(changing), 'ChangingMembers', what);
    }
  });

  test('a leader of an older release, which does not tell of changes, is taken for changing, and is made anew', () => {
    assert.deepEqual(actions(silentOf(asked(1, healthy()))), []);
    assert.equal(reason(silentOf(healthy())), 'ChangingMembers');
    assert.deepEqual(deletes(silentOf(withPods(healthy(), { 0: OLD, 2: OLD }))), ['demo-2 Outdated']);
  });

  test('who was removed and is needed still is not broken as long as it runs', () => {
    const left = withMembers(asked(1, healthy(2)), [three[0]!]);
    const quiet = withPods(answering(left, { 1: undefined, 0: { changeUnderWay: true } }), {
      1: { ...OLD, ready: false },
    });
    assert.deepEqual(deletes(quiet), []);
    assert.deepEqual(deletes(withPods(quiet, { 1: { running: false } })), ['demo-1 Broken']);
  });

  test('lost pods never shrink the membership', () => {
    const observed = answering({ ...healthy(), pods: [podExample(0), podExample(1)] }, { 2: undefined });
    assert.deepEqual(actions(observed), []);
    assert.equal(decide(observed).podCount, 3);
  });
});

suite('decide() heals a lost volume', () => {
  const steps: [string, Observed, Action[]][] = [
    [
      'the stranger joins',
      displaced,
      [{ kind: 'addLearner', leaderPod: 'demo-0', id: STRANGER_ID, pod: 'demo-1' }],
    ],
    [
      'it catches up',
      withMembers(answering(displaced, { 1: { cluster: CLUSTER, leader: idOf(0), role: 'follower' } }), [
        ...three,
        { ...stranger, lagSlots: 65 },
      ]),
      [],
    ],
    [
      'the old id goes',
      withMembers(
        answering(displaced, { 1: { cluster: CLUSTER, leader: idOf(0), role: 'follower', ready: true } }),
        [...three, stranger],
      ),
      [{ kind: 'removeMember', leaderPod: 'demo-0', id: idOf(1) }],
    ],
    [
      'the stranger votes',
      withMembers(
        answering(displaced, { 1: { cluster: CLUSTER, leader: idOf(0), role: 'follower', ready: true } }),
        [three[0]!, stranger, three[2]!],
      ),
      [{ kind: 'promote', leaderPod: 'demo-0', id: STRANGER_ID }],
    ],
  ];
  for (const [name, observed, wanted] of steps) {
    test(name, () =>
      assert.deepEqual(
        actions(observed).filter(({ kind }) => kind !== 'annotateVolume'),
        wanted,
      ),
    );
  }

  test('not by taking the quorum away', () => {
    const members = [three[0]!, three[1]!, memberExample(2, { lagSlots: 65 }), stranger];
    const observed = withMembers(
      answering(displaced, { 1: { cluster: CLUSTER, leader: idOf(0), role: 'follower', ready: true } }),
      members,
    );
    assert.deepEqual(
      actions(observed).filter(({ kind }) => kind !== 'annotateVolume'),
      [],
    );
  });
});
