/** What clients get to feel. */
import { type Alert, CLUSTER, REPLICA } from './alert.ts';

/** Connections that a limit has closed, and HTTP requests that one has refused. */
const CUT =
  'sum by (namespace, job, paxoskv_dev_cluster, pod, instance, reason) (increase(paxoskv_clients_closed_total{reason=~"too-many|memory|large-request|unread-answers"}[15m]))';
const BUSY =
  'sum by (namespace, job, paxoskv_dev_cluster, pod, instance, reason) (label_replace(increase(paxoskv_http_busy_total[15m]), "reason", "http-$1", "limit", "(.*)"))';

export const CLIENT_ALERTS: readonly Alert[] = [
  {
    name: 'PaxosKVUnknownOutcomes',
    severity: 'warning',
    for: '0m',
    expr: 'sum by (namespace, job, paxoskv_dev_cluster) (increase(paxoskv_unknown_outcomes_total[15m])) > 0',
    summary: `Clients of ${CLUSTER} don't know what became of their writes`,
    description:
      '{{ $value | printf "%.0f" }} commands in 15 minutes were answered with an unknown outcome: they may have been carried out or not. It happens when a leader is lost in the middle; it must not go on.',
  },
  {
    name: 'PaxosKVClientsCut',
    severity: 'warning',
    for: '0m',
    expr: `(${CUT} or ${BUSY}) > 10`,
    summary: `Clients of ${REPLICA} run into a limit`,
    description:
      '{{ $value | printf "%.0f" }} times in 15 minutes a connection was closed or a request refused because of the limit "{{ $labels.reason }}".',
  },
  {
    name: 'PaxosKVSlowWatchers',
    severity: 'warning',
    for: '0m',
    expr: 'sum by (namespace, job, paxoskv_dev_cluster, pod, instance) (increase(paxoskv_watches_ended_total{reason="slow"}[15m])) > 3',
    summary: `Watchers of ${REPLICA} can't follow`,
    description:
      '{{ $value | printf "%.0f" }} watches in 15 minutes were ended because their clients read more slowly than the data change.',
  },
];
