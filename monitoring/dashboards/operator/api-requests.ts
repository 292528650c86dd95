/** What the operator and the API server say to each other. */
import type { Group } from '../vocabulary/board.ts';
import { growth, orNone, perSecond, sum } from '../vocabulary/expression.ts';
import { graph } from '../vocabulary/graph.ts';
import { anyIsBad, risesTo } from '../vocabulary/level.ts';
import { ofOperator } from '../vocabulary/selection.ts';
import { units } from '../vocabulary/unit.ts';
import { SILENCE } from './overview.ts';
import { FAILED } from './series.ts';

export const apiRequests: Group = {
  title: 'The API server',
  panels: [
    graph({
      title: 'Requests',
      shows: 'Requests to the API server, by method and answer.',
      normal: 'At rest next to none but for the lease, every two seconds; PATCH only when something changes.',
      otherwise:
        'PATCH all the time at rest: something else writes the same objects back. Compare the managers: `kubectl get --show-managed-fields`.',
      queries: [
        {
          expression: orNone(
            sum(perSecond(ofOperator('rest_client_requests_total')), 'method, code'),
            'method',
          ),
          legend: '{{method}} {{code}}',
        },
      ],
      unit: units.perSecond,
      width: 8,
      form: 'parts',
    }),
    graph({
      title: 'Failed requests, over time',
      shows: 'Those that got no answer, or one that says no, but for conflicts and for what is not there.',
      normal: 'None.',
      otherwise:
        '401, 403: its rights. 422: the definition of PaxosCluster is older than the operator. 429, 5xx, <error>: the API server.',
      queries: [
        {
          expression: orNone(
            `${sum(perSecond(ofOperator('rest_client_requests_total', FAILED)), 'method, code')} > 0`,
            'method',
          ),
          legend: '{{method}} {{code}}',
        },
      ],
      unit: units.perSecond,
      levels: anyIsBad(),
      width: 8,
    }),
    graph({
      title: 'Heard of the API server',
      shows: 'How long ago each informer last heard of the API server.',
      normal: 'Below some minutes: a silent watch is opened anew.',
      otherwise:
        'Above ten minutes: what the operator knows may be old, and it is not ready. Its log says why watches fail.',
      queries: [{ expression: SILENCE, legend: '{{pod}} {{resource}}' }],
      unit: units.seconds,
      levels: risesTo(300, 600),
      width: 8,
    }),
    graph({
      title: 'Lists and watches that failed',
      shows: 'In each step of time, by kind; they are tried again.',
      normal: 'None, and one of each when the API server restarts.',
      otherwise:
        'One kind alone: its definition or the right to watch it is missing. All: the API server, or the network to it.',
      queries: [
        {
          expression: orNone(
            sum(growth(ofOperator('paxoskv_operator_informer_failures_total')), 'resource'),
            'resource',
          ),
          legend: '{{resource}}',
        },
      ],
      unit: units.count,
      levels: anyIsBad(),
      width: 8,
      form: 'bars',
    }),
    graph({
      title: 'Full lists',
      shows: 'How often informers read everything of a kind, by their reason, in each step of time.',
      normal: 'One of each kind at the start, then one now and then (periodic).',
      otherwise: 'recovery again and again: watches break; see on the left.',
      queries: [
        {
          expression: orNone(sum(growth(ofOperator('paxoskv_operator_lists_total')), 'why'), 'why'),
          legend: '{{why}}',
        },
      ],
      unit: units.count,
      width: 8,
      form: 'bars',
    }),
    graph({
      title: 'Events that were dropped',
      shows: 'Kubernetes events that the API server was not told of, in each step of time.',
      normal: 'None.',
      otherwise:
        'Nothing is lost but the story: conditions say what is so. There were too many about one object, or the API server refused them: the log says which.',
      queries: [
        {
          expression: sum(growth(ofOperator('paxoskv_operator_events_dropped_total'))),
          legend: 'dropped',
        },
      ],
      unit: units.count,
      levels: anyIsBad(),
      width: 8,
      form: 'bars',
    }),
  ],
};
