import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  answering,
  CLUSTER,
  healthy,
  latchExample,
  memberExample,
  NOW_MS,
  OTHER_CLUSTER,
  podExample,
  saidLost,
  STRANGER_ID,
  volumeExample,
  withPods,
  FRESH,
} from '../../../testing/observed-example.ts';
import { decide } from '../decide.ts';
import { NO_STATUS } from '../../../testing/world.ts';
import type { Observed, RecoveryLatch } from '../observed.ts';
import type { Step } from '../decision.ts';
import { recover } from './recovery.ts';

const LOST = { kind: 'lost', voters: 3, gone: [] } as const;
const latch = latchExample();

const ordered = (recover_: string, observed = healthy()): Observed => ({
  ...saidLost(observed),
  recover: recover_,
});
const nobody: Observed = { ...healthy(), reports: new Map() };
const STARTING = { running: false, ready: false, waitingReason: 'ContainerCreating' };
/** A recovery has begun, so long ago. */
const underway = (ageMs: number, observed: Observed, changes: Partial<RecoveryLatch> = {}): Observed => {
  const begun = { ...latch, ...changes, startedMs: NOW_MS - ageMs };
  return {
    ...observed,
    recover: observed.recover ?? latch.request,
    status: { ...observed.status, recovery: begun },
  };
};
const latchOf = (step: Step | undefined): RecoveryLatch | undefined => {
  const [action] = step?.actions ?? [];
  return action?.kind === 'recordRecovery' ? action.latch : undefined;
};
const seedOf = (observed: Observed): unknown => {
  const [action] = recover(observed, LOST)?.actions ?? [];
  return action?.kind === 'recordRecovery' ? action.latch.seedPod : undefined;
};
const made = (ageMs: number, cluster: string | undefined): string[] => {
  const pods = [podExample(0, { createdMs: NOW_MS - ageMs })];
  const observed = answering({ ...healthy(), pods }, { 0: { cluster, members: [memberExample(0)] } });
  const step = recover({ ...observed, status: { ...healthy().status, recovery: latch } }, LOST);
  return (step?.actions ?? []).map(({ kind }) => kind);
};
suite('recover()', () => {
  test('begins with the one that knows most to be chosen, and with the first one when none answers', () => {
    const two = answering(ordered('demo=demo-0,demo-1,demo-2'), { 1: { chosen: 200 }, 2: { chosen: 150 } });
    assert.equal(seedOf(two), 'demo-1');
    const silent = answering(ordered('demo=demo-2,demo-1,demo-0'), {
      0: undefined,
      1: undefined,
      2: undefined,
    });
    assert.equal(seedOf(silent), 'demo-0');
  });

  test('does nothing about a cluster that nobody recorded', () => {
    const unknown = { ...ordered('demo=demo-0'), status: NO_STATUS };
    assert.match(recover(unknown, LOST)?.message ?? '', /no cluster was ever founded here/);
  });

  test('makes those anew that have not read their orders: older than they, or members of the old cluster for long', () => {
    assert.deepEqual(made(61_000, undefined), ['deletePod']);
    assert.deepEqual(made(60_000, undefined), []);
    assert.deepEqual(made(30_000, CLUSTER), ['deletePod']);
    assert.deepEqual(made(29_000, CLUSTER), []);
    assert.deepEqual(made(30_000, undefined), []);
  });
});

