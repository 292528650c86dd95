import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  answering,
  idOf,
  newborn,
  OTHER_CLUSTER,
  STRANGER_ID,
  volumeExample,
  asked,
  FRESH,
} from '../../../testing/observed-example.ts';
import { NO_STATUS } from '../../../testing/world.ts';
import { decide } from '../decide.ts';
import type { Observed } from '../observed.ts';
import { found } from './bootstrap.ts';

suite('found()', () => {
  test('waits for a pod whose volume is being deleted, whichever it is', () => {
    const volumes = [0, 1, 2].map((ordinal) =>
      volumeExample(ordinal, { clusterId: undefined, replicaId: undefined, deleting: ordinal === 1 }),
    );
    assert.match(found(newborn(3, { volumes }))?.message ?? '', /demo-1 does not$/);
  });

  test('takes the pods of the spec for founders, and of the others only that they are fresh', () => {
    const bigger = asked(3, newborn(5));
    const latched = { ...NO_STATUS, bootstrap: { clusterId: OTHER_CLUSTER, seed: idOf(0) } };
    const [action] = found({ ...bigger, status: latched })?.actions ?? [];
    assert.ok(action?.kind === 'bootstrap');
    assert.deepEqual(
      action.founders.map(({ pod }) => pod),
      ['demo-0', 'demo-1', 'demo-2'],
    );
  });

  test('asks in the order of the ordinals, so that the first one is the seed whatever order volumes are in', () => {
    const volumes = [4, 2, 0].map((ordinal) =>
      volumeExample(ordinal, { clusterId: undefined, replicaId: undefined }),
    );
    const [action] = found(newborn(5, { volumes }))?.actions ?? [];
    assert.ok(action?.kind === 'recordBootstrap');
    assert.equal(action.latch.seed, idOf(0));
  });

  test('takes nobody for fresh who plays a part, or belongs to a cluster', () => {
    assert.deepEqual(found(answering(newborn(), { 1: { role: 'candidate' } }))?.actions, []);
    assert.deepEqual(found(answering(newborn(), { 1: { cluster: OTHER_CLUSTER } }))?.actions, []);
  });

  const removed = { replicaId: undefined, removedReplicaId: idOf(4) };
  const empty = { clusterId: undefined, replicaId: undefined };
  const leftover: Observed = {
    ...newborn(),
    volumes: [...[0, 1, 2].map((ordinal) => volumeExample(ordinal, empty)), volumeExample(4, removed)],
  };

  test('says that a person is needed when only volumes of removed replicas were kept', () => {
    const step = found(leftover);
    assert.deepEqual([step?.reason, step?.needsPerson, step?.actions], ['NoMemberLeft', true, []]);
    assert.match(step?.message ?? '', /delete the claims data-demo-4 and the pods demo-4/);
    const { status, events } = decide(leftover);
    assert.equal(status.conditions.find(({ type }) => type === 'Degraded')?.reason, 'NoMemberLeft');
    assert.deepEqual(
      events.map(({ reason }) => reason),
      ['NoMemberLeft'],
    );
    assert.deepEqual(decide({ ...leftover, status }).events, []);
  });

  test('says the same when every pod answers that its kept volume is empty', () => {
    const wiped = { ...newborn(), volumes: [0, 1, 2].map((ordinal) => volumeExample(ordinal)) };
    assert.equal(found(wiped)?.reason, 'NoMemberLeft');
  });

  test('goes on waiting while a member may come back, on whatever volume', () => {
    const waiting = [
      answering(leftover, { 1: undefined }),
      { ...leftover, volumes: [...leftover.volumes, volumeExample(3)] },
      { ...leftover, volumes: [volumeExample(4, { ...removed, replicaId: idOf(4) })] },
    ];
    for (const observed of waiting) {
      const step = found(observed);
      assert.deepEqual([step?.reason, step?.needsPerson], ['WaitingForKeptVolumes', undefined]);
    }
  });

  test('says that a seed that lost its volume needs a person', () => {
    const latched = { ...NO_STATUS, bootstrap: { clusterId: OTHER_CLUSTER, seed: idOf(0) } };
    const lost = answering(newborn(3, { status: latched }), { 0: { ...FRESH, id: STRANGER_ID } });
    assert.equal(found(lost)?.needsPerson, true);
    assert.equal(decide(lost).status.conditions.find(({ type }) => type === 'Degraded')?.reason, 'SeedLost');
  });
});
