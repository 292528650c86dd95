import { type CaseSeries, type Course, testAlerts } from './testing/alert-case.ts';

const JOB = { namespace: 'paxoskv-system', job: 'paxoskv-operator' } as const;

function ofOperator(metric: string, more = ''): string {
  const labels = 'namespace="paxoskv-system",job="paxoskv-operator",pod="o-1",instance="10.0.1.1:8081"';
  return `${metric}{${labels}${more === '' ? '' : `,${more}`}}`;
}

const AGE = ofOperator('paxoskv_operator_informer_age_seconds', 'resource="pods"');
const OPERATOR = 'The operator paxoskv-system/paxoskv-operator';

function one(series: string, well: Course, fault: Course, below: Course): CaseSeries[] {
  return [{ series, well, fault: { is: fault }, below: { is: below } }];
}

testAlerts('the operator', [
  {
    name: 'PaxosKVOperatorDown',
    series: one(AGE, 1, undefined, 1),
    labels: JOB,
    summary: 'No operator of PaxosKV answers in paxoskv-system',
    description:
      'For 10 minutes there were no metrics of one. The clusters serve; nothing of them is healed, changed or rolled.',
  },
  {
    name: 'PaxosKVOperatorNoLeader',
    series: [
      { series: AGE, well: 1 },
      {
        series: ofOperator('leader_election_master_status', 'name="paxoskv-operator"'),
        well: 1,
        fault: { is: 0 },
      },
      // Another operator, which has a leader.
      {
        series:
          'leader_election_master_status{namespace="paxoskv-system",job="other",instance="x",name="other"}',
        well: 1,
      },
    ],
    labels: JOB,
    summary: `${OPERATOR} has no leader`,
    description: '1 of its pods run, and none holds the lease: none of them acts.',
  },
  {
    name: 'PaxosKVOperatorDeaf',
    series: [
      ...one(AGE, 5, 700, 600),
      { series: ofOperator('leader_election_master_status', 'name="paxoskv-operator"'), well: 1 },
      // A second pod, which waits.
      { series: AGE.replaceAll('1:', '2:').replace('o-1', 'o-2'), well: 1_000_000 },
      {
        series: ofOperator('leader_election_master_status', 'name="x"')
          .replace('1:', '2:')
          .replace('o-1', 'o-2'),
        well: 0,
      },
    ],
    labels: { namespace: 'paxoskv-system', job: 'paxoskv-operator', pod: 'o-1', resource: 'pods' },
    summary: `${OPERATOR} hears nothing of the API server`,
    description: 'For 11m 40s o-1 has heard nothing of pods: it acts on what was, or not at all.',
  },
  {
    name: 'PaxosKVReconcileFailing',
    series: one(
      ofOperator('controller_runtime_reconcile_errors_total', 'controller="paxoscluster"'),
      { perMinute: 0 },
      { perMinute: 1 },
      { perMinute: 0.5 },
    ),
    labels: { ...JOB, controller: 'paxoscluster' },
    summary: `${OPERATOR} fails at its work`,
    description:
      '5 reconciles failed in 5 minutes, and so it goes on. Its log says at which cluster, and why.',
  },
  {
    name: 'PaxosKVReconcileStuck',
    series: one(
      ofOperator('workqueue_longest_running_processor_seconds', 'name="paxoscluster"'),
      0,
      130,
      120,
    ),
    labels: { ...JOB, name: 'paxoscluster' },
    summary: `${OPERATOR} is stuck`,
    description: 'One reconcile has been running for 2m 10s; they take some seconds.',
  },
  {
    name: 'PaxosKVOperatorQueueGrows',
    series: one(ofOperator('workqueue_depth', 'name="paxoscluster"'), 0, 11, 10),
    labels: { ...JOB, name: 'paxoscluster' },
    summary: `${OPERATOR} can't keep up`,
    description: '11 clusters have been waiting for it for 15 minutes.',
  },
]);
