import { type CaseSeries, ofReplica, REPLICA_LABELS, testAlerts } from './testing/alert-case.ts';

/** A histogram of which 100 observations a minute lie below `quick`, and, in the fault, all of them between it and `slow`. */
function histogram(metric: string, quick: string, slow: string): CaseSeries[] {
  const none = { is: { perMinute: 0 } };
  const well = { perMinute: 100 };
  return [
    { series: ofReplica(0, `${metric}_bucket`, `le="${quick}"`), well, fault: none },
    { series: ofReplica(0, `${metric}_bucket`, `le="${slow}"`), well },
    { series: ofReplica(0, `${metric}_bucket`, 'le="+Inf"'), well },
  ];
}

testAlerts('speed', [
  {
    name: 'PaxosKVSlowDisk',
    series: histogram('paxoskv_log_fsync_duration_seconds', '0.1', '0.2'),
    labels: REPLICA_LABELS,
    summary: 'The disk of demo-0 of shop/demo-peers is slow',
    description:
      'One write to its log in a hundred takes 199ms and more to be on disk. A good disk takes some milliseconds; over 0.1 s a leader makes everybody wait, and near 0.5 s it loses the lead.',
  },
  {
    name: 'PaxosKVDiskHangs',
    series: [
      {
        series: ofReplica(0, 'paxoskv_log_write_under_way_seconds'),
        well: 0.002,
        fault: { is: 42 },
        below: { is: 10 },
      },
    ],
    labels: REPLICA_LABELS,
    summary: 'The disk of demo-0 of shop/demo-peers hangs',
    description:
      'The same write to its log has been under way for 42s. Until it ends this replica accepts nothing, and the cluster can afford one loss less.',
  },
  {
    name: 'PaxosKVSlowRounds',
    series: histogram('paxoskv_round_duration_seconds', '0.2', '0.5'),
    labels: REPLICA_LABELS,
    summary: 'The rounds of demo-0 of shop/demo-peers are slow',
    description:
      'Of the rounds that it leads one in a hundred takes 497ms and more, from proposal to chosen: each write waits for one.',
  },
  {
    name: 'PaxosKVEventLoopBlocked',
    series: [
      { series: ofReplica(0, 'paxoskv_build_info', 'version="1.0.0"'), well: 1 },
      { series: ofReplica(0, 'nodejs_eventloop_lag_p99_seconds'), well: 0.02 },
      {
        series: ofReplica(0, 'nodejs_eventloop_lag_max_seconds'),
        well: 0.05,
        fault: { is: 0.7 },
        below: { is: 0.5 },
      },
    ],
    labels: REPLICA_LABELS,
    summary: 'demo-0 of shop/demo-peers is held up',
    description:
      'Turns of its event loop are 700ms late, one in a hundred or single ones: the processor is not enough, or commands or garbage are too large. At 0.6 s the others elect another leader.',
  },
  {
    name: 'PaxosKVEventLoopBlocked',
    series: [
      { series: ofReplica(0, 'paxoskv_build_info', 'version="1.0.0"'), well: 1 },
      {
        series: ofReplica(0, 'nodejs_eventloop_lag_p99_seconds'),
        well: 0.02,
        fault: { is: 0.3 },
        below: { is: 0.1 },
      },
      // Another program on Node.js.
      { series: 'nodejs_eventloop_lag_p99_seconds{namespace="shop",job="web",instance="x"}', well: 1 },
    ],
    labels: REPLICA_LABELS,
    summary: 'demo-0 of shop/demo-peers is held up',
    description:
      'Turns of its event loop are 300ms late, one in a hundred or single ones: the processor is not enough, or commands or garbage are too large. At 0.6 s the others elect another leader.',
  },
]);
