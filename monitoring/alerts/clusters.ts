/** What the operator says of each PaxosCluster, from its status. */
import type { Alert } from './alert.ts';

const NAMED = 'PaxosCluster {{ $labels.namespace }}/{{ $labels.name }}';
const SEE = 'kubectl --namespace {{ $labels.namespace }} describe paxoscluster {{ $labels.name }}';

/** Of several operators' pods, and of one that was just replaced, the last word counts once. */
function condition(type: string): string {
  return `max by (namespace, name) (paxoskv_operator_cluster_condition{type="${type}"})`;
}

const ASKS_FOR_MONITOR = 'max by (namespace, name) (paxoskv_operator_cluster_asks_for_monitor)';
/** The name of the cluster as monitors attach it to what they read. */
const SCRAPED = 'label_replace(paxoskv_build_info, "name", "$1", "paxoskv_dev_cluster", "(.+)")';

export const CLUSTER_ALERTS: readonly Alert[] = [
  {
    name: 'PaxosKVQuorumUnavailable',
    severity: 'critical',
    for: '2m',
    expr: `${condition('QuorumAvailable')} == 0 and ${condition('Bootstrapped')} == 1`,
    summary: `${NAMED} has no quorum, says the operator`,
    description: `Its condition QuorumAvailable is False: nothing is written or read. The operator repairs nothing on a guess. ${SEE}`,
  },
  {
    name: 'PaxosKVClusterDegraded',
    severity: 'warning',
    for: '15m',
    expr: `${condition('Degraded')} == 1`,
    summary: `${NAMED} is degraded, says the operator`,
    description: `Its condition Degraded has been True for 15 minutes: a voter is missing, or it needs a person. Its condition Available says whether it serves. ${SEE}`,
  },
  {
    name: 'PaxosKVSpecInvalid',
    severity: 'warning',
    for: '5m',
    expr: `${condition('SpecValid')} == 0`,
    summary: `${NAMED} asks for what is not understood`,
    description: `Its condition SpecValid is False: the operator goes on with nothing until the spec is mended. ${SEE}`,
  },
  {
    name: 'PaxosKVReplicasMissing',
    severity: 'warning',
    for: '15m',
    expr: 'max by (namespace, name) (paxoskv_operator_cluster_replicas_wanted) - max by (namespace, name) (paxoskv_operator_cluster_replicas_ready) > 0',
    summary: `${NAMED} has fewer replicas than asked for`,
    description: `{{ $value }} replicas were not ready for 15 minutes. ${SEE}`,
  },
  {
    name: 'PaxosKVClusterNotScraped',
    severity: 'warning',
    for: '10m',
    expr: `(max by (namespace, name) (paxoskv_operator_cluster_replicas_ready) > 0 and ${ASKS_FOR_MONITOR} == 1) unless on (namespace, name) ${SCRAPED}`,
    summary: `Prometheus knows nothing of the replicas of ${NAMED}`,
    description:
      '{{ $value }} of them are ready, says the operator, and a monitor is asked for, but for 10 minutes no metrics of any were read: nobody knows how they are. Alerts about replicas are silent, or take them for lost.',
  },
];
