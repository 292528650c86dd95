/** The work itself: one look at one cluster after the other. */
import type { Group } from '../vocabulary/board.ts';
import { buckets, max, orNone, perSecond, quantile, sum } from '../vocabulary/expression.ts';
import { graph } from '../vocabulary/graph.ts';
import { heatMap } from '../vocabulary/heat-map.ts';
import { anyIsBad, FINE, PLAIN, risesTo } from '../vocabulary/level.ts';
import { ofOperator } from '../vocabulary/selection.ts';
import { timeline } from '../vocabulary/timeline.ts';
import { units } from '../vocabulary/unit.ts';
import { ofController, ofQueue } from './series.ts';

export const reconciles: Group = {
  title: 'Reconciles',
  panels: [
    timeline({
      title: 'Who leads',
      shows: 'Which of the chosen pods holds the lease.',
      normal: 'One leads all the time; another takes over when its pod goes.',
      otherwise:
        'It changes often: a pod that loses its lease ends and starts again. Look at its processor and at the answers of the API server.',
      query: { expression: max(ofOperator('leader_election_master_status'), 'pod'), legend: '{{pod}}' },
      means: [
        { value: 0, word: 'waits', color: PLAIN },
        { value: 1, word: 'leads', color: FINE },
      ],
      width: 8,
    }),
    graph({
      title: 'Reconciles, by result',
      shows: 'How often per second a cluster is looked at, by how that ended.',
      normal: 'Nearly all are requeue_after: looked at again some seconds later.',
      otherwise: 'error: see the log of the operator.',
      queries: [
        {
          expression: orNone(sum(perSecond(ofController('reconcile_total')), 'result'), 'result'),
          legend: '{{result}}',
        },
      ],
      unit: units.perSecond,
      width: 8,
      form: 'parts',
    }),
    graph({
      title: 'Failed reconciles, over time',
      shows: 'Those that ended with an error, and keys that come again because of one, per second.',
      normal: '0.',
      otherwise:
        'The log of the operator has each with its cause. One cluster that fails does not hold up the others.',
      queries: [
        {
          expression: orNone(sum(perSecond(ofController('reconcile_errors_total'))), 'result'),
          legend: 'errors',
        },
        { expression: orNone(sum(perSecond(ofQueue('retries_total'))), 'result'), legend: 'retries' },
      ],
      unit: units.perSecond,
      levels: anyIsBad(),
      width: 8,
    }),
    heatMap({
      title: 'Reconciles take',
      shows: 'How long each look at a cluster took: the brighter, the more of them.',
      normal: 'Tens of milliseconds.',
      otherwise: 'Seconds: replicas that do not answer. Half a minute: the API server does not.',
      expression: buckets(ofController, 'reconcile_time_seconds'),
      unit: units.seconds,
      width: 8,
    }),
    graph({
      title: 'Queue',
      shows: 'Clusters that wait for a worker, workers at work, and how many there are.',
      normal: 'None waits, few work.',
      otherwise: 'All workers at work and clusters that wait: see what the looks wait for.',
      queries: [
        { expression: sum(ofQueue('depth')), legend: 'wait' },
        { expression: sum(ofController('active_workers')), legend: 'at work' },
        { expression: max(ofController('max_concurrent_reconciles')), legend: 'workers' },
      ],
      unit: units.count,
      width: 8,
    }),
    graph({
      title: 'Time in the queue and with a worker',
      shows:
        'How long 99 of 100 clusters waited for a worker and were with one, at most, and the one that is at it for longest now.',
      normal: 'Milliseconds in the queue, less than a second with a worker.',
      otherwise: 'One that is at it for a minute: it hangs on a replica or on the API server.',
      queries: [
        { expression: quantile(0.99, ofQueue, 'queue_duration_seconds'), legend: 'waited' },
        { expression: quantile(0.99, ofQueue, 'work_duration_seconds'), legend: 'with a worker' },
        { expression: max(ofQueue('longest_running_processor_seconds')), legend: 'at it now' },
      ],
      unit: units.seconds,
      levels: risesTo(5, 60),
      width: 8,
    }),
  ],
};
