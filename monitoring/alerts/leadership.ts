/** Whether the cluster serves at all: a quorum, and a leader that stays. */
import { type Alert, CLUSTER } from './alert.ts';

/** One that can be read follows a leader: then the others are only not seen. */
const LED =
  'unless on (namespace, job, paxoskv_dev_cluster) (max by (namespace, job, paxoskv_dev_cluster) (paxoskv_has_leader) == 1)';
const QUORUM_LOST = `paxoskv:voters_answering:count < floor(paxoskv:voters:count / 2) + 1 ${LED}`;

export const LEADERSHIP_ALERTS: readonly Alert[] = [
  {
    name: 'PaxosKVQuorumLost',
    severity: 'critical',
    for: '1m',
    expr: QUORUM_LOST,
    summary: `${CLUSTER} has lost its quorum: nothing is written or read`,
    description:
      'Only {{ $value }} voters answer, which is no majority. Bring back those that are gone, on their own disks; no data is lost as long as their disks are there.',
  },
  {
    name: 'PaxosKVNoLeader',
    severity: 'critical',
    for: '1m',
    expr: `max by (namespace, job, paxoskv_dev_cluster) (paxoskv_is_leader) == 0 and paxoskv:voters:count > 0 unless (${QUORUM_LOST}) ${LED}`,
    summary: `Nobody leads ${CLUSTER}: nothing is written or read`,
    description:
      'A quorum of the voters answers, and none of them leads. They probably can not reach each other, or their disks or processors stall.',
  },
  {
    name: 'PaxosKVWritesStandStill',
    severity: 'critical',
    for: '1m',
    // A leader whose own disk stands still gives up the lead; with the disks of the others nobody could do better.
    expr: 'max by (namespace, job, paxoskv_dev_cluster) (paxoskv_durable_slot - paxoskv_chosen_slot and paxoskv_is_leader == 1 and changes(paxoskv_chosen_slot[2m]) == 0) > 0',
    summary: `No write to ${CLUSTER} gets through`,
    description:
      'Its leader has {{ $value }} slots on its disk and waits for a quorum to accept the first of them. The others answer: their disks stand still, or the network for all that is large. Reads go on.',
  },
  {
    name: 'PaxosKVLeaderChangesOften',
    severity: 'warning',
    for: '0m',
    expr: 'max by (namespace, job, paxoskv_dev_cluster) (increase(paxoskv_leader_changes_total[15m])) > 4',
    summary: `The leader of ${CLUSTER} changes often`,
    description:
      'It has changed {{ $value | printf "%.0f" }} times in 15 minutes; each time requests wait for about a second. A rolling restart takes one or two.',
  },
];
