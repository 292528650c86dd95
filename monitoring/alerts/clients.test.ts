import { CLUSTER_LABELS, ofReplica, REPLICA_LABELS, testAlerts } from './testing/alert-case.ts';

const still = { perMinute: 0 };
const rate = (perMinute: number) => ({ is: { perMinute } });

const cut = {
  name: 'PaxosKVClientsCut',
  summary: 'Clients of demo-0 of shop/demo-peers run into a limit',
};

testAlerts('clients', [
  {
    name: 'PaxosKVUnknownOutcomes',
    series: [
      { series: ofReplica(0, 'paxoskv_unknown_outcomes_total'), well: still, fault: rate(1) },
      { series: ofReplica(1, 'paxoskv_unknown_outcomes_total'), well: still, fault: rate(1) },
    ],
    labels: CLUSTER_LABELS,
    summary: "Clients of shop/demo-peers don't know what became of their writes",
    description:
      '30 commands in 15 minutes were answered with an unknown outcome: they may have been carried out or not. It happens when a leader is lost in the middle; it must not go on.',
  },
  {
    ...cut,
    series: [
      {
        series: ofReplica(0, 'paxoskv_clients_closed_total', 'reason="unread-answers"'),
        well: still,
        fault: rate(1),
        below: rate(0.5),
      },
      // Not a limit: its owner knows.
      {
        series: ofReplica(0, 'paxoskv_clients_closed_total', 'reason="password-revoked"'),
        well: still,
        fault: rate(9),
        below: rate(9),
      },
    ],
    labels: { ...REPLICA_LABELS, reason: 'unread-answers' },
    description:
      '15 times in 15 minutes a connection was closed or a request refused because of the limit "unread-answers".',
  },
  {
    ...cut,
    series: [
      {
        series: ofReplica(0, 'paxoskv_http_busy_total', 'limit="bodies"'),
        well: still,
        fault: rate(1),
        below: rate(0.5),
      },
    ],
    labels: { ...REPLICA_LABELS, reason: 'http-bodies' },
    description:
      '15 times in 15 minutes a connection was closed or a request refused because of the limit "http-bodies".',
  },
  {
    name: 'PaxosKVSlowWatchers',
    series: [
      {
        series: ofReplica(0, 'paxoskv_watches_ended_total', 'reason="slow"'),
        well: still,
        fault: rate(0.4),
        below: rate(0.19),
      },
    ],
    labels: REPLICA_LABELS,
    summary: "Watchers of demo-0 of shop/demo-peers can't follow",
    description:
      '6 watches in 15 minutes were ended because their clients read more slowly than the data change.',
  },
]);
