import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  answering,
  CLUSTER,
  healthy,
  idOf,
  OTHER_CLUSTER,
  STRANGER_ID,
  volumeExample,
  viewExample,
} from '../../../testing/observed-example.ts';
import type { ObservedVolume } from '../observed.ts';
import { annotateVolumes } from './volumes.ts';

const annotated = (volume: Partial<ObservedVolume>, observed = healthy()): unknown[] => {
  const volumes = [volumeExample(0, volume), volumeExample(1), volumeExample(2)];
  return annotateVolumes({ ...observed, volumes }, viewExample(observed)).map(
    (action) =>
      action.kind === 'annotateVolume' && [action.clusterId, action.replicaId, action.removedReplicaId],
  );
};
suite('annotateVolumes()', () => {
  const right = [CLUSTER, idOf(0), undefined];

  test('says who is on a volume, when the replica itself says so', () => {
    assert.deepEqual(annotated({}), []);
    assert.deepEqual(annotated({ clusterId: undefined, replicaId: undefined }), [right]);
    assert.deepEqual(annotated({ clusterId: OTHER_CLUSTER }), [right]);
    assert.deepEqual(annotated({ replicaId: STRANGER_ID }), [right]);
    assert.deepEqual(annotated({ removedReplicaId: STRANGER_ID }), [right]);
  });

  test('writes nothing on a volume that goes', () => {
    assert.deepEqual(annotated({ replicaId: STRANGER_ID, deleting: true }), []);
  });

  test('marks as removed only who is none of the members that the leader names', () => {
    const quiet = answering(healthy(), { 2: undefined });
    const volumes = [0, 1].map((ordinal) => volumeExample(ordinal));
    const marks = (volume: Partial<ObservedVolume>): unknown[] =>
      annotateVolumes({ ...quiet, volumes: [...volumes, volumeExample(2, volume)] }, viewExample(quiet)).map(
        (action) => action.kind === 'annotateVolume' && action.removedReplicaId,
      );
    assert.deepEqual(marks({}), []);
    assert.deepEqual(marks({ replicaId: STRANGER_ID }), [STRANGER_ID]);
    assert.deepEqual(marks({ clusterId: OTHER_CLUSTER }), [idOf(2)]);
    assert.deepEqual(marks({ replicaId: undefined }), []);
  });

  test('marks nobody as removed while a change of the members is under way, or may be', () => {
    for (const changeUnderWay of [true, undefined]) {
      const changing = answering(healthy(), { 0: { changeUnderWay } });
      assert.deepEqual(annotated({ ordinal: 3, replicaId: STRANGER_ID }, changing), []);
      assert.deepEqual(annotated({ clusterId: undefined, replicaId: undefined }, changing), [right]);
    }
    assert.deepEqual(annotated({ ordinal: 3, replicaId: STRANGER_ID }), [[CLUSTER, undefined, STRANGER_ID]]);
  });
});
