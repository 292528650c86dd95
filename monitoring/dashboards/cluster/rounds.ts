/** Where the time goes between a command's arrival and its answer. */
import type { Group } from '../vocabulary/board.ts';
import { buckets, mean, perSecond, quantile, sum } from '../vocabulary/expression.ts';
import { graph, type Graph } from '../vocabulary/graph.ts';
import { heatMap } from '../vocabulary/heat-map.ts';
import { risesTo } from '../vocabulary/level.ts';
import { ofClusters, ofPods, type Select } from '../vocabulary/selection.ts';
import { units } from '../vocabulary/unit.ts';

/** In the order in which a write goes through them. Rounds are the leader's, whichever pods are chosen. */
const PHASES: readonly { readonly legend: string; readonly histogram: string; readonly select: Select }[] = [
  {
    legend: 'durable: log written and synced',
    histogram: 'paxoskv_log_fsync_duration_seconds',
    select: ofPods,
  },
  {
    legend: 'chosen: proposed, a quorum has it',
    histogram: 'paxoskv_round_duration_seconds',
    select: ofClusters,
  },
  { legend: 'applied: one slot', histogram: 'paxoskv_apply_duration_seconds', select: ofPods },
  { legend: 'read round', histogram: 'paxoskv_read_round_duration_seconds', select: ofClusters },
  { legend: 'answered: all of it', histogram: 'paxoskv_command_duration_seconds', select: ofPods },
];

function phases(share: number): Graph['queries'] {
  return PHASES.map(({ legend, histogram, select }) => ({
    expression: quantile(share, select, histogram),
    legend,
  }));
}

export const rounds: Group = {
  title: 'Where the time goes',
  panels: [
    heatMap({
      title: 'Round latency',
      shows:
        'How long rounds took, from the proposal of a slot to its being chosen, at whoever led: the brighter, the more of them.',
      normal: 'One narrow band, at about one sync of a disk plus one round trip.',
      otherwise:
        'A second band above: some syncs are slow, at the leader or at the faster half of the others; see "Syncs". A band that drifts up with the load: the processor. A gap: nothing was proposed, or nobody led.',
      expression: buckets(ofClusters, 'paxoskv_round_duration_seconds'),
      unit: units.seconds,
      width: 12,
    }),
    heatMap({
      title: 'Answer latency',
      shows:
        'How long commands took at the chosen pods, from their arrival to their answer: the brighter, the more of them.',
      normal:
        'A band a little above that of "Round latency" for writes, and one for reads at about a round trip.',
      otherwise:
        'Far above "Round latency": commands wait in queues ("Queues") or for the event loop ("Event loop delay").',
      expression: buckets(ofPods, 'paxoskv_command_duration_seconds'),
      unit: units.seconds,
      width: 12,
    }),
    graph({
      title: 'Phases, median',
      shows:
        'Half of them took no longer. Durable: a batch is on this disk. Chosen: from the proposal until a quorum has it. Applied: one slot to the store. Read round: a quorum confirms who leads. Answered: from arrival to answer, all of it.',
      normal:
        'Chosen is a little more than durable; applied is far below a millisecond; answered is a little more than chosen.',
      otherwise:
        'Durable is high: the disk. Chosen alone: the network, or the disks of the others. Applied: large transactions or long values. Answered alone: too many clients for one processor.',
      queries: phases(0.5),
      unit: units.seconds,
      width: 12,
    }),
    graph({
      title: 'Phases, 99 %',
      shows: 'The same, of the slowest of a hundred.',
      normal: 'Two to five times the median.',
      otherwise: 'The phase that rises first is the cause; those after it rise with it.',
      queries: phases(0.99),
      unit: units.seconds,
      levels: risesTo(0.1, 1),
      width: 12,
    }),
    graph({
      title: 'Commands that share a slot',
      shows: 'Mean of how many commands one round carries, at whoever led.',
      normal: '1 with one client, tens and hundreds with many: that is how it gets fast.',
      otherwise:
        '1 with many clients: each waits for its own round. They should use a pool of connections or a pipeline.',
      queries: [{ expression: mean(ofClusters, 'paxoskv_round_commands'), legend: 'commands' }],
      unit: units.count,
      width: 12,
    }),
    graph({
      title: 'Rounds per second',
      shows: 'How many rounds there are, for writes (slots) and for reads.',
      normal: 'It rises with the load, then stays while more commands share each round.',
      otherwise: '0 while clients wait: look at the leader and the voters to spare.',
      queries: [
        {
          expression: sum(perSecond(ofClusters('paxoskv_round_duration_seconds_count'))),
          legend: 'for writes',
        },
        {
          expression: sum(perSecond(ofClusters('paxoskv_read_round_duration_seconds_count'))),
          legend: 'for reads',
        },
      ],
      unit: units.perSecond,
      width: 12,
    }),
  ],
};
