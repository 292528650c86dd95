/** What clients ask for. */
import type { Group } from '../vocabulary/board.ts';
import { orNone, perSecond, quantile, sum } from '../vocabulary/expression.ts';
import { graph } from '../vocabulary/graph.ts';
import { risesTo } from '../vocabulary/level.ts';
import { ofClusters, ofPods, PER_POD } from '../vocabulary/selection.ts';
import { units } from '../vocabulary/unit.ts';

export const commands: Group = {
  title: 'Throughput',
  panels: [
    graph({
      title: 'Commands, by name',
      shows: 'Commands at the chosen pods, by their name; those that begin with kv. came over HTTP.',
      normal: 'What your clients do at this time of day.',
      otherwise:
        'A command that is new: ask who was deployed. KEYS, and SCAN with a pattern, go through all keys. A fall to nothing with clients connected: see "Availability".',
      queries: [
        {
          expression: orNone(sum(perSecond(ofPods('paxoskv_commands_total')), 'command'), 'command'),
          legend: '{{command}}',
        },
      ],
      unit: units.perSecond,
      width: 12,
      form: 'parts',
    }),
    graph({
      title: 'Answered within, 99 %, by command',
      shows: 'How long 99 of 100 took at most, for each command.',
      normal: 'Reads at about a round trip, writes at about a round. Those that touch many keys take longer.',
      otherwise: 'One command alone: it is given too much at once. All of them: see "Where the time goes".',
      queries: [
        {
          expression: orNone(
            quantile(0.99, ofPods, 'paxoskv_command_duration_seconds', 'command'),
            'command',
          ),
          legend: '{{command}}',
        },
      ],
      unit: units.seconds,
      levels: risesTo(0.1, 1),
      width: 12,
    }),
    graph({
      title: 'Commands, by pod',
      shows: 'At which of the chosen pods clients ask.',
      normal:
        'Evenly spread behind a Service; at the leader alone for clients that speak to the cluster port.',
      otherwise: 'All at one follower: it forwards everything. Better at the leader, or spread.',
      queries: [
        {
          expression: orNone(sum(perSecond(ofPods('paxoskv_commands_total')), PER_POD), 'pod'),
          legend: '{{pod}}',
        },
      ],
      unit: units.perSecond,
      width: 8,
    }),
    graph({
      title: 'Applied and read',
      shows: 'Commands of the log that the chosen pods apply, and reads that rounds of the leader make safe.',
      normal:
        'Every pod applies the same, so with all pods chosen it is the number of writes times that of replicas.',
      otherwise: 'One that applies less than the others is behind: see "How far each replica is".',
      queries: [
        {
          expression: sum(perSecond(ofPods('paxoskv_applied_commands_total')), PER_POD),
          legend: '{{pod}} applies',
        },
        { expression: sum(perSecond(ofClusters('paxoskv_linearizable_reads_total'))), legend: 'reads' },
      ],
      unit: units.perSecond,
      width: 8,
    }),
    graph({
      title: 'Queues',
      shows: 'Writes and reads that wait at each chosen pod for their answer.',
      normal: 'About as many as clients have under way; 0 at rest.',
      otherwise:
        'One that grows and stays: no leader, no quorum, or more comes than a round carries. At 200,000 (docs/limits.md) clients are no longer read from: nothing is lost, they wait.',
      queries: [
        { expression: sum(ofPods('paxoskv_queue_depth'), `${PER_POD}, queue`), legend: '{{pod}} {{queue}}' },
      ],
      unit: units.count,
      levels: risesTo(50_000, 150_000),
      width: 8,
    }),
  ],
};
