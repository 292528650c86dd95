/** What makes requests slow: disks, rounds, event loops. */
import { type Alert, REPLICA } from './alert.ts';

export const SPEED_ALERTS: readonly Alert[] = [
  {
    name: 'PaxosKVSlowDisk',
    severity: 'warning',
    for: '10m',
    expr: 'paxoskv:log_fsync_seconds:p99_5m > 0.1',
    summary: `The disk of ${REPLICA} is slow`,
    description:
      'One write to its log in a hundred takes {{ $value | humanizeDuration }} and more to be on disk. A good disk takes some milliseconds; over 0.1 s a leader makes everybody wait, and near 0.5 s it loses the lead.',
  },
  {
    name: 'PaxosKVDiskHangs',
    severity: 'warning',
    for: '1m',
    expr: 'paxoskv_log_write_under_way_seconds > 10',
    summary: `The disk of ${REPLICA} hangs`,
    description:
      'The same write to its log has been under way for {{ $value | humanizeDuration }}. Until it ends this replica accepts nothing, and the cluster can afford one loss less.',
  },
  {
    name: 'PaxosKVSlowRounds',
    severity: 'warning',
    for: '10m',
    expr: 'paxoskv:round_seconds:p99_5m > 0.25',
    summary: `The rounds of ${REPLICA} are slow`,
    description:
      'Of the rounds that it leads one in a hundred takes {{ $value | humanizeDuration }} and more, from proposal to chosen: each write waits for one.',
  },
  {
    name: 'PaxosKVEventLoopBlocked',
    severity: 'warning',
    for: '5m',
    expr: '(nodejs_eventloop_lag_p99_seconds > 0.1 or max_over_time(nodejs_eventloop_lag_max_seconds[5m]) > 0.5) and on (namespace, job, paxoskv_dev_cluster, instance) paxoskv_build_info',
    summary: `${REPLICA} is held up`,
    description:
      'Turns of its event loop are {{ $value | humanizeDuration }} late, one in a hundred or single ones: the processor is not enough, or commands or garbage are too large. At 0.6 s the others elect another leader.',
  },
];
