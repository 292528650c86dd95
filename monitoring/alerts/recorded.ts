/** What several alerts ask for, and dashboards may: worked out once. Names are level:metric:operation. */
import { AT_LEADER, type RecordingRule } from './alert.ts';

const VOTERS = 'paxoskv_members{role="voter"}';

function p99(record: string, metric: string, by: string): RecordingRule {
  return {
    record,
    expr: `histogram_quantile(0.99, sum by (namespace, job, paxoskv_dev_cluster, ${by}, le) (rate(${metric}_bucket[5m])))`,
  };
}

export const RECORDED: readonly RecordingRule[] = [
  {
    // While nobody answers, what was last heard; without targets there is no cluster any more.
    record: 'paxoskv:voters:count',
    expr: `max by (namespace, job, paxoskv_dev_cluster) (${VOTERS}) or max by (namespace, job, paxoskv_dev_cluster) (last_over_time(paxoskv:voters:count[10m]) and on (namespace, job, paxoskv_dev_cluster) up)`,
  },
  {
    record: 'paxoskv:voters_answering:count',
    expr: 'sum by (namespace, job, paxoskv_dev_cluster) (paxoskv_is_voter) or 0 * paxoskv:voters:count',
  },
  {
    record: 'paxoskv:commands:rate5m',
    expr: 'sum by (namespace, job, paxoskv_dev_cluster) (rate(paxoskv_commands_total[5m]))',
  },
  p99('paxoskv:log_fsync_seconds:p99_5m', 'paxoskv_log_fsync_duration_seconds', 'pod, instance'),
  p99('paxoskv:round_seconds:p99_5m', 'paxoskv_round_duration_seconds', 'pod, instance'),
  p99('paxoskv:command_seconds:p99_5m', 'paxoskv_command_duration_seconds', 'command'),
  { record: 'paxoskv:disk_free:ratio', expr: 'paxoskv_disk_free_bytes / paxoskv_disk_size_bytes' },
  {
    record: 'paxoskv:data_quota:ratio',
    expr: `max by (namespace, job, paxoskv_dev_cluster) (paxoskv_data_bytes / (paxoskv_data_quota_bytes > 0) ${AT_LEADER})`,
  },
  { record: 'paxoskv:data_of_heap:ratio', expr: 'paxoskv_data_bytes / paxoskv_heap_limit_bytes' },
  { record: 'paxoskv:heap_used:ratio', expr: 'nodejs_heap_size_used_bytes / paxoskv_heap_limit_bytes' },
  {
    // Each clock against the one of the Prometheus that has asked for it, which therefore cancels out.
    record: 'paxoskv:clock_spread:seconds',
    expr: 'max by (namespace, job, paxoskv_dev_cluster) (paxoskv_clock_seconds - timestamp(paxoskv_clock_seconds)) - min by (namespace, job, paxoskv_dev_cluster) (paxoskv_clock_seconds - timestamp(paxoskv_clock_seconds))',
  },
  {
    // The slot at which they differ. Replicas that name different slots can't be compared now.
    record: 'paxoskv:digests_differ:slot',
    expr:
      'max by (namespace, job, paxoskv_dev_cluster, interval) (paxoskv_digest_checkpoint_slot) == min by (namespace, job, paxoskv_dev_cluster, interval) (paxoskv_digest_checkpoint_slot)' +
      ' and (max by (namespace, job, paxoskv_dev_cluster, interval) (paxoskv_digest_checkpoint) != min by (namespace, job, paxoskv_dev_cluster, interval) (paxoskv_digest_checkpoint))',
  },
];
