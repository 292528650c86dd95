/** Each replica: whether it is there, ready, and as far as the others. */
import { type Alert, AT_LEADER, CLUSTER, MEMBER, REPLICA, WITH_ADDRESS } from './alert.ts';

/** As many slots as a replica may be behind and call itself ready. */
const LAG_SLOTS_MAX = 1_000;

const UNREACHED = `min by (namespace, job, paxoskv_dev_cluster, peer) (paxoskv_peer_connected ${AT_LEADER}) == 0`;

export const MEMBER_ALERTS: readonly Alert[] = [
  {
    name: 'PaxosKVMemberDown',
    severity: 'warning',
    for: '5m',
    expr: `(${UNREACHED}) ${WITH_ADDRESS}`,
    summary: `A member of ${CLUSTER} is down`,
    description: `The leader has had no link to ${MEMBER} for 5 minutes. The others serve, and can afford one loss less.`,
  },
  {
    name: 'PaxosKVReplicaSilent',
    severity: 'warning',
    for: '5m',
    expr: 'up == 0 and on (namespace, job, paxoskv_dev_cluster) paxoskv:voters:count',
    summary: `${REPLICA} does not answer`,
    description:
      'Its metrics at {{ $labels.instance }} could not be read for 5 minutes: it is down, frozen, or cut off, and nobody sees how it is.',
  },
  {
    name: 'PaxosKVReplicaNotReady',
    severity: 'warning',
    for: '10m',
    expr: 'paxoskv_is_ready == 0',
    summary: `${REPLICA} is not ready`,
    description: 'It has got no clients for 10 minutes. Its /readyz says why.',
  },
  {
    name: 'PaxosKVReplicaLagging',
    severity: 'warning',
    for: '5m',
    expr: `(max by (namespace, job, paxoskv_dev_cluster, peer) ((paxoskv_peer_lag_slots > ${LAG_SLOTS_MAX}) and (paxoskv_peer_connected == 1) ${AT_LEADER})) ${WITH_ADDRESS}`,
    summary: `A member of ${CLUSTER} lags behind`,
    description: `${MEMBER} is connected, and {{ $value }} slots behind its leader: it can't keep up, or catches up. Over ${LAG_SLOTS_MAX} it counts as lost when another one fails.`,
  },
  {
    name: 'PaxosKVVolumeLost',
    severity: 'warning',
    for: '5m',
    expr: `(paxoskv_is_voter == 0 and paxoskv_is_learner == 0) and on (namespace, job, paxoskv_dev_cluster) (${UNREACHED})`,
    summary: `${REPLICA} has lost its volume`,
    description:
      'It answers with an id that is no member, while a member is missing: a fresh disk took the place of one that had promised things. It does not vote until it is added, and the old id removed.',
  },
  {
    name: 'PaxosKVCatchUpTooLong',
    severity: 'warning',
    for: '30m',
    expr: 'paxoskv_is_learner == 1',
    summary: `${REPLICA} has been a learner for long`,
    description:
      'For 30 minutes it has been a member without a vote. Either it does not catch up, or nobody has promoted it: until then the cluster can afford no more losses than before.',
  },
  {
    name: 'PaxosKVVersionsDiffer',
    severity: 'warning',
    for: '30m',
    expr: 'count by (namespace, job, paxoskv_dev_cluster) (count by (namespace, job, paxoskv_dev_cluster, version) (paxoskv_build_info)) > 1',
    summary: `${CLUSTER} runs different releases`,
    description:
      'Its replicas have run {{ $value }} releases for 30 minutes: an upgrade has stopped half-way, and what the newer one can do stays off.',
  },
];
