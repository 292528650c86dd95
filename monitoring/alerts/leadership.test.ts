import { CLUSTER_LABELS, ofReplica, testAlerts, threeBut } from './testing/alert-case.ts';

const gone = { is: undefined };

/** As a scrape that fails leaves it: `up` is 0, and nothing else is there. */
const dead = (index: number) => [
  { series: ofReplica(index, 'up'), well: 1, fault: { is: 0 } },
  { series: ofReplica(index, 'paxoskv_is_leader'), well: index === 0 ? 1 : 0, fault: gone },
  { series: ofReplica(index, 'paxoskv_is_voter'), well: 1, fault: gone },
  { series: ofReplica(index, 'paxoskv_is_learner'), well: 0, fault: gone },
  { series: ofReplica(index, 'paxoskv_members', 'role="voter"'), well: 3, fault: gone },
];
const lost = {
  name: 'PaxosKVQuorumLost',
  labels: CLUSTER_LABELS,
  summary: 'shop/demo-peers has lost its quorum: nothing is written or read',
};
const advice =
  'which is no majority. Bring back those that are gone, on their own disks; no data is lost as long as their disks are there.';

testAlerts('a quorum and a leader', [
  {
    ...lost,
    series: threeBut([
      { series: ofReplica(1, 'paxoskv_is_voter'), well: 1, fault: gone, below: gone },
      { series: ofReplica(2, 'paxoskv_is_voter'), well: 1, fault: gone, below: gone },
      // Below: they are not seen, but the one that is follows a leader.
      { series: ofReplica(0, 'paxoskv_has_leader'), well: 1, fault: { is: 0 } },
    ]),
    description: `Only 1 voters answer, ${advice}`,
  },
  {
    ...lost,
    series: [...dead(0), ...dead(1), ...dead(2)],
    description: `Only 0 voters answer, ${advice}`,
  },
  {
    name: 'PaxosKVNoLeader',
    series: threeBut([
      { series: ofReplica(0, 'paxoskv_is_leader'), well: 1, fault: gone, below: gone },
      // Below: the leader is not seen, and others follow it.
      { series: ofReplica(1, 'paxoskv_has_leader'), well: 1, fault: { is: 0 } },
    ]),
    labels: CLUSTER_LABELS,
    summary: 'Nobody leads shop/demo-peers: nothing is written or read',
    description:
      'A quorum of the voters answers, and none of them leads. They probably can not reach each other, or their disks or processors stall.',
  },
  {
    name: 'PaxosKVWritesStandStill',
    series: [
      { series: ofReplica(0, 'paxoskv_is_leader'), well: 1 },
      { series: ofReplica(1, 'paxoskv_is_leader'), well: 0 },
      {
        series: ofReplica(0, 'paxoskv_durable_slot'),
        well: { perMinute: 60 },
        fault: { is: 4_000 },
        // As much in flight as ever, and it moves.
        below: { is: 100_000 },
      },
      {
        series: ofReplica(0, 'paxoskv_chosen_slot'),
        well: { perMinute: 60 },
        fault: { is: 3_999 },
        below: { is: { perMinute: 60 } },
      },
      // A follower that is about to hear that it is chosen.
      { series: ofReplica(1, 'paxoskv_durable_slot'), well: 71 },
      { series: ofReplica(1, 'paxoskv_chosen_slot'), well: 70 },
    ],
    labels: CLUSTER_LABELS,
    summary: 'No write to shop/demo-peers gets through',
    description:
      'Its leader has 1 slots on its disk and waits for a quorum to accept the first of them. The others answer: their disks stand still, or the network for all that is large. Reads go on.',
  },
  {
    name: 'PaxosKVLeaderChangesOften',
    series: [
      {
        series: ofReplica(1, 'paxoskv_leader_changes_total'),
        well: { perMinute: 0 },
        fault: { is: { perMinute: 0.4 } },
        below: { is: { perMinute: 0.25 } },
      },
    ],
    labels: CLUSTER_LABELS,
    summary: 'The leader of shop/demo-peers changes often',
    description:
      'It has changed 6 times in 15 minutes; each time requests wait for about a second. A rolling restart takes one or two.',
  },
]);