suite('recover() refuses, as long as somebody was not named who may hold what the others lack:', () => {
  const first = answering(nobody, { 0: {} });
  const cases: [string, Observed, RegExp][] = [
    [
      'one whose pod merely starts',
      withPods(first, { 1: STARTING, 2: STARTING }),
      /^the volume of demo-1 is there.*name it, damaged as it may be; or, if nothing of it can be read, delete its volume \(claim data-demo-1\) and its pod/,
    ],
    [
      'one without a pod',
      { ...first, pods: [podExample(0)], volumes: [volumeExample(0), volumeExample(3)] },
      /^the volume of demo-3 is there/,
    ],
    [
      'one that runs and does not answer, on a volume that nobody knows',
      {
        ...first,
        volumes: [volumeExample(0), volumeExample(1, { replicaId: undefined, clusterId: undefined })],
      },
      /^demo-1 runs and does not answer.*claim data-demo-1/,
    ],
  ];
  for (const [name, observed, message] of cases) {
    test(name, () => {
      const step = recover(ordered('demo=demo-0', observed), LOST);
      assert.equal(step?.reason, 'RecoveryRefused');
      assert.match(step.message, message);
      assert.deepEqual(step.actions, []);
    });
  }

  test('not of those whose volume is being deleted, is gone, or was found empty', () => {
    const observed = answering(first, { 2: { ...FRESH, id: STRANGER_ID } });
    const volumes = [volumeExample(0), volumeExample(1, { deleting: true }), volumeExample(2)];
    assert.equal(seedOf(ordered('demo=demo-0', { ...observed, volumes })), 'demo-0');
  });

  test('a survivor is named whose volume is being deleted, or was found empty', () => {
    const observed = answering(first, { 1: { ...FRESH, id: STRANGER_ID } });
    const deleting = [volumeExample(0), volumeExample(1), volumeExample(2, { deleting: true })];
    for (const name of ['demo-1', 'demo-2']) {
      const step = recover(ordered(`demo=demo-0,${name}`, { ...observed, volumes: deleting }), LOST);
      assert.match(step?.message ?? '', new RegExp(`^${name} has no volume with a replica`));
    }
  });
});

suite('recover() takes an order for what it meant when it was given:', () => {
  const all = 'demo=demo-0,demo-1,demo-2';
  const refusedOnce = decide(ordered(all)).status;

  test('refused at a healthy cluster, it has no effect when the quorum is lost, until it is taken away', () => {
    assert.equal(refusedOnce.refusedRecovery?.request, all);
    const later = { ...saidLost(nobody), recover: all };
    const armed = { ...later, status: { ...later.status, refusedRecovery: refusedOnce.refusedRecovery } };
    const step = recover(armed, LOST);
    assert.deepEqual(step?.actions, []);
    assert.equal(step.reason, 'RecoveryRefused');
    assert.equal(step.message, refusedOnce.refusedRecovery?.message);
    assert.deepEqual(decide(armed).status.refusedRecovery, refusedOnce.refusedRecovery);
    const removed = decide({ ...armed, recover: undefined }).status;
    assert.equal(removed.refusedRecovery, undefined);
    assert.equal(latchOf(recover({ ...armed, recover: `${all} ` }, LOST))?.seedPod, 'demo-0');
    assert.equal(latchOf(recover({ ...later, recover: all }, LOST))?.seedPod, 'demo-0');
  });

  test('is remembered though it is too long to be kept', () => {
    const long = { ...healthy(), recover: `demo=${'x'.repeat(5_000)}` };
    const { status } = decide(long);
    assert.equal(status.refusedRecovery?.request.length, 1_025);
    assert.deepEqual(decide({ ...long, status }).status, status);
  });

  test('waits until the loss has been said for ten seconds', () => {
    for (const [observed, begins] of [
      [saidLost(nobody, 10_000), true],
      [saidLost(nobody, 9_000), false],
      [nobody, false],
    ] as const) {
      const step = recover({ ...observed, recover: all }, LOST);
      assert.equal(latchOf(step) !== undefined, begins);
      assert.equal(step?.refusal, undefined);
    }
  });
});

