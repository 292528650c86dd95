import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  answering,
  CLUSTER,
  FRESH,
  healthy,
  idOf,
  newborn,
  OTHER_CLUSTER,
  podExample,
  STRANGER_ID,
  volumeExample,
  withPods,
} from '../../testing/observed-example.ts';
import { NO_STATUS } from '../../testing/world.ts';
import { decide } from './decide.ts';
import type { Observed } from './observed.ts';

const kinds = (observed: Observed): string[] => decide(observed).actions.map(({ kind }) => kind);
const progressing = (observed: Observed) =>
  decide(observed).status.conditions.find(({ type }) => type === 'Progressing');
const latched = { ...NO_STATUS, bootstrap: { clusterId: OTHER_CLUSTER, seed: idOf(0) } };

suite('decide() founds a cluster once', () => {
  test('the intent is recorded first, and nothing else is done', () => {
    const { actions, status } = decide(newborn());
    assert.deepEqual(actions, [
      { kind: 'recordBootstrap', latch: { clusterId: OTHER_CLUSTER, seed: idOf(0) } },
    ]);
    assert.deepEqual(status.bootstrap, { clusterId: OTHER_CLUSTER, seed: idOf(0) });
    assert.equal(status.clusterId, undefined);
  });

  test('then the seed is told to found it with all the others', () => {
    const founders = [0, 1, 2].map((ordinal) => ({ id: idOf(ordinal), pod: `demo-${ordinal}` }));
    assert.deepEqual(decide(newborn(3, { status: latched })).actions, [
      { kind: 'bootstrap', pod: 'demo-0', clusterId: OTHER_CLUSTER, seed: idOf(0), founders },
    ]);
  });

  const refused: [string, Observed, string][] = [
    ['while a pod does not answer', answering(newborn(), { 2: undefined }), 'WaitingForPods'],
    ['while a pod is being deleted', withPods(newborn(), { 1: { deleting: true } }), 'WaitingForPods'],
    [
      'while a volume is being deleted',
      {
        ...newborn(),
        volumes: [volumeExample(0, { clusterId: undefined, replicaId: undefined, deleting: true })],
      },
      'WaitingForPods',
    ],
    [
      'while two pods answer with one id',
      answering(newborn(), { 1: { ...FRESH, id: idOf(0) } }),
      'WaitingForPods',
    ],
    [
      'while any volume is annotated with a cluster, though every pod is fresh',
      newborn(3, { volumes: [volumeExample(0, { replicaId: undefined })] }),
      'NoMemberLeft',
    ],
    [
      'while any volume is annotated with a cluster, whose pod does not answer',
      answering(newborn(3, { volumes: [volumeExample(0, { replicaId: undefined })] }), { 0: undefined }),
      'WaitingForKeptVolumes',
    ],
    [
      'while the volume of a pod beyond the spec was not asked',
      newborn(3, { volumes: [volumeExample(4, { clusterId: undefined, replicaId: undefined })] }),
      'WaitingForPods',
    ],
    ['while a restored replica is awaited', newborn(3, { awaitRestore: 'demo' }), 'WaitingForRestore'],
    [
      'with another seed, when the one that was told has lost its volume',
      answering(newborn(3, { status: latched }), { 0: { ...FRESH, id: STRANGER_ID } }),
      'SeedLost',
    ],
  ];
  for (const [name, observed, reason] of refused) {
    test(`not ${name}`, () => {
      assert.deepEqual(kinds(observed), []);
      assert.equal(progressing(observed)?.reason, reason);
    });
  }

  test('what holds a volume is asked: its pod is made, though the spec is smaller', () => {
    const volumes = [volumeExample(4, { clusterId: undefined, replicaId: undefined })];
    assert.equal(decide(newborn(3, { volumes })).podCount, 5);
  });

  test('a replica that belongs to a cluster is adopted, with no status to say so', () => {
    const { status, actions } = decide(healthy(3, { status: NO_STATUS }));
    assert.equal(status.clusterId, CLUSTER);
    assert.equal(status.bootstrap, undefined);
    assert.deepEqual(actions, []);
  });

  test('a second seed is never told, when the cluster that was founded does not answer any more', () => {
    const lost = answering(newborn(3, { status: { ...latched, clusterId: OTHER_CLUSTER } }), {});
    assert.deepEqual(kinds(lost), []);
  });

  test('of two clusters none is touched, and it is said', () => {
    const observed = answering(healthy(3, { status: NO_STATUS }), { 2: { cluster: OTHER_CLUSTER } });
    const { actions, status } = decide(observed);
    assert.deepEqual(actions, []);
    const degraded = status.conditions.find(({ type }) => type === 'Degraded');
    assert.equal(degraded?.reason, 'ClusterIdMismatch');
    assert.match(degraded?.message ?? '', new RegExp(`${CLUSTER}, ${OTHER_CLUSTER}`));
  });

  test('nothing is done to a cluster that is paused, deleted or not understood', () => {
    for (const change of [
      { spec: { replicas: 3, paused: true, rolls: true } },
      { deleting: true },
      { faults: ['no'] },
    ]) {
      const { actions, podCount } = decide(newborn(3, change));
      assert.deepEqual([actions, podCount], [[], undefined]);
    }
  });

  test('the pods of the spec are made at once', () => {
    assert.equal(
      decide(newborn(3, { pods: [], volumes: [], reports: new Map(), statefulSet: undefined })).podCount,
      3,
    );
    assert.equal(podExample(0).name, 'demo-0');
  });
});
