/** How every cluster is, as its status says: for tables of all clusters, and for alerts that outlive the pods that they are about. */
import { Gauge, type Registry } from 'prom-client';
import type { ClusterSummary } from './controller/cluster-summary.ts';
import { CONDITION_TYPES } from './resource/status/conditions.ts';

const CLUSTER_LABELS = ['namespace', 'name'] as const;

/** Read anew at each scrape, so that a cluster that has gone leaves nothing behind. */
export function registerClusterMetrics(registry: Registry, clusters: () => readonly ClusterSummary[]): void {
  const gauge = (
    name: string,
    help: string,
    labels: readonly string[],
    show: (gauge: Gauge, cluster: ClusterSummary) => void,
  ): void => {
    const made: Gauge = new Gauge({
      name: `paxoskv_operator_cluster_${name}`,
      help,
      labelNames: [...CLUSTER_LABELS, ...labels],
      registers: [registry],
      collect() {
        made.reset();
        for (const cluster of clusters()) show(made, cluster);
      },
    });
  };
  gauge(
    'condition',
    "A condition of a cluster's status: 1 it holds, 0 it does not, -1 not known",
    ['type'],
    (made, { namespace, name, conditions }) => {
      for (const type of CONDITION_TYPES)
        made.set({ namespace, name, type }, conditions[type] === undefined ? -1 : Number(conditions[type]));
    },
  );
  gauge('replicas_wanted', 'Replicas that the spec asks for', [], (made, cluster) => {
    const { namespace, name, replicasWanted } = cluster;
    if (replicasWanted !== undefined) made.set({ namespace, name }, replicasWanted);
  });
  gauge('replicas_ready', 'Pods of a cluster that are ready', [], (made, cluster) => {
    const { namespace, name, replicasReady } = cluster;
    made.set({ namespace, name }, replicasReady);
  });
  gauge(
    'asks_for_monitor',
    '1 when the spec asks for a monitor, so that a Prometheus should know the replicas',
    [],
    (made, cluster) => {
      const { namespace, name, asksForMonitor } = cluster;
      if (asksForMonitor !== undefined) made.set({ namespace, name }, Number(asksForMonitor));
    },
  );
  gauge('has_leader', '1 when the operator knows who leads', [], (made, cluster) => {
    const { namespace, name, hasLeader } = cluster;
    made.set({ namespace, name }, Number(hasLeader));
  });
}
