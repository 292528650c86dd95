/** Whether the operator does its work. Clusters serve without it. */
import type { Group } from '../vocabulary/board.ts';
import { max, orZero, perSecond, quantile, sum } from '../vocabulary/expression.ts';
import { ACT, anyIsBad, FINE, LOOK, risesTo } from '../vocabulary/level.ts';
import { bigNumber } from '../vocabulary/number.ts';
import { ofOperator } from '../vocabulary/selection.ts';
import { units } from '../vocabulary/unit.ts';
import { FAILED, ofController, ofQueue } from './series.ts';

const WIDTH = 4;

export const overview: Group = {
  title: 'Is it at work?',
  panels: [
    bigNumber({
      title: 'Leads',
      shows: 'How many of the chosen pods hold the lease: the one that works. The others wait to take over.',
      normal: '1.',
      otherwise:
        '0 for more than half a minute: nobody looks after the clusters, which serve on. `kubectl get lease`, `kubectl logs` of the operator; is it allowed to reach the API server? 2: two releases look after the same namespaces; give them the same `leaderElection.leaseName`.',
      query: { expression: orZero(sum(ofOperator('leader_election_master_status'))), legend: 'leads' },
      unit: units.count,
      levels: [
        { value: null, color: ACT },
        { value: 1, color: FINE },
        { value: 2, color: LOOK },
      ],
      width: WIDTH,
    }),
    bigNumber({
      title: 'Reconciles',
      shows: 'How often per second a cluster is looked at.',
      normal: 'A few for each cluster in ten seconds; more while something changes.',
      otherwise:
        '0 with clusters: it does not lead, or does not hear of them. See "Heard of the API server".',
      query: { expression: orZero(sum(perSecond(ofController('reconcile_total')))), legend: 'reconciles' },
      unit: units.perSecond,
      width: WIDTH,
    }),
    bigNumber({
      title: 'Failed reconciles',
      shows: 'How many of them per second ended with an error, and are tried again, later each time.',
      normal: '0. One now and then while the API server restarts.',
      otherwise:
        'The log of the operator has each of them with its cause; `kubectl describe pxc` has it as well, when it is about one cluster.',
      query: { expression: orZero(sum(perSecond(ofController('reconcile_errors_total')))), legend: 'errors' },
      unit: units.perSecond,
      levels: anyIsBad(),
      width: WIDTH,
    }),
    bigNumber({
      title: 'Waiting',
      shows: 'Clusters that wait for a worker.',
      normal: '0.',
      otherwise:
        'More for minutes: all workers wait for replicas or for the API server. See "Reconciles take" and "Requests".',
      query: { expression: orZero(sum(ofQueue('depth'))), legend: 'clusters' },
      unit: units.count,
      levels: risesTo(10, 50),
      width: WIDTH,
    }),
    bigNumber({
      title: '99 % reconciled within',
      shows: 'So long 99 of 100 looks at a cluster take at most. 0 when there are none.',
      normal: 'Below a second.',
      otherwise: 'It waits: for replicas that do not answer, or for the API server.',
      query: {
        expression: `${quantile(0.99, ofController, 'reconcile_time_seconds')} >= 0 or on() vector(0)`,
        legend: '99 %',
      },
      unit: units.seconds,
      levels: risesTo(5, 30),
      width: WIDTH,
    }),
    bigNumber({
      title: 'Failed requests',
      shows:
        'Requests to the API server per second that got no answer or one that says no, but for conflicts and for what is not there, which are part of the work.',
      normal: '0.',
      otherwise:
        '401, 403: its rights; was the chart upgraded with the operator? 422: the definition of PaxosCluster is older than the operator. 429, 5xx, <error>: the API server.',
      query: {
        expression: orZero(sum(perSecond(ofOperator('rest_client_requests_total', FAILED)))),
        legend: 'requests',
      },
      unit: units.perSecond,
      levels: anyIsBad(),
      width: WIDTH,
    }),
  ],
};

/** How long ago the one that leads has heard of the API server, at worst. */
export const SILENCE = max(ofOperator('paxoskv_operator_informer_age_seconds'), 'pod, resource');
