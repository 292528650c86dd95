/** The operator's own health. Clusters serve without it; nothing heals, and nothing that is asked for is done. */
import type { Alert } from './alert.ts';

/** Only this operator has it, leader or not: it tells its other metrics from those of other operators, which have the same names. */
const OURS = 'paxoskv_operator_informer_age_seconds';
/** There was one within a day: after that, somebody meant it. */
const GONE = `count by (namespace, job) (last_over_time(${OURS}[1d])) unless count by (namespace, job) (${OURS})`;
const LEADERS = `sum by (namespace, job) (leader_election_master_status and on (namespace, job, instance) ${OURS})`;
const OPERATOR = 'The operator {{ $labels.namespace }}/{{ $labels.job }}';

export const OPERATOR_ALERTS: readonly Alert[] = [
  {
    name: 'PaxosKVOperatorDown',
    severity: 'warning',
    for: '10m',
    expr: `(${GONE}) or (absent(${OURS}) unless on () (${GONE}))`,
    summary: 'No operator of PaxosKV answers{{ with $labels.namespace }} in {{ . }}{{ end }}',
    description:
      'For 10 minutes there were no metrics of one. The clusters serve; nothing of them is healed, changed or rolled.',
  },
  {
    name: 'PaxosKVOperatorNoLeader',
    severity: 'warning',
    for: '5m',
    expr: `count by (namespace, job) (count by (namespace, job, instance) (${OURS})) unless on (namespace, job) (${LEADERS} > 0)`,
    summary: `${OPERATOR} has no leader`,
    description: '{{ $value }} of its pods run, and none holds the lease: none of them acts.',
  },
  {
    name: 'PaxosKVOperatorDeaf',
    severity: 'warning',
    for: '5m',
    // One that waits for the lease has not begun to listen.
    expr: `max by (namespace, job, pod, resource) (${OURS} > 600 and on (namespace, job, instance) (leader_election_master_status == 1))`,
    summary: `${OPERATOR} hears nothing of the API server`,
    description:
      'For {{ $value | humanizeDuration }} {{ $labels.pod }} has heard nothing of {{ $labels.resource }}: it acts on what was, or not at all.',
  },
  {
    name: 'PaxosKVReconcileFailing',
    severity: 'warning',
    for: '10m',
    expr: 'sum by (namespace, job, controller) (increase(controller_runtime_reconcile_errors_total{controller="paxoscluster"}[5m])) > 3',
    summary: `${OPERATOR} fails at its work`,
    description:
      '{{ $value | printf "%.0f" }} reconciles failed in 5 minutes, and so it goes on. Its log says at which cluster, and why.',
  },
  {
    name: 'PaxosKVReconcileStuck',
    severity: 'warning',
    for: '5m',
    expr: 'max by (namespace, job, name) (workqueue_longest_running_processor_seconds{name="paxoscluster"}) > 120',
    summary: `${OPERATOR} is stuck`,
    description:
      'One reconcile has been running for {{ $value | humanizeDuration }}; they take some seconds.',
  },
  {
    name: 'PaxosKVOperatorQueueGrows',
    severity: 'warning',
    for: '15m',
    expr: 'max by (namespace, job, name) (workqueue_depth{name="paxoscluster"}) > 10',
    summary: `${OPERATOR} can't keep up`,
    description: '{{ $value }} clusters have been waiting for it for 15 minutes.',
  },
];
