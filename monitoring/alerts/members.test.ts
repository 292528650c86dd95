import {
  CLUSTER_LABELS,
  ofReplica,
  PEER,
  PEER_INFO,
  PEER_LABELS,
  REPLICA_LABELS,
  testAlerts,
  threeBut,
} from './testing/alert-case.ts';

const CONNECTED = ofReplica(0, 'paxoskv_peer_connected', PEER);
const MEMBER = '00000000000c at demo-2.demo-peers.shop.svc:7379';

testAlerts('members', [
  {
    name: 'PaxosKVMemberDown',
    series: threeBut([
      PEER_INFO,
      { series: CONNECTED, well: 1, fault: { is: 0 } },
      // What one that does not lead can't reach is the leader's to judge.
      { series: ofReplica(1, 'paxoskv_peer_connected', PEER), well: 1, fault: { is: 0 }, below: { is: 0 } },
    ]),
    labels: PEER_LABELS,
    summary: 'A member of shop/demo-peers is down',
    description: `The leader has had no link to ${MEMBER} for 5 minutes. The others serve, and can afford one loss less.`,
  },
  {
    name: 'PaxosKVReplicaSilent',
    series: threeBut([
      { series: ofReplica(0, 'up'), well: 1, fault: { is: 0 } },
      // Of another program, whose silence is none of ours.
      {
        series: 'up{namespace="shop",job="other",pod="x",instance="x"}',
        well: 1,
        fault: { is: 0 },
        below: { is: 0 },
      },
    ]),
    labels: REPLICA_LABELS,
    summary: 'demo-0 of shop/demo-peers does not answer',
    description:
      'Its metrics at 10.0.0.0:9379 could not be read for 5 minutes: it is down, frozen, or cut off, and nobody sees how it is.',
  },
  {
    name: 'PaxosKVReplicaNotReady',
    series: [{ series: ofReplica(0, 'paxoskv_is_ready'), well: 1, fault: { is: 0 } }],
    labels: REPLICA_LABELS,
    summary: 'demo-0 of shop/demo-peers is not ready',
    description: 'It has got no clients for 10 minutes. Its /readyz says why.',
  },
  {
    name: 'PaxosKVReplicaLagging',
    series: threeBut([
      PEER_INFO,
      { series: CONNECTED, well: 1 },
      {
        series: ofReplica(0, 'paxoskv_peer_lag_slots', PEER),
        well: 3,
        fault: { is: 1_500 },
        below: { is: 1_000 },
      },
    ]),
    labels: PEER_LABELS,
    summary: 'A member of shop/demo-peers lags behind',
    description: `${MEMBER} is connected, and 1500 slots behind its leader: it can't keep up, or catches up. Over 1000 it counts as lost when another one fails.`,
  },
  {
    name: 'PaxosKVVolumeLost',
    series: threeBut([
      { series: CONNECTED, well: 1, fault: { is: 0 } },
      // Below: a fresh one that nobody has added yet, beside members that are all there.
      { series: ofReplica(2, 'paxoskv_is_voter'), well: 1, fault: { is: 0 }, below: { is: 0 } },
    ]),
    labels: { ...CLUSTER_LABELS, pod: 'demo-2', instance: '10.0.0.2:9379' },
    summary: 'demo-2 of shop/demo-peers has lost its volume',
    description:
      'It answers with an id that is no member, while a member is missing: a fresh disk took the place of one that had promised things. It does not vote until it is added, and the old id removed.',
  },
  {
    name: 'PaxosKVCatchUpTooLong',
    series: [{ series: ofReplica(0, 'paxoskv_is_learner'), well: 0, fault: { is: 1 } }],
    labels: REPLICA_LABELS,
    summary: 'demo-0 of shop/demo-peers has been a learner for long',
    description:
      'For 30 minutes it has been a member without a vote. Either it does not catch up, or nobody has promoted it: until then the cluster can afford no more losses than before.',
  },
  {
    name: 'PaxosKVVersionsDiffer',
    series: [
      { series: ofReplica(0, 'paxoskv_build_info', 'version="1.0.0"'), well: 1 },
      { series: ofReplica(1, 'paxoskv_build_info', 'version="1.0.0"'), well: 1, fault: { is: undefined } },
      { series: ofReplica(1, 'paxoskv_build_info', 'version="1.1.0"'), well: undefined, fault: { is: 1 } },
    ],
    labels: CLUSTER_LABELS,
    summary: 'shop/demo-peers runs different releases',
    description:
      'Its replicas have run 2 releases for 30 minutes: an upgrade has stopped half-way, and what the newer one can do stays off.',
  },
]);
