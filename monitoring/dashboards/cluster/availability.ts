/** Who is there, and since when. */
import { orNone, perSecond, sum } from '../vocabulary/expression.ts';
import { ACT, anyIsBad, fallsBelow, FINE, LOOK, PLAIN } from '../vocabulary/level.ts';
import type { Group } from '../vocabulary/board.ts';
import { graph } from '../vocabulary/graph.ts';
import { CLUSTER_LABEL, ofClusters, ofPods, PER_POD } from '../vocabulary/selection.ts';
import { timeline } from '../vocabulary/timeline.ts';
import type { Query } from '../vocabulary/told.ts';
import { units } from '../vocabulary/unit.ts';
import { spareVoters } from './spare-voters.ts';

/** Each is there from the start, at 0. */
const OUTCOMES: readonly (readonly [string, string])[] = [
  ['ok', 'carried out'],
  ['error', 'wrong'],
  ['not-done', 'not done'],
  ['unknown', 'unknown'],
];

export const availability: Group = {
  title: 'Availability',
  panels: [
    timeline({
      title: 'Replicas',
      shows: 'What each of the chosen pods is, and was.',
      normal:
        'One leads, the others follow, all the time. A roll shows as one short gap for each pod, the leader’s last.',
      otherwise:
        'No answer: the process is down, or Prometheus does not reach its port 9379: `kubectl get pods`, `kubectl logs --previous`. Not ready: `kubectl exec POD -- paxosctl status` says why, in the column REASONS; one that catches up becomes ready by itself.',
      query: {
        expression: `1 + ${ofPods('paxoskv_is_ready')} + ${ofPods('paxoskv_is_leader')} or on(namespace, pod) 0 * ${ofPods('up')}`,
        legend: '{{pod}}',
      },
      means: [
        { value: 0, word: 'no answer', color: ACT },
        { value: 1, word: 'not ready', color: LOOK },
        { value: 2, word: 'follows', color: FINE },
        { value: 3, word: 'leads', color: PLAIN },
      ],
      width: 12,
    }),
    graph({
      title: 'Voters to spare, over time',
      shows: 'How many more voters each cluster can lose before its quorum is lost, over time.',
      normal: 'A straight line at 1 with three replicas, at 2 with five.',
      otherwise:
        'A dip to 0 is one replica that was away: see who, on the left. A line that ends or falls below 0: the quorum was lost.',
      queries: [{ expression: spareVoters(), legend: `{{${CLUSTER_LABEL}}}` }],
      unit: units.count,
      levels: fallsBelow(0, 1),
      width: 6,
    }),
    graph({
      title: 'Links that are down',
      shows: 'To how many of the others a pod has no link in both directions.',
      normal: '0.',
      otherwise:
        'The other one is down, or the network between them is: compare with "Replicas". When all are up, look at network policies for port 7379, at certificates, and at "Links refused".',
      queries: [
        {
          expression: `${sum(`1 - ${ofPods('paxoskv_peer_connected')}`, PER_POD)} or ${sum(`0 * ${ofPods('paxoskv_is_ready')}`, PER_POD)}`,
          legend: '{{pod}}',
        },
      ],
      unit: units.count,
      levels: anyIsBad(),
      width: 6,
    }),
    graph({
      title: 'What became of commands',
      shows:
        'Commands at the chosen pods, by outcome. Wrong: the client’s fault, such as a wrong type. Not done: refused, safe to send again. Unknown: perhaps carried out.',
      normal:
        'Carried out and, if clients send such, wrong. The other two are 0 but for the second that an election takes.',
      otherwise:
        'Not done: there is no leader, no quorum, no room (disk, quota) or too much waits. Unknown: the lead was lost while a command was under way; clients that must know use sessions (docs/exactly-once.md).',
      queries: OUTCOMES.map(([outcome, legend]): Query => {
        const counted = sum(perSecond(ofPods('paxoskv_commands_total', `outcome="${outcome}"`)));
        return { expression: `${counted} or on() vector(0)`, legend };
      }),
      unit: units.perSecond,
      width: 12,
      form: 'parts',
    }),
    graph({
      title: 'Refused or unknown, by command',
      shows: 'Commands that were not done or whose outcome is unknown, by name and outcome.',
      normal: 'None.',
      otherwise:
        'One command alone: a limit of that command (docs/limits.md). All of them: look at the leader, the quorum and the disk.',
      queries: [
        {
          expression: orNone(
            `${sum(perSecond(ofPods('paxoskv_commands_total', 'outcome=~"not-done|unknown"')), 'command, outcome')} > 0`,
            'command',
          ),
          legend: '{{command}} {{outcome}}',
        },
      ],
      unit: units.perSecond,
      levels: anyIsBad(),
      width: 6,
    }),
    graph({
      title: 'Replicas that know a leader',
      shows: 'How many replicas of each cluster know who leads.',
      normal: 'All of them.',
      otherwise:
        'Fewer for a second: an election. Fewer for longer: those that know none do not reach the leader. 0: nobody leads, and nothing is answered.',
      queries: [
        {
          expression: sum(ofClusters('paxoskv_has_leader'), `namespace, ${CLUSTER_LABEL}`),
          legend: `{{${CLUSTER_LABEL}}}`,
        },
      ],
      unit: units.count,
      width: 6,
    }),
  ],
};
