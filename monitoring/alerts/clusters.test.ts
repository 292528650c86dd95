import { type CaseSeries, ofReplica, testAlerts } from './testing/alert-case.ts';

const labels = { namespace: 'shop', name: 'demo' } as const;
const SEE = 'kubectl --namespace shop describe paxoscluster demo';

/** As the operator says it: 1 True, 0 False, -1 Unknown. */
function condition(type: string, well: number, fault: number, below = well): CaseSeries {
  return {
    series: `paxoskv_operator_cluster_condition{namespace="shop",name="demo",type="${type}"}`,
    well,
    fault: { is: fault },
    below: { is: below },
  };
}

testAlerts('clusters, as the operator says', [
  {
    name: 'PaxosKVQuorumUnavailable',
    // Below: nobody knows.
    series: [condition('QuorumAvailable', 1, 0, -1), condition('Bootstrapped', 1, 1)],
    labels,
    summary: 'PaxosCluster shop/demo has no quorum, says the operator',
    description: `Its condition QuorumAvailable is False: nothing is written or read. The operator repairs nothing on a guess. ${SEE}`,
  },
  {
    name: 'PaxosKVClusterDegraded',
    series: [condition('Degraded', 0, 1, -1)],
    labels,
    summary: 'PaxosCluster shop/demo is degraded, says the operator',
    description: `Its condition Degraded has been True for 15 minutes: a voter is missing, or it needs a person. Its condition Available says whether it serves. ${SEE}`,
  },
  {
    name: 'PaxosKVSpecInvalid',
    series: [condition('SpecValid', 1, 0)],
    labels,
    summary: 'PaxosCluster shop/demo asks for what is not understood',
    description: `Its condition SpecValid is False: the operator goes on with nothing until the spec is mended. ${SEE}`,
  },
  {
    name: 'PaxosKVReplicasMissing',
    series: [
      { series: 'paxoskv_operator_cluster_replicas_wanted{namespace="shop",name="demo"}', well: 3 },
      {
        series: 'paxoskv_operator_cluster_replicas_ready{namespace="shop",name="demo"}',
        well: 3,
        fault: { is: 2 },
      },
    ],
    labels,
    summary: 'PaxosCluster shop/demo has fewer replicas than asked for',
    description: `1 replicas were not ready for 15 minutes. ${SEE}`,
  },
  {
    name: 'PaxosKVClusterNotScraped',
    series: [
      { series: 'paxoskv_operator_cluster_replicas_ready{namespace="shop",name="demo"}', well: 3 },
      {
        series: 'paxoskv_operator_cluster_asks_for_monitor{namespace="shop",name="demo"}',
        well: 1,
        below: { is: 0 },
      },
      // Another one in the same namespace, which is scraped all the time.
      { series: 'paxoskv_operator_cluster_replicas_ready{namespace="shop",name="other"}', well: 3 },
      { series: 'paxoskv_operator_cluster_asks_for_monitor{namespace="shop",name="other"}', well: 1 },
      {
        series:
          'paxoskv_build_info{namespace="shop",job="other-peers",pod="other-0",paxoskv_dev_cluster="other"}',
        well: 1,
      },
      {
        series: ofReplica(0, 'paxoskv_build_info', 'paxoskv_dev_cluster="demo",version="1.0.0"'),
        well: 1,
        fault: { is: undefined },
        below: { is: undefined },
      },
    ],
    labels,
    summary: 'Prometheus knows nothing of the replicas of PaxosCluster shop/demo',
    description:
      '3 of them are ready, says the operator, and a monitor is asked for, but for 10 minutes no metrics of any were read: nobody knows how they are. Alerts about replicas are silent, or take them for lost.',
  },
]);
