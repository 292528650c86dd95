/** Who is connected, and who was turned away. */
import type { Group } from '../vocabulary/board.ts';
import { growth, orNone, perSecond, sum } from '../vocabulary/expression.ts';
import { graph } from '../vocabulary/graph.ts';
import { anyIsBad, risesTo } from '../vocabulary/level.ts';
import { ofPods, PER_POD } from '../vocabulary/selection.ts';
import { units } from '../vocabulary/unit.ts';

export const clients: Group = {
  title: 'Clients and watches',
  panels: [
    graph({
      title: 'Connections',
      shows: 'Open connections of the chosen pods, by door.',
      normal: 'Steady: clients keep them.',
      otherwise:
        'A saw: a client that opens one for each request. A steady rise: a client that forgets to close. A port takes 10,000.',
      queries: [
        { expression: sum(ofPods('paxoskv_clients'), `${PER_POD}, door`), legend: '{{pod}} {{door}}' },
      ],
      unit: units.count,
      levels: risesTo(8_000, 9_500),
      width: 8,
    }),
    graph({
      title: 'Connections closed or refused, by reason',
      shows: 'Connections that the chosen pods ended of their own accord in each step of time.',
      normal: 'None.',
      otherwise:
        'too-many, memory, large-request, unread-answers: a limit (docs/limits.md), and a client that goes beyond it. unauthenticated, password-revoked: a client with a wrong or an old password.',
      queries: [
        { expression: sum(growth(ofPods('paxoskv_clients_closed_total')), 'reason'), legend: '{{reason}}' },
      ],
      unit: units.count,
      levels: anyIsBad(),
      width: 8,
      form: 'bars',
    }),
    graph({
      title: 'Requests refused',
      shows:
        'HTTP requests that were answered 503 because of a limit, and passwords and tokens that were wrong or missing, in each step of time.',
      normal: 'None.',
      otherwise:
        'Limits: too many clients at once for this replica. Wrong passwords: the log says from where; somebody’s Secret is old, or somebody tries.',
      queries: [
        {
          expression: sum(growth(ofPods('paxoskv_http_busy_total')), 'limit'),
          legend: 'HTTP, too many {{limit}}',
        },
        { expression: sum(growth(ofPods('paxoskv_access_refused_total'))), legend: 'wrong password' },
      ],
      unit: units.count,
      levels: anyIsBad(),
      width: 8,
      form: 'bars',
    }),
    graph({
      title: 'Watches',
      shows: 'Watches that clients have at each chosen pod.',
      normal: 'Steady.',
      otherwise: 'They all end at once when a pod ends, and come again at the others.',
      queries: [{ expression: ofPods('paxoskv_watches'), legend: '{{pod}}' }],
      unit: units.count,
      width: 6,
    }),
    graph({
      title: 'Changes sent to watchers',
      shows: 'Changes that each chosen pod hands over to watchers, counted for each of them.',
      normal: 'Writes that match, times the watches that want them.',
      otherwise:
        '0 with watches and writes: the watches are for other keys, or the pod does not apply: see "Lag".',
      queries: [{ expression: perSecond(ofPods('paxoskv_watch_events_sent_total')), legend: '{{pod}}' }],
      unit: units.perSecond,
      width: 6,
    }),
    graph({
      title: 'Waiting for slow watchers',
      shows: 'Bytes of changes that each chosen pod holds because watchers do not read them.',
      normal: '0, or little.',
      otherwise:
        'A watcher does not keep up. It will be ended as slow, and must read again from where it was.',
      queries: [{ expression: ofPods('paxoskv_watch_queued_bytes'), legend: '{{pod}}' }],
      unit: units.bytes,
      levels: risesTo(16 * 1024 * 1024),
      width: 6,
    }),
    graph({
      title: 'Watches ended, by reason',
      shows: 'Watches that the chosen pods ended or refused in each step of time.',
      normal: 'closing, when a pod is rolled.',
      otherwise:
        'slow: a watcher can’t follow. compacted: one began too far back. too-many: a limit (docs/limits.md).',
      queries: [
        {
          expression: orNone(sum(growth(ofPods('paxoskv_watches_ended_total')), 'reason'), 'reason'),
          legend: '{{reason}}',
        },
      ],
      unit: units.count,
      width: 6,
      form: 'bars',
    }),
  ],
};
