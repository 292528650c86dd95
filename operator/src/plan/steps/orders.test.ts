import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  answering,
  CLUSTER,
  healthy,
  latchExample,
  NOW_MS,
  OTHER_CLUSTER,
  withPods,
  asked,
  viewExample,
} from '../../../testing/observed-example.ts';
import { decide } from '../decide.ts';
import type { Observed } from '../observed.ts';
import { ordersOf, setAside } from './orders.ts';

const GONE = { ready: false, running: false, waitingReason: 'CrashLoopBackOff' };

const aside = (observed: Observed): string | undefined => {
  const [action] = setAside(observed, viewExample(observed))?.actions ?? [];
  return action?.kind === 'deletePod' ? `${action.pod.name} ${action.why}` : undefined;
};
suite('setAside() and ordersOf()', () => {
  const recovery = latchExample({ fromCluster: OTHER_CLUSTER, toCluster: CLUSTER, done: true });
  const ended = withPods(answering(healthy(), { 2: undefined }), { 2: { ...GONE, exitCode: 4 } });

  test('make a pod anew that ended because its replica was removed', () => {
    assert.equal(aside(ended), 'demo-2 RemovedReplica');
    assert.equal(aside(withPods(ended, { 2: { exitCode: 1 } })), undefined);
    assert.equal(aside(withPods(ended, { 2: { ready: true } })), undefined);
  });

  test('let be what is deleted already, beyond the spec, or too young to have had its orders', () => {
    assert.equal(aside(withPods(ended, { 2: { deleting: true } })), undefined);
    assert.equal(aside(asked(2, ended)), undefined);
    assert.equal(aside(withPods(ended, { 2: { createdMs: NOW_MS - 19_000 } })), undefined);
    assert.equal(aside(withPods(ended, { 2: { createdMs: NOW_MS - 20_000 } })), 'demo-2 RemovedReplica');
  });

  test('make a pod anew that is still of a cluster that was recovered from, once that is done', () => {
    const retired = answering(healthy(), { 2: { cluster: OTHER_CLUSTER } });
    const status = { ...healthy().status, recovery };
    assert.equal(aside({ ...retired, status }), 'demo-2 RetiredCluster');
    assert.equal(aside(retired), undefined);
    assert.equal(
      aside({ ...retired, status: { ...status, recovery: { ...recovery, done: false } } }),
      undefined,
    );
  });

  test('know every cluster that was recovered from, the one that goes on never', () => {
    const oldest = 'e'.repeat(32);
    const orders = { removedReplicas: [], retiredClusters: [oldest], recovery: undefined };
    const twice = { ...healthy(), orders, status: { ...healthy().status, recovery } };
    assert.deepEqual(ordersOf(twice, undefined).retiredClusters, [oldest, OTHER_CLUSTER]);
    const away = answering(twice, { 2: { cluster: oldest } });
    assert.equal(aside(away), 'demo-2 RetiredCluster');
    // Nothing needs a person: it is set aside by itself.
    const degraded = decide(away).status.conditions.find(({ type }) => type === 'Degraded');
    assert.equal(degraded?.reason, 'VoterMissing');
    const begun = latchExample({ toCluster: 'b'.repeat(32) });
    const again = { ...twice, status: { ...twice.status, recovery: begun } };
    assert.deepEqual(ordersOf(again, undefined).retiredClusters, [oldest]);
    const wrong = { ...orders, retiredClusters: [CLUSTER, begun.toCluster] };
    assert.deepEqual(ordersOf({ ...again, orders: wrong }, undefined).retiredClusters, []);
  });

  test('name the removed in order, and keep what was ordered while no leader is known', () => {
    const observed = answering(healthy(), { 0: { removed: ['b'.repeat(12), 'a'.repeat(12)] } });
    const orders = ordersOf(observed, viewExample(observed));
    assert.deepEqual(orders.removedReplicas, ['a'.repeat(12), 'b'.repeat(12)]);
    assert.deepEqual(ordersOf({ ...healthy(), orders }, undefined).removedReplicas, orders.removedReplicas);
    assert.deepEqual(ordersOf(healthy(), undefined).removedReplicas, []);
  });

  test('add nobody who was removed while a change of the members is under way, or may be', () => {
    const orders = { removedReplicas: ['a'.repeat(12)], retiredClusters: [], recovery: undefined };
    const removed = ['a'.repeat(12), 'b'.repeat(12)];
    for (const changeUnderWay of [true, undefined]) {
      const observed = { ...answering(healthy(), { 0: { removed, changeUnderWay } }), orders };
      assert.deepEqual(ordersOf(observed, viewExample(observed)).removedReplicas, orders.removedReplicas);
    }
  });
});
