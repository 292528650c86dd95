import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { registerClusterMetrics } from './cluster-metrics.ts';
import type { ClusterSummary } from './controller/cluster-summary.ts';
import { CONDITION_TYPES } from './resource/status/conditions.ts';

function summary(fields: Partial<ClusterSummary>): ClusterSummary {
  const conditions = Object.fromEntries(CONDITION_TYPES.map((type) => [type, undefined]));
  return {
    namespace: 'shop',
    name: 'orders',
    replicasWanted: 3,
    replicasReady: 2,
    asksForMonitor: true,
    hasLeader: true,
    conditions: { ...(conditions as ClusterSummary['conditions']), Available: true, Degraded: false },
    ...fields,
  };
}

/** Lines of Prometheus's text format that begin so. */
async function linesOf(registry: Registry, beginning: string): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line.startsWith(beginning));
}

test('the gauges of a cluster say what its status says, and go with it', async () => {
  const registry = new Registry();
  let clusters = [
    summary({}),
    summary({ name: 'stock', replicasWanted: undefined, asksForMonitor: undefined, hasLeader: false }),
  ];
  registerClusterMetrics(registry, () => clusters);

  const lines = await linesOf(registry, 'paxoskv_operator_cluster_');
  for (const line of [
    'condition{namespace="shop",name="orders",type="Available"} 1',
    'condition{namespace="shop",name="orders",type="Degraded"} 0',
    'condition{namespace="shop",name="orders",type="StorageReady"} -1',
    'replicas_wanted{namespace="shop",name="orders"} 3',
    'replicas_ready{namespace="shop",name="orders"} 2',
    'asks_for_monitor{namespace="shop",name="orders"} 1',
    'has_leader{namespace="shop",name="orders"} 1',
    'has_leader{namespace="shop",name="stock"} 0',
  ])
    assert.ok(lines.includes(`paxoskv_operator_cluster_${line}`), `${line} in ${lines.join('\n')}`);
  assert.ok(!lines.some((line) => line.includes('replicas_wanted{namespace="shop",name="stock"}')));

  clusters = [];
  assert.deepEqual(await linesOf(registry, 'paxoskv_operator_cluster_'), []);
});