suite('recover(), once it has begun,', () => {
  test('deletes nothing and gives up when the old quorum is back, and what the seed made of it is set aside', () => {
    const back = underway(1_000, healthy());
    const { actions, status, events, orders } = decide(back);
    assert.deepEqual(
      actions.map(({ kind }) => kind),
      ['recordRecovery'],
    );
    assert.equal(status.clusterId, CLUSTER);
    assert.ok(events.some(({ reason, message }) => reason === 'RecoveryRefused' && /is back/.test(message)));
    assert.notEqual(orders.recovery, undefined);
    const next = decide({ ...back, status });
    assert.equal(next.orders.recovery, undefined);
    assert.deepEqual(next.orders.retiredClusters, [OTHER_CLUSTER]);
    assert.ok(next.actions.every(({ kind }) => kind !== 'deletePod' && kind !== 'recordRecovery'));
    const degraded = next.status.conditions.find(({ type }) => type === 'Degraded');
    assert.equal(degraded?.reason, 'RecoveryRefused');
    assert.equal(next.status.clusterId, CLUSTER);
  });

  test('goes on when the new cluster has answered, though the old one is back', () => {
    const both = underway(1_000, answering(healthy(), { 0: { cluster: OTHER_CLUSTER } }));
    assert.equal(latchOf(recover(both, { kind: 'held' }))?.toCluster, OTHER_CLUSTER);
  });

  test('obeys another order: a new seed gets a new id, the same one keeps it', () => {
    const drawn = 'e'.repeat(32);
    const volumes = [volumeExample(1), volumeExample(2)];
    const gone = { ...nobody, pods: [], drawnClusterId: drawn, volumes, recover: 'demo=demo-1,demo-2' };
    const other = latchOf(recover(underway(60_000, gone), LOST));
    assert.deepEqual(other, {
      ...latch,
      request: 'demo=demo-1,demo-2',
      toCluster: drawn,
      seedPod: 'demo-1',
      survivors: ['demo-1', 'demo-2'],
      startedMs: NOW_MS,
    });
    const fewer = underway(60_000, gone, { seedPod: 'demo-2', request: '', survivors: ['demo-0', 'demo-2'] });
    const same = latchOf(recover(fewer, LOST));
    assert.deepEqual([same?.seedPod, same?.toCluster], ['demo-2', OTHER_CLUSTER]);
  });

  test('refuses another order that is wrong, says so, and goes on', () => {
    const wrong = underway(1_000, { ...nobody, recover: 'demo=demo-1' });
    const { actions, status, events } = decide(wrong);
    assert.ok(actions.length === 3 && actions.every(({ kind }) => kind === 'deletePod'));
    assert.equal(status.refusedRecovery?.request, 'demo=demo-1');
    assert.equal(status.recovery?.seedPod, 'demo-0');
    assert.ok(events.some(({ reason }) => reason === 'RecoveryRefused'));
    const next = decide({ ...wrong, status });
    assert.ok(next.events.every(({ reason }) => reason !== 'RecoveryRefused'));
    assert.equal(next.status.conditions.find(({ type }) => type === 'Degraded')?.status, 'True');
  });

  test('says after five minutes what it waits for, and that a person is needed', () => {
    const pods = [podExample(0, { ...STARTING, waitingReason: 'ErrImagePull', createdMs: NOW_MS })];
    const stuck = (ageMs: number, volumes = [volumeExample(0)]): Step | undefined =>
      recover(underway(ageMs, { ...nobody, pods, volumes }, { survivors: ['demo-0', 'demo-2'] }), LOST);
    assert.equal(stuck(299_000)?.reason, 'Recovering');
    const step = stuck(300_000);
    assert.equal(step?.reason, 'RecoveryStuck');
    assert.equal(step.needsPerson, true);
    assert.match(step.message, /demo-0 does not run \(ErrImagePull\); demo-2 has lost its volume/);
    assert.match(
      stuck(300_000, [volumeExample(0), volumeExample(2)])?.message ?? '',
      /demo-2 does not exist/,
    );
    const still = podExample(0, { ...STARTING, waitingReason: 'PodInitializing', createdMs: NOW_MS });
    const waiting = underway(300_000, { ...nobody, pods: [still] });
    assert.match(recover(waiting, LOST)?.message ?? '', /see the log of its container prepare/);
  });

  test('tells once that it is stuck, also while pods are deleted', () => {
    const stuck = underway(300_000, nobody);
    const { status, events, actions } = decide(stuck);
    assert.equal(actions.length, 3);
    assert.ok(events.some(({ reason }) => reason === 'RecoveryStuck'));
    assert.equal(status.conditions.find(({ type }) => type === 'Degraded')?.reason, 'RecoveryStuck');
    assert.ok(decide({ ...stuck, status }).events.every(({ reason }) => reason !== 'RecoveryStuck'));
  });
});
