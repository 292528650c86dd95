import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LooseObject } from './cluster-objects.ts';
import { clusterSummary } from './cluster-summary.ts';

function resource(fields: object): LooseObject {
  const metadata = { name: 'orders', namespace: 'shop', uid: 'u', resourceVersion: '1' };
  return { apiVersion: 'paxoskv.dev/v1alpha1', kind: 'PaxosCluster', metadata, ...fields };
}

function condition(type: string, status: string): object {
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  return { type, status, reason: 'Because', message: '', lastTransitionTime };
}

test('clusterSummary() says what the status says', () => {
  const conditions = [
    condition('Available', 'True'),
    condition('Degraded', 'False'),
    condition('StorageReady', 'Unknown'),
  ];
  const summary = clusterSummary(
    resource({ spec: { replicas: 5 }, status: { readyReplicas: 4, leader: 'orders-2', conditions } }),
  );
  assert.equal(summary.namespace, 'shop');
  assert.equal(summary.name, 'orders');
  assert.equal(summary.replicasWanted, 5);
  assert.equal(summary.replicasReady, 4);
  assert.equal(summary.hasLeader, true);
  assert.equal(summary.conditions.Available, true);
  assert.equal(summary.conditions.Degraded, false);
  assert.equal(summary.conditions.StorageReady, undefined);
});

test('clusterSummary() of a cluster that nobody has looked at knows nothing', () => {
  const summary = clusterSummary(resource({ spec: { replicas: 3 } }));
  assert.equal(summary.replicasReady, 0);
  assert.equal(summary.hasLeader, false);
  assert.deepEqual(new Set(Object.values(summary.conditions)), new Set([undefined]));
});

test('clusterSummary() of a spec that makes no sense still says what the status says', () => {
  const conditions = [condition('Available', 'True'), condition('SpecValid', 'False')];
  const summary = clusterSummary(resource({ spec: { replicas: 'many' }, status: { conditions } }));
  assert.equal(summary.replicasWanted, undefined);
  assert.equal(summary.conditions.Available, true);
  assert.equal(summary.conditions.SpecValid, false);
});
