/** Who leads, and why that changes. */
import type { Group } from '../vocabulary/board.ts';
import { growth, max, quantile, sum, perSecond, orZero, orNone } from '../vocabulary/expression.ts';
import { graph } from '../vocabulary/graph.ts';
import { anyIsBad, risesTo } from '../vocabulary/level.ts';
import { CLUSTER_LABEL, ofClusters, ofPods, PER_CLUSTER, PER_POD } from '../vocabulary/selection.ts';
import { units } from '../vocabulary/unit.ts';
import { WITH_ADDRESS } from './lag.ts';

export const leadership: Group = {
  title: 'Leader and links',
  panels: [
    graph({
      title: 'Changes of leader, over time',
      shows: 'How often the lead of each cluster has changed hands in each step of time.',
      normal: 'None but for rolls, drains and crashes.',
      otherwise:
        'Look what stands at the same moment in "Syncs", "Event loop delay" and "Replicas". Changes again and again, with all replicas up: the network loses frames, or a disk stalls for half a second and more.',
      queries: [
        {
          expression: max(growth(ofClusters('paxoskv_leader_changes_total')), PER_CLUSTER),
          legend: `{{${CLUSTER_LABEL}}}`,
        },
      ],
      unit: units.count,
      levels: anyIsBad(),
      width: 8,
      form: 'bars',
    }),
    graph({
      title: 'Ballot',
      shows:
        'The round of the ballot that each chosen pod follows, and that of the highest that it has promised.',
      normal: 'The same everywhere, and level: each election takes a higher one.',
      otherwise:
        'One that climbs all the time: elections that nobody wins. Promised far above followed: a replica asks for votes and does not get a quorum, because its log is behind or its links are down.',
      queries: [
        { expression: ofPods('paxoskv_ballot_round'), legend: '{{pod}} follows' },
        { expression: ofPods('paxoskv_promised_ballot_round'), legend: '{{pod}} has promised' },
      ],
      unit: units.count,
      width: 8,
    }),
    graph({
      title: 'Round trip, 99 %',
      shows:
        'To another replica and back, its event loop included: from each chosen pod to each of the others.',
      normal: 'A millisecond or two in one zone, some more between zones.',
      otherwise:
        'High to one peer from everybody: that peer’s processor or event loop. High from one pod to everybody: its own. High between two alone: the network. Elections begin when a leader is not heard of for 0.6 s.',
      queries: [
        {
          expression: orNone(
            `${quantile(0.99, ofPods, 'paxoskv_peer_round_trip_seconds', `${PER_CLUSTER}, pod, peer`)} ${WITH_ADDRESS}`,
            'pod',
          ),
          legend: '{{pod}} to {{address}}',
        },
      ],
      unit: units.seconds,
      levels: risesTo(0.1, 0.5),
      width: 8,
    }),
    graph({
      title: 'Bytes to peers',
      shows: 'What each chosen pod sends to the others.',
      normal: 'The leader sends what is written, once to each follower; followers send little.',
      otherwise:
        'Much from a follower: it sends a snapshot or a part of its log to one that catches up. Close to what the network carries: values are too large, or there are too many.',
      queries: [
        {
          expression: orZero(sum(perSecond(ofPods('paxoskv_peer_sent_bytes_total')), PER_POD)),
          legend: '{{pod}}',
        },
      ],
      unit: units.bytesPerSecond,
      width: 8,
    }),
    graph({
      title: 'Links that went down',
      shows: 'How often a chosen pod lost its link to another in each step of time, by the peer’s id.',
      normal: 'None but for restarts of that peer.',
      otherwise:
        'Again and again without a restart: the network, or something between the pods that ends idle or long connections.',
      queries: [
        {
          expression: orNone(
            `${sum(growth(ofPods('paxoskv_peer_link_failures_total')), `${PER_POD}, peer`)} > 0`,
            'pod',
          ),
          legend: '{{pod}} {{peer}}',
        },
      ],
      unit: units.count,
      levels: anyIsBad(),
      width: 8,
      form: 'bars',
    }),
    graph({
      title: 'Links refused',
      shows:
        'Links from others that the chosen pods refused: of another cluster, without the secret, of a removed replica.',
      normal: 'None.',
      otherwise:
        'The log of the pod says whom it refuses and why. After a change of the cluster’s secret: a pod that does not have the new one yet.',
      queries: [
        { expression: sum(growth(ofPods('paxoskv_links_refused_total')), PER_POD), legend: '{{pod}}' },
      ],
      unit: units.count,
      levels: anyIsBad(),
      width: 8,
      form: 'bars',
    }),
  ],
};
